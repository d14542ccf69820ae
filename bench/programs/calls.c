// Work for the kernel, chosen by the first argument, `second` times. getpgrp marks where the measured part begins (and
// for `memory` each step); the measured part ends with the program.

#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096, BYTES = 64 << 20 };

static char *fresh(void) {
  char *memory = mmap(0, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) exit(2);
  return memory;
}

static void touch(char *memory) {
  for (long at = 0; at < BYTES; at += PAGE) memory[at]++;
}

static void mark(void) { syscall(SYS_getpgrp); }

static void getppids(int count) {
  mark();
  for (int i = 0; i < count; i++) syscall(SYS_getppid);
}

static void pingPong(int count) {
  int there[2], back[2];
  char byte = 'x';
  if (pipe(there) || pipe(back)) exit(2);
  if (fork() == 0) {
    close(there[1]);
    while (read(there[0], &byte, 1) == 1) {
      if (write(back[1], &byte, 1) != 1) _exit(2);
    }
    _exit(0);
  }
  mark();
  for (int i = 0; i < count; i++)
    if (write(there[1], &byte, 1) != 1 || read(back[0], &byte, 1) != 1) exit(2);
  close(there[1]);
  wait(0);
}

static void forks(int count) {
  touch(fresh());
  mark();
  for (int i = 0; i < count; i++) {
    if (fork() == 0) _exit(0);
    wait(0);
  }
}

static void faults(int count) {
  mark();
  for (int i = 0; i < count; i++) {
    char *memory = fresh();
    touch(memory);
    munmap(memory, BYTES);
  }
}

static void memory(int count) {
  char *bytes = fresh();
  touch(bytes);
  for (int i = 0; i < count; i++) {
    mark();
    touch(bytes);
  }
  mark();
}

static const struct {
  const char *name;
  void (*run)(int count);
} KINDS[] = {{"getppid", getppids}, {"pipe", pingPong}, {"fork", forks}, {"faults", faults}, {"memory", memory}};

int main(int argc, char **argv) {
  for (unsigned i = 0; argc > 2 && i < sizeof KINDS / sizeof *KINDS; i++) {
    if (strcmp(argv[1], KINDS[i].name) != 0) continue;
    KINDS[i].run(atoi(argv[2]));
    puts(argv[1]);
    return 0;
  }
  return 1;
}
