// Bytes between files without a buffer: splice, tee, vmsplice, sync_file_range, flags of preadv2, owners of what is new.
// Build: gcc -static -O1 moving.c -o moving
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *outcome(long result) {
  static char texts[4][40];
  static int next;
  char *text = texts[next++ % 4];
  if (result < 0) snprintf(text, sizeof texts[0], "%s", strerror(errno));
  else snprintf(text, sizeof texts[0], "%ld", result);
  return text;
}

static long p2(int number, int fd, const char *text, long position, int flags) {
  struct iovec part = {(void *)text, strlen(text)};
  return syscall(number, fd, &part, 1, position, 0, flags);
}

static long mode(const char *name) {
  struct stat status;
  lstat(name, &status);
  return status.st_mode;
}

int main(void) {
  char folder[] = "/tmp/moving-XXXXXX", text[64] = {0};
  mkdtemp(folder);
  chdir(folder);
  int file = open("file", O_RDWR | O_CREAT, 0644), target = open("target", O_RDWR | O_CREAT, 0644);
  write(file, "0123456789abcdef", 16);
  int a[2], b[2];
  pipe(a);
  pipe(b);

  loff_t from = 4, to = 2;
  printf("file to pipe: %s", outcome(splice(file, &from, a[1], 0, 8, 0)));
  printf(", next %ld\n", (long)from);
  printf("tee: %s\n", outcome(tee(a[0], b[1], 100, SPLICE_F_NONBLOCK)));
  printf("pipe to file: %s", outcome(splice(a[0], 0, target, &to, 5, 0)));
  printf(", next %ld\n", (long)to);
  printf("pipe to pipe: %s\n", outcome(splice(a[0], 0, b[1], 0, 100, 0)));
  printf("read: %zd %s\n", read(b[0], text, sizeof text), text);
  memset(text, 0, sizeof text);
  pread(target, text, sizeof text, 2);
  printf("in the file: %s\n", text);
  printf("empty: %s", outcome(splice(a[0], 0, target, 0, 5, SPLICE_F_NONBLOCK)));
  printf(", %s\n", outcome(tee(a[0], b[1], 5, SPLICE_F_NONBLOCK)));
  printf("refused: %s", outcome(splice(file, 0, target, 0, 5, 0)));
  printf(", %s", outcome(splice(a[0], &from, target, 0, 5, 0)));
  printf(", %s", outcome(splice(a[1], 0, target, 0, 5, 0)));
  printf(", %s", outcome(splice(99, 0, target, 0, 5, 0)));
  printf(", %s", outcome(splice(a[0], 0, a[1], 0, 5, 0)));
  printf(", %s\n", outcome(tee(file, a[1], 5, 0)));
  struct iovec parts[2] = {{"one ", 4}, {"two", 3}};
  printf("vmsplice: %s", outcome(vmsplice(a[1], parts, 2, 0)));
  memset(text, 0, sizeof text);
  printf(" %zd %s, ", read(a[0], text, sizeof text), text);
  printf("%s\n", outcome(vmsplice(file, parts, 2, 0)));
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    usleep(20000);
    write(a[1], "late", 4);
    _exit(0);
  }
  printf("waits: %s\n", outcome(splice(a[0], 0, target, 0, 100, 0)));
  waitpid(child, 0, 0);
  close(a[1]);
  printf("no writers: %s\n", outcome(splice(a[0], 0, target, 0, 100, 0)));

  printf("append: %s", outcome(p2(SYS_pwritev2, file, "xyz", 0, 16)));
  printf(", size %ld, offset %ld\n", (long)lseek(file, 0, SEEK_END), (long)lseek(file, 0, SEEK_SET));
  printf("unknown flag: %s\n", outcome(p2(SYS_pwritev2, file, "xyz", 0, 1 << 20)));
  printf("no length: %s\n", outcome(syscall(SYS_readv, file, (struct iovec[]){{text, -1}}, 1)));
  printf("sync: %s", outcome(sync_file_range(file, 0, 10, SYNC_FILE_RANGE_WRITE)));
  printf(", %s", outcome(sync_file_range(file, 0, 10, 64)));
  printf(", %s\n", outcome(sync_file_range(b[0], 0, 10, 0)));
  int null = open("/dev/null", O_RDWR);
  printf("of a device: %s", outcome(fdatasync(null)));
  printf(", of a pipe: %s\n", outcome(fsync(b[0])));

  printf("no hole: %s", outcome(fallocate(file, FALLOC_FL_PUNCH_HOLE, 0, 4)));
  printf(", a hole: %s", outcome(fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 2, 4)));
  memset(text, 'x', sizeof text);
  pread(file, text, 8, 0);
  printf(" %.2s%d%d%.2s", text, text[2], text[5], text + 6);
  printf(", too far: %s\n", outcome(fallocate(file, 0, 1, 0x7ffffffffffffc00)));

  if (geteuid() == 0) {
    mkdir("group", 0777);
    chown("group", 0, 2);
    chmod("group", 02777);
    mkdir("group/folder", 0777);
    close(open("group/file", O_CREAT | O_WRONLY, 0644));
    struct stat status;
    stat("group/file", &status);
    printf("inherited: %d %lo\n", status.st_gid, mode("group/folder"));
    chmod("target", 06711);
    chown("target", 1, 1);
    printf("set-id: %lo", mode("target"));
    chmod("target", 06700);
    chown("target", 1, 1);
    printf(" %lo\n", mode("target"));
    fflush(stdout);
    if (fork() == 0) {
      chmod(folder, 0777);
      chmod("target", 06666);
      setgid(65534);
      setuid(1);
      int writable = open("target", O_RDWR);
      write(writable, "x", 1);
      printf("after a write: %lo\n", mode("target"));
      printf("a foreign group: %s", outcome(chmod("target", 02666)));
      printf(" %lo\n", mode("target"));
      printf("O_NOATIME: %s\n", outcome(open("file", O_RDONLY | O_NOATIME)));
      fflush(stdout);
      _exit(0);
    }
    wait(0);
    rmdir("group/folder");
    unlink("group/file");
    rmdir("group");
  }
  int place = open("file", O_PATH);
  printf("a place: %s", outcome(fchmod(place, 0600)));
  printf(", %s", outcome(fchown(place, 0, 0)));
  struct stat status;
  printf(", %s\n", outcome(fstat(place, &status)));
  printf("flags: %s", outcome(fstatat(AT_FDCWD, "file", &status, 9999)));
  printf(", %s", outcome(fchownat(AT_FDCWD, "file", 0, 0, 9999)));
  printf(", %s", outcome(linkat(AT_FDCWD, "file", AT_FDCWD, "other", 9999)));
  printf(", %s\n", outcome(mknod("node", 0170000, 0)));
  unlink("file");
  unlink("target");
  chdir("/");
  rmdir(folder);
  puts("ok");
  return 0;
}
