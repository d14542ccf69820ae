// Extended attributes: setting, asking, listing, removing, by path, link and descriptor; what is refused.
// Build: gcc -static -O1 named.c -o named
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

static const char *outcome(long result) {
  static char texts[4][60];
  static int next;
  char *text = texts[next++ % 4];
  if (result < 0) snprintf(text, sizeof texts[0], "%s", strerror(errno));
  else snprintf(text, sizeof texts[0], "%ld", result);
  return text;
}

int main(void) {
  char place[] = "/tmp/named-XXXXXX", value[100] = {0}, list[200];
  mkdtemp(place);
  chdir(place);
  int fd = open("file", O_CREAT | O_RDWR, 0644);
  symlink("file", "link");
  mkfifo("fifo", 0600);
  if (setxattr("file", "user.one", "first", 5, 0) < 0 && errno == EOPNOTSUPP) {
    puts("none here\nok");
    return 0;
  }
  printf("asked: %s", outcome(getxattr("file", "user.one", 0, 0)));
  printf(" %s", outcome(getxattr("link", "user.one", value, sizeof value)));
  printf(" %s, too little: %s\n", value, outcome(fgetxattr(fd, "user.one", value, 2)));
  printf("exists: %s", outcome(fsetxattr(fd, "user.one", "x", 1, XATTR_CREATE)));
  printf(", not: %s", outcome(setxattr("file", "user.two", "x", 1, XATTR_REPLACE)));
  printf(", replaced: %s", outcome(setxattr("file", "user.one", "second", 6, XATTR_REPLACE)));
  printf(", empty: %s", outcome(setxattr("file", "user.none", "", 0, 0)));
  printf(" %s\n", outcome(getxattr("file", "user.none", value, sizeof value)));
  ssize_t length = listxattr("file", list, sizeof list);
  printf("list: %zd %s", length, outcome(listxattr("file", 0, 0)));
  printf(", too little: %s", outcome(listxattr("file", list, 3)));
  int found = 0;
  for (char *at = list; at < list + length; at += strlen(at) + 1)
    found += strcmp(at, "user.one") == 0 || strcmp(at, "user.none") == 0;
  printf(", known %d\n", found);
  printf("missing: %s", outcome(getxattr("file", "user.three", value, 9)));
  printf(", space: %s", outcome(setxattr("file", "mine.three", "x", 1, 0)));
  printf(", no space: %s", outcome(setxattr("file", "three", "x", 1, 0)));
  printf(", flags: %s", outcome(setxattr("file", "user.three", "x", 1, 99)));
  printf(", large: %s", outcome(setxattr("file", "user.three", list, 70000, 0)));
  char name[300];
  memset(name, 'n', sizeof name);
  memcpy(name, "user.", 5);
  name[299] = 0;
  printf(", long: %s", outcome(setxattr("file", name, "x", 1, 0)));
  printf(", gone: %s\n", outcome(getxattr("nothing", "user.one", 0, 0)));
  printf("a link: %s", outcome(lsetxattr("link", "user.one", "x", 1, 0)));
  printf(", a fifo: %s", outcome(setxattr("fifo", "user.one", "x", 1, 0)));
  printf(" %s", outcome(getxattr("fifo", "user.one", value, 9)));
  printf(", a folder: %s\n", outcome(setxattr(".", "user.one", "x", 1, 0)));
  link("file", "other");
  printf("by another name: %s", outcome(getxattr("other", "user.one", value, sizeof value)));
  printf(", removed: %s", outcome(removexattr("other", "user.one")));
  printf(", again: %s", outcome(fremovexattr(fd, "user.one")));
  printf(", left: %s\n", outcome(flistxattr(fd, 0, 0)));
  if (geteuid() == 0) {
    printf("trusted: %s", outcome(setxattr("file", "trusted.t", "x", 1, 0)));
    fflush(stdout);
    if (fork() == 0) {
      chmod(place, 0755);
      setuid(1);
      printf(", for others: %s", outcome(getxattr("file", "trusted.t", value, 9)));
      printf(" %s", outcome(setxattr("file", "trusted.t", "x", 1, 0)));
      printf(" %s", outcome(setxattr("file", "user.t", "x", 1, 0)));
      printf(" %s\n", outcome(listxattr("file", 0, 0)));
      fflush(stdout);
      _exit(0);
    }
    wait(0);
  }
  unlink("file");
  unlink("other");
  unlink("link");
  unlink("fifo");
  chdir("/");
  rmdir(place);
  puts("ok");
  return 0;
}
