// mmap, mprotect, mremap, brk, shared and private mappings of files and of nothing.
// Build: gcc -static -O1 memory.c -o memory
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096

static void *map(size_t size, int protection, int flags, int fd) {
  return mmap(0, size, protection, flags, fd, 0);
}

int main(void) {
  char *p = map(8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
  printf("zero: %d aligned: %d\n", p[5 * PAGE], ((unsigned long)p & 4095) == 0);
  memset(p, 'a', 8 * PAGE);
  printf("munmap middle: %d\n", munmap(p + 2 * PAGE, PAGE));
  printf("mprotect over the hole: %d %s\n", mprotect(p, 8 * PAGE, PROT_READ), strerror(errno));
  printf("before the hole it took effect: %d\n", read(open("/dev/zero", O_RDONLY), p, 1) < 0);
  printf("mprotect: %d\n", mprotect(p, 2 * PAGE, PROT_READ | PROT_WRITE));
  char *fixed = mmap(p + 2 * PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  printf("fixed: %d contents %d\n", fixed == p + 2 * PAGE, *fixed);
  printf("no replace: %d %s\n", mmap(p, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == MAP_FAILED, strerror(errno));
  p[1] = 'b';
  char *q = map(4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
  strcpy(q + 3 * PAGE, "moved");
  char *r = mremap(q, 4 * PAGE, 64 * PAGE, MREMAP_MAYMOVE);
  printf("mremap: %d %s, new pages %d\n", r != MAP_FAILED, r + 3 * PAGE, r[63 * PAGE]);
  r = mremap(r, 64 * PAGE, 2 * PAGE, 0);
  printf("shrunk: %d\n", r != MAP_FAILED);
  printf("madvise: %d", madvise(p, PAGE, MADV_DONTNEED));
  printf(" %d\n", p[1]);

  char *start = (char *)syscall(SYS_brk, 0);
  char *end = start + 3 * PAGE;
  printf("brk: %d", (char *)syscall(SYS_brk, end) == end);
  start[2 * PAGE] = 7;
  printf(" %d", (char *)syscall(SYS_brk, start) == start);
  printf(" %d", (char *)syscall(SYS_brk, end) == end);
  printf(" %d", start[2 * PAGE]);
  printf(" %d\n", (char *)syscall(SYS_brk, 0x1000) == end);

  char name[] = "/tmp/memoryXXXXXX";
  int fd = mkstemp(name);
  unlink(name);
  write(fd, "file contents", 13);
  char *shared = map(PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd);
  char *private = map(PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd);
  shared[0] = 'F';
  char text[20] = {0};
  pread(fd, text, 13, 0);
  printf("%s | %.13s | %d\n", text, private, private[100]);
  private[1] = 'I';
  pwrite(fd, "LE", 2, 2);
  pread(fd, text, 13, 0);
  printf("%s | %.13s | %.13s\n", text, shared, private);
  close(fd);
  printf("after close: %.4s\n", shared);

  int *counter = map(PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1);
  int *own = map(PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
  for (int i = 0; i < 4; i++) {
    if (fork() == 0) {
      *counter += 1;
      *own += 1;
      _exit(0);
    }
    wait(0);
  }
  printf("shared %d private %d\n", *counter, *own);
  printf("bad: %d", mmap(0, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED && errno == EINVAL);
  printf(" %d", mmap(0, PAGE, PROT_READ, MAP_PRIVATE, 99, 0) == MAP_FAILED && errno == EBADF);
  printf(" %d\n", munmap((void *)1, PAGE) && errno == EINVAL);
  char *reserve = map(1ul << 30, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
  printf("reserve: %d %d\n", reserve != MAP_FAILED, mprotect(reserve + (1 << 20), PAGE, PROT_READ | PROT_WRITE));
  reserve[1 << 20] = 1;
  free(malloc(5000000));
  puts("ok");
  return 0;
}
