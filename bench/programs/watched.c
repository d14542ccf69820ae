// A loop over memory for a debugger that looks elsewhere: its breakpoints are at `elsewhere`, its watched ranges in
// `quiet`, and neither is ever reached. Both addresses are arguments of getpgrp, which marks the start of the loop.

#define _GNU_SOURCE
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { WORDS = 4096 };

static uint64_t quiet[WORDS];
static uint64_t busy[WORDS] __attribute__((aligned(4096)));
static volatile uint64_t result;

__attribute__((noinline, noclone, used)) static void elsewhere(void) {
  __asm__ volatile(".rept 1000; nop; .endr");
}

int main(int argc, char **argv) {
  long rounds = argc > 1 ? atol(argv[1]) : 1;
  if (rounds < 0) elsewhere();
  syscall(SYS_getpgrp, elsewhere, quiet);
  uint64_t sum = 1;
  for (long round = 0; round < rounds; round++)
    for (int i = 0; i < WORDS; i++) busy[i] = sum = sum * 31 + busy[i];
  result = sum;
  return 0;
}
