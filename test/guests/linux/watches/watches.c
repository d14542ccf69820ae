// Watching files: every event of inotify(7), cookies, masks, one shot, coalescing, overflow, poll, refusals.
// Build: gcc -static -O1 watches.c -o watches
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/syscall.h>
#include <unistd.h>

static int watcher, folder, file;

static const struct {
  unsigned bit;
  const char *name;
} names[] = {{IN_ACCESS, "ACCESS"},         {IN_MODIFY, "MODIFY"},           {IN_ATTRIB, "ATTRIB"},
             {IN_CLOSE_WRITE, "CLOSE_WRITE"}, {IN_CLOSE_NOWRITE, "CLOSE_NOWRITE"}, {IN_OPEN, "OPEN"},
             {IN_MOVED_FROM, "MOVED_FROM"}, {IN_MOVED_TO, "MOVED_TO"},       {IN_CREATE, "CREATE"},
             {IN_DELETE, "DELETE"},         {IN_DELETE_SELF, "DELETE_SELF"}, {IN_MOVE_SELF, "MOVE_SELF"},
             {IN_Q_OVERFLOW, "Q_OVERFLOW"}, {IN_IGNORED, "IGNORED"},         {IN_ISDIR, "ISDIR"}};

/** Prints what is in the queue; cookies as whether they are those of the event before. */
static void show(const char *title) {
  static char buffer[1 << 16] __attribute__((aligned(8)));
  unsigned before = 0;
  printf("%s:", title);
  for (;;) {
    ssize_t count = read(watcher, buffer, sizeof buffer);
    if (count <= 0) break;
    for (char *at = buffer; at < buffer + count;) {
      struct inotify_event *event = (struct inotify_event *)at;
      printf(" [%s", event->wd == folder ? "folder" : event->wd == file ? "file" : event->wd == -1 ? "none" : "other");
      for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
        if (event->mask & names[i].bit) printf(" %s", names[i].name);
      if (event->len) printf(" %s/%u", event->name, event->len);
      if (event->cookie) printf(" %s", event->cookie == before ? "same cookie" : "cookie");
      before = event->cookie;
      printf("]");
      at += sizeof *event + event->len;
    }
  }
  printf("\n");
}

static const char *outcome(int result) { return result < 0 ? strerror(errno) : "done"; }

int main(void) {
  char place[] = "/tmp/watches-XXXXXX", text[10];
  mkdtemp(place);
  chdir(place);
  mkdir("sub", 0755);
  watcher = inotify_init1(IN_NONBLOCK);
  folder = inotify_add_watch(watcher, ".", IN_ALL_EVENTS);
  printf("empty: %s\n", outcome(read(watcher, text, sizeof text)));
  int fd = open("a", O_RDWR | O_CREAT, 0644);
  write(fd, "hello", 5);
  write(fd, "hello", 5);
  pread(fd, text, 3, 0);
  ftruncate(fd, 2);
  fchmod(fd, 0600);
  close(fd);
  struct pollfd waiting = {watcher, POLLIN, 0};
  int bytes;
  ioctl(watcher, FIONREAD, &bytes);
  printf("poll: %d, bytes %d, too little room: %s\n", poll(&waiting, 1, 0), bytes, outcome(read(watcher, text, 10)));
  show("a file");
  file = inotify_add_watch(watcher, "a", IN_ALL_EVENTS);
  close(open("a", O_RDONLY));
  show("both");
  close(open("a", O_WRONLY | O_TRUNC));
  show("truncated");
  link("a", "b");
  show("link");
  unlink("b");
  show("unlink one");
  rename("a", "c");
  show("rename");
  rename("c", "sub/d");
  show("away");
  rename("sub/d", "e");
  show("back");
  close(open("f", O_CREAT | O_WRONLY, 0644));
  show("another");
  rename("f", "e");
  show("replaced");
  file = inotify_add_watch(watcher, "e", IN_OPEN | IN_DELETE_SELF | IN_ATTRIB);
  fd = open("e", O_RDONLY);
  unlink("e");
  show("unlinked while open");
  // A file without names is nobody's entry: what happens to it then, systems tell differently.
  inotify_add_watch(watcher, ".", IN_ALL_EVENTS & ~IN_CLOSE);
  close(fd);
  show("closed");
  inotify_add_watch(watcher, ".", IN_ALL_EVENTS);
  symlink("nowhere", "l");
  utimensat(AT_FDCWD, "l", 0, AT_SYMLINK_NOFOLLOW);
  unlink("l");
  mkdir("deep", 0700);
  chmod("deep", 0755);
  file = inotify_add_watch(watcher, "deep", IN_ALL_EVENTS);
  rename("deep", "deeper");
  rmdir("deeper");
  show("folders");
  mkfifo("p", 0600);
  unlink("p");
  rename("sub", "bus");
  syscall(SYS_renameat2, AT_FDCWD, "bus", AT_FDCWD, "none", 2);
  rename("bus", "sub");
  show("more");

  printf("add: %d", inotify_add_watch(watcher, ".", IN_CREATE) == folder);
  printf(" %d", inotify_add_watch(watcher, ".", IN_DELETE | IN_MASK_ADD) == folder);
  close(open("g", O_CREAT | O_WRONLY, 0644));
  unlink("g");
  show(" only two");
  file = inotify_add_watch(watcher, "sub", IN_CREATE | IN_ONESHOT | IN_ONLYDIR);
  mkdir("sub/one", 0700);
  mkdir("sub/two", 0700);
  show("one shot");
  printf("refused: %s", outcome(inotify_add_watch(watcher, "none", IN_OPEN)));
  printf(", %s", outcome(inotify_add_watch(watcher, ".", 0)));
  printf(", %s", outcome(inotify_add_watch(0, ".", IN_OPEN)));
  printf(", %s", outcome(inotify_add_watch(99, ".", IN_OPEN)));
  printf(", %s", outcome(inotify_rm_watch(watcher, 1000)));
  printf(", %s", outcome(inotify_init1(1)));
  printf(", %s", outcome(inotify_add_watch(watcher, ".", IN_OPEN | IN_MASK_CREATE)));
  close(open("g", O_CREAT | O_WRONLY, 0644));
  printf(", %s\n", outcome(inotify_add_watch(watcher, "g", IN_OPEN | IN_ONLYDIR)));
  unlink("g");
  show("rest");
  printf("removed: %s\n", outcome(inotify_rm_watch(watcher, folder)));
  show("gone");
  folder = inotify_add_watch(watcher, ".", IN_CREATE | IN_DELETE);
  printf("numbers go on: %d\n", folder > 1);
  rmdir("sub/one");
  rmdir("sub/two");
  rmdir("sub");
  chdir("/");
  rmdir(place);
  show("end");
  puts("ok");
  return 0;
}
