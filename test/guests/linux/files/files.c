// Files, directories, links, renames, unlinked files, permissions, sizes: in /tmp.
// Build: gcc -static -O1 files.c -o files
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static void try(const char *what, int result) {
  printf("%s: %s\n", what, result < 0 ? strerror(errno) : "done");
}

static int by_name(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

static void list(const char *path) {
  DIR *directory = opendir(path);
  char *names[20];
  int count = 0;
  struct dirent *entry;
  while (directory && (entry = readdir(directory)) && count < 20)
    if (asprintf(&names[count], "%s/%d", entry->d_name, entry->d_type) > 0) count++;
  qsort(names, count, sizeof *names, by_name);
  for (int i = 0; i < count; i++) printf("%s ", names[i]);
  printf("\n");
  if (directory) closedir(directory);
}

/** The user for files comes and goes on its own (setfsuid(2)). */
static void as_another(void) {
  char name[] = "/tmp/fsuid-XXXXXX";
  close(mkstemp(name));
  printf("fsuid %d", setfsuid(65534) == (int)geteuid());
  printf(" now %d,", setfsuid(-1));
  printf(" open %d", open(name, O_RDWR));
  printf(" %s\n", strerror(errno));
  setfsuid(geteuid());
  setfsgid(77);
  int fd = open(name, O_RDWR);
  printf("open again %d,", fd >= 0);
  close(fd);
  unlink(name);
  struct stat status;
  fd = open(name, O_CREAT | O_RDWR, 0600);
  fstat(fd, &status);
  printf(" group %d\n", status.st_gid);
  setfsgid(getegid());
  close(fd);
  unlink(name);
}

int main(void) {
  char place[] = "/tmp/filesXXXXXX";
  if (!mkdtemp(place) || chdir(place)) return 1;
  umask(022);
  int fd = open("a", O_RDWR | O_CREAT | O_EXCL, 0666);
  try("write", write(fd, "hello world", 11));
  char text[32] = {0};
  printf("pread %zd %s\n", pread(fd, text, 5, 6), text);
  printf("seek %ld\n", (long)lseek(fd, 100, SEEK_SET));
  try("write far", write(fd, "x", 1));
  struct stat status;
  fstat(fd, &status);
  printf("size %ld mode %o links %d\n", (long)status.st_size, status.st_mode, (int)status.st_nlink);
  memset(text, 'z', 20);
  pread(fd, text, 12, 9);
  printf("%c%c%d\n", text[0], text[1], text[5]);
  try("truncate", ftruncate(fd, 5));
  try("exclusive", open("a", O_CREAT | O_EXCL, 0666));
  try("link", link("a", "b"));
  try("symlink", symlink("b", "c"));
  try("loop", symlink("loop", "loop"));
  try("open loop", open("loop", O_RDONLY));
  try("mkdir", mkdir("d", 0777));
  try("mkdir again", mkdir("d", 0777));
  try("nested", mkdir("d/e", 0700));
  try("rmdir full", rmdir("d"));
  list(".");
  try("rename", rename("a", "d/a"));
  try("rename onto itself", rename("d/a", "b"));
  try("rename directory into itself", rename("d", "d/e/f"));
  try("rename file onto directory", rename("b", "d"));
  stat("b", &status);
  printf("links %d\n", (int)status.st_nlink);
  try("unlink", unlink("b"));
  try("unlink", unlink("d/a"));
  memset(text, 0, sizeof text);
  printf("still readable: %zd %s\n", pread(fd, text, 20, 0), text);
  try("dangling", access("c", F_OK));
  int length = readlink("c", text, sizeof text);
  printf("link to %.*s\n", length, text);
  try("not a directory", open("c/x", O_RDONLY));
  try("is a directory", open("d", O_WRONLY));
  try("missing", open("nothing/at/all", O_RDONLY));
  try("long name", open("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", O_RDONLY));
  fd = open("d/g", O_CREAT | O_WRONLY | O_APPEND, 0640);
  write(fd, "1", 1);
  lseek(fd, 0, SEEK_SET);
  write(fd, "2", 1);
  try("read of a write-only file", read(fd, text, 1));
  stat("d/g", &status);
  printf("appended %ld mode %o\n", (long)status.st_size, status.st_mode & 0777);
  struct timespec times[2] = {{1000, 5}, {2000, 7}};
  utimensat(AT_FDCWD, "d/g", times, 0);
  stat("d/g", &status);
  printf("mtime %ld.%ld\n", (long)status.st_mtime, status.st_mtim.tv_nsec);
  try("chdir", chdir("d/e/.."));
  char *cwd = getcwd(0, 0);
  printf("%s\n", cwd + strlen(place));
  try("unlink", unlink("g"));
  chdir("..");
  int gone = open("d/e", O_RDONLY | O_DIRECTORY);
  char entries[200];
  try("rmdir", rmdir("d/e"));
  try("entries of what is gone", syscall(SYS_getdents64, gone, entries, sizeof entries));
  close(gone);
  try("rmdir", rmdir("d"));
  try("unlink", unlink("c"));
  try("unlink", unlink("loop"));
  chdir("/");
  try("rmdir", rmdir(place));
  as_another();
  puts("ok");
  return 0;
}
