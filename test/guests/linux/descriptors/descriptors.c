// Descriptors: sharing of offsets, duplication, flags, /proc/self/fd, standard devices, sendfile.
// Build: gcc -static -O1 descriptors.c -o descriptors
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
  int fd = open("/tmp", O_TMPFILE | O_RDWR, 0600);
  write(fd, "0123456789", 10);
  int copy = dup(fd);
  lseek(copy, 3, SEEK_SET);
  char text[40] = {0};
  printf("shared offset: %zd %s\n", read(fd, text, 2), text);
  if (fork() == 0) {
    read(fd, text, 1);
    _exit(0);
  }
  wait(0);
  printf("with children too: %ld\n", (long)lseek(fd, 0, SEEK_CUR));
  printf("next free: %d", dup(0));
  close(3);
  printf(" %d", dup(0));
  printf(" %d\n", fcntl(0, F_DUPFD_CLOEXEC, 20));
  printf("flags: %d %d", fcntl(20, F_GETFD), fcntl(copy, F_GETFL) & O_ACCMODE);
  printf(" %d\n", fcntl(copy, F_SETFL, O_APPEND) | (fcntl(copy, F_GETFL) & O_APPEND));
  printf("bad: %d %s\n", close(77), strerror(errno));
  struct iovec parts[3] = {{"ab", 2}, {"", 0}, {"cde", 3}};
  printf("writev: %zd\n", writev(copy, parts, 3));
  char a[3] = {0}, b[5] = {0};
  struct iovec into[2] = {{a, 2}, {b, 4}};
  printf("preadv: %zd %s %s\n", preadv(copy, into, 2, 8), a, b);
  int target = open("/tmp", O_TMPFILE | O_RDWR, 0600);
  off_t offset = 2;
  printf("sendfile: %zd, offset %ld\n", sendfile(target, copy, &offset, 4), (long)offset);

  int null = open("/dev/null", O_RDWR), zero = open("/dev/zero", O_RDONLY), full = open("/dev/full", O_WRONLY);
  printf("null: %zd %zd\n", write(null, "x", 1), read(null, text, 5));
  memset(text, 1, 5);
  printf("zero: %zd %d\n", read(zero, text, 5), text[4]);
  printf("full: %zd %s\n", write(full, "x", 1), strerror(errno));
  struct stat status;
  fstat(null, &status);
  printf("device %d:%d, character %d\n", major(status.st_rdev), minor(status.st_rdev), S_ISCHR(status.st_mode));
  printf("a terminal: %d %s\n", isatty(null), strerror(errno));
  char name[40];
  snprintf(name, sizeof name, "/proc/self/fd/%d", null);
  memset(text, 0, sizeof text);
  readlink(name, text, sizeof text - 1);
  printf("%s\n", text);
  int fds[2];
  pipe(fds);
  snprintf(name, sizeof name, "/dev/fd/%d", fds[1]);
  int again = open(name, O_WRONLY);
  write(again, "through /dev/fd", 16);
  read(fds[0], text, sizeof text);
  puts(text);
  printf("close_range: %d, then %d\n", (int)syscall(SYS_close_range, 3, 100, 0), fcntl(again, F_GETFD));
  puts("ok");
  return 0;
}
