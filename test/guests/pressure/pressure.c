// Touches as many MiB as its argument says, several times and in several orders: zeros, text, counters and a few pages of
// noise, private and shared, before and after a fork. Prints sums of what it finds.

#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096 };

static uint32_t state = 12345;

static uint32_t chance(void) {
  state ^= state << 13;
  state ^= state >> 17;
  return state ^= state << 5;
}

static void fill(char *page, long number) {
  if (number % 8 == 0) return; // stays zero, touched or not
  if (number % 32 == 1) {
    for (int i = 0; i < PAGE; i += 4) *(uint32_t *)(page + i) = chance();
  } else if (number % 2) {
    for (int i = 0; i < PAGE; i += 16) memcpy(page + i, "sixteen letters ", 16);
    *(long *)page = number;
  } else {
    for (int i = 0; i < PAGE; i += 8) *(long *)(page + i) = number;
  }
}

static uint64_t sum(const char *memory, long pages, long stride) {
  uint64_t total = 0;
  for (long start = 0; start < stride; start++)
    for (long page = start; page < pages; page += stride) {
      const uint64_t *words = (const uint64_t *)(memory + page * PAGE);
      for (int i = 0; i < PAGE / 8; i++) total = total * 31 + words[i];
      total += page;
    }
  return total;
}

static char *fresh(long bytes, int flags) {
  char *memory = mmap(0, bytes, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | flags, -1, 0);
  if (memory == MAP_FAILED) exit(2);
  return memory;
}

int main(int argc, char **argv) {
  long pages = (argc > 1 ? atol(argv[1]) : 1) * 256;
  char *own = fresh(pages * PAGE, MAP_PRIVATE);
  for (long page = 0; page < pages; page++) fill(own + page * PAGE, page);
  printf("filled %016llx\n", (unsigned long long)sum(own, pages, 1));
  printf("strided %016llx\n", (unsigned long long)sum(own, pages, 7));

  long few = pages / 8;
  char *shared = fresh(few * PAGE, MAP_SHARED);
  for (long page = 0; page < few; page++) fill(shared + page * PAGE, page + 2);
  printf("shared %016llx\n", (unsigned long long)sum(shared, few, 3));
  fflush(stdout);

  pid_t child = fork();
  if (child == 0) {
    for (long page = 0; page < pages; page += 4) own[page * PAGE + 9] ^= 0x5a;
    for (long page = 0; page < few; page += 2) shared[page * PAGE + 5] = 7;
    printf("child %016llx\n", (unsigned long long)sum(own, pages, 5));
    fflush(stdout);
    _exit(0);
  }
  int status;
  waitpid(child, &status, 0);
  printf("parent %016llx\n", (unsigned long long)sum(own, pages, 1));
  printf("shared %016llx\n", (unsigned long long)sum(shared, few, 1));

  char *moved = mremap(own, pages * PAGE, 2 * pages * PAGE, MREMAP_MAYMOVE);
  if (moved == MAP_FAILED) exit(2);
  printf("moved %016llx\n", (unsigned long long)sum(moved, pages + 16, 1));
  madvise(moved, pages / 2 * PAGE, MADV_DONTNEED);
  munmap(shared, few * PAGE);
  printf("halved %016llx\n", (unsigned long long)sum(moved, pages, 1));
  puts("ok");
  return 0;
}
