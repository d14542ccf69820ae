// Files with holes: what they take, where their data is, making and filling holes, far behind 4 GiB too.
// Build: gcc -static -O1 holes.c -o holes
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE 4096L
#define FAR (5L << 30)

static void blocks(const char *what, int fd) {
  struct stat found;
  fstat(fd, &found);
  printf("%s: size %ld, pages %ld\n", what, (long)found.st_size, (long)found.st_blocks / 8);
}

static void where(int fd, long from) {
  long data = lseek(fd, from, SEEK_DATA);
  if (data < 0) printf(" from %ld no data (%s)", from / PAGE, strerror(errno));
  else printf(" from %ld data at %ld", from / PAGE, data / PAGE);
  long hole = lseek(fd, from, SEEK_HOLE);
  if (hole < 0) printf(" no hole (%s)\n", strerror(errno));
  else printf(" hole at %ld\n", hole / PAGE);
}

int main(void) {
  // memfd: tmpfs everywhere, so that what a file system does with blocks is the same.
  int fd = memfd_create("holes", 0);
  blocks("nothing", fd);
  pwrite(fd, "far", 3, FAR);
  blocks("three bytes", fd);
  where(fd, 0);
  where(fd, FAR);
  where(fd, FAR + 3);
  char bytes[8] = "xxxxxxx";
  printf("read of a hole: %zd %d\n", pread(fd, bytes, 8, 2 * PAGE), bytes[0] | bytes[7]);
  blocks("reading it", fd);
  pwrite(fd, "near", 4, 3 * PAGE - 2);
  blocks("over a border", fd);
  where(fd, 0);
  where(fd, 2 * PAGE + 100);
  where(fd, 4 * PAGE);
  printf("punch: %d\n", fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 2 * PAGE, PAGE));
  blocks("less", fd);
  printf("punch within: %d\n", fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 3 * PAGE, 1));
  pread(fd, bytes, 4, 3 * PAGE - 2);
  printf("%d %d %d %c\n", bytes[0], bytes[1], bytes[2], bytes[3]);
  blocks("the same", fd);
  printf("allocate: %d\n", fallocate(fd, 0, 8 * PAGE, 4 * PAGE));
  blocks("more", fd);
  printf("zeros: %d\n", fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, FAR));
  blocks("one page", fd);
  ftruncate(fd, PAGE);
  blocks("cut", fd);
  ftruncate(fd, FAR);
  blocks("long again", fd);
  where(fd, 0);
  char *map = mmap(0, 16 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  map[5 * PAGE] = 'm';
  blocks("through memory", fd);
  where(fd, 0);
  printf("cleared: %d", madvise(map + 5 * PAGE, PAGE, MADV_REMOVE));
  printf(" %d\n", map[5 * PAGE]);
  ftruncate(fd, 1);
  printf("too long: %d %s\n", ftruncate(fd, -1), strerror(errno));
  puts("ok");
  return 0;
}
