// A program to debug. `ticks COUNT` calls tick() so often and then getppid, for ever without COUNT; `regions COUNT`
// makes a stretch of memory with so many regions and calls getppid.

#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE = 4096 };

static volatile long total;

__attribute__((noinline, noclone)) void tick(long count) { total += count; }

int main(int argc, char **argv) {
  long count = argc > 2 ? atol(argv[2]) : -1;
  if (argc > 1 && strcmp(argv[1], "regions") == 0) {
    char *memory = mmap(0, (size_t)count * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (long i = 0; i < count; i += 2) mprotect(memory + i * PAGE, PAGE, PROT_READ);
  } else {
    for (long i = 0; i != count; i++) tick(i);
  }
  getppid();
  return 0;
}
