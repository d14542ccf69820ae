// Work for the kernel, chosen by the first argument, `second` times. getpgrp marks where the measured part begins (and
// for `memory` each step); the measured part ends with the program.

#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096, BYTES = 64 << 20 };

static char *freshBytes(long bytes) {
  char *memory = mmap(0, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) exit(2);
  return memory;
}

static char *fresh(void) { return freshBytes(BYTES); }

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

// The marker is passed before the fork and after it: what the fork alone takes.
static void clones(int count) {
  char *memory = freshBytes(4L * BYTES);
  for (int i = 0; i < 4; i++) touch(memory + (long)i * BYTES);
  for (int i = 0; i < count; i++) {
    mark();
    long child = syscall(SYS_fork);
    if (child == 0) _exit(0);
    mark();
    wait(0);
  }
}

// Each page is a region of its own: its neighbours have another protection.
static void regions(int count) {
  char *memory = freshBytes((long)count * PAGE);
  for (long i = 0; i < count; i += 2)
    if (mprotect(memory + i * PAGE, PAGE, PROT_READ)) exit(2);
  for (long i = 1; i < count; i += 2) memory[i * PAGE]++;
  mark();
}

// Pages of the program's own file, mapped anew each time: in the machine most are read from memory after the first.
static void fileFaults(int count) {
  int file = open("/proc/self/exe", O_RDONLY);
  long bytes = lseek(file, 0, SEEK_END) / PAGE * PAGE;
  mark();
  for (int i = 0; i < count; i++) {
    volatile char *memory = mmap(0, bytes, PROT_READ, MAP_PRIVATE, file, 0);
    if (memory == MAP_FAILED) exit(2);
    for (long at = 0; at < bytes; at += PAGE) (void)memory[at];
    munmap((void *)memory, bytes);
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

// One block of 64 KB through a pipe.
static void blocks(int count) {
  static char block[65536];
  int ends[2];
  if (pipe(ends)) exit(2);
  mark();
  for (int i = 0; i < count; i++)
    if (write(ends[1], block, sizeof block) != sizeof block || read(ends[0], block, sizeof block) != sizeof block) exit(2);
}

static void opens(int count) {
  struct stat status;
  mark();
  for (int i = 0; i < count; i++) {
    int file = open("/proc/self/exe", O_RDONLY);
    if (file < 0 || fstat(file, &status)) exit(2);
    close(file);
  }
}

// This program again, which finds nothing to do.
static void executions(int count) {
  mark();
  for (int i = 0; i < count; i++) {
    if (fork() == 0) {
      execl("/proc/self/exe", "calls", "nothing", "0", (char *)0);
      _exit(2);
    }
    wait(0);
  }
}

static void maps(int count) {
  mark();
  for (int i = 0; i < count; i++) munmap(freshBytes(PAGE), PAGE);
}

static void times(int count) {
  struct timespec now;
  mark();
  for (int i = 0; i < count; i++) clock_gettime(CLOCK_MONOTONIC, &now);
}

static void nothing(int count) { (void)count; }

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
} KINDS[] = {{"getppid", getppids}, {"pipe", pingPong}, {"fork", forks}, {"faults", faults}, {"memory", memory},
                {"clone", clones},     {"regions", regions}, {"files", fileFaults}, {"blocks", blocks}, {"opens", opens},
                {"exec", executions},  {"maps", maps},       {"times", times},     {"nothing", nothing}};

int main(int argc, char **argv) {
  for (unsigned i = 0; argc > 2 && i < sizeof KINDS / sizeof *KINDS; i++) {
    if (strcmp(argv[1], KINDS[i].name) != 0) continue;
    KINDS[i].run(atoi(argv[2]));
    puts(argv[1]);
    return 0;
  }
  return 1;
}
