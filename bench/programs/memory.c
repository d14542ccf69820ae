// memcpy and strlen of the C library, which picks its routines by what CPUID says, on short and long blocks.

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE = 1 << 16, ROUNDS = 15000 };

static const size_t LENGTHS[] = {15, 64, 333, 4096, 60000};

int main(void) {
  char *from = malloc(SIZE), *to = malloc(SIZE);
  char *(*volatile copy)(char *, const char *, size_t) = (char *(*)(char *, const char *, size_t))memcpy;
  size_t (*volatile measure)(const char *) = strlen;
  for (int i = 0; i < SIZE; i++) from[i] = (char)('a' + i % 26);
  uint64_t sum = 0;
  for (int round = 0; round < ROUNDS; round++) {
    for (size_t kind = 0; kind < sizeof LENGTHS / sizeof *LENGTHS; kind++) {
      size_t length = LENGTHS[kind];
      for (size_t repeat = 0; repeat < 1 + 4096 / length; repeat++) {
        size_t shift = (size_t)(round + (int)repeat) % 61;
        copy(to + shift, from + round % 17, length);
        to[shift + length] = 0;
        sum = sum * 31 + measure(to + shift) + (unsigned char)to[shift + length / 2];
      }
    }
  }
  printf("memory %lu\n", (unsigned long)sum);
  return 0;
}
