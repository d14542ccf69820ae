// What badly behaved programs do; the first argument says which. Build: musl-gcc -static -O0 hostile.c -o hostile
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int deeper(int depth) {
  volatile char room[4096];
  room[0] = depth;
  return deeper(depth + 1) + room[0];
}

int main(int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : "";
  if (!strcmp(what, "jump")) ((void (*)(void))0xdeadbeef000)();
  if (!strcmp(what, "read")) return *(volatile char *)0x10;
  if (!strcmp(what, "constant")) *(volatile char *)what = 0, *(volatile char *)"text" = 0;
  if (!strcmp(what, "stack")) return deeper(0);
  if (!strcmp(what, "divide")) { volatile int zero = argc - 2; return 7 / zero; }
  if (!strcmp(what, "invalid")) __asm__("ud2");
  if (!strcmp(what, "privileged")) __asm__("hlt");
  if (!strcmp(what, "forks")) for (;;) if (fork() < 0) _exit(9);
  if (!strcmp(what, "memory"))
    for (;;) {
      char *more = malloc(1 << 20);
      if (!more) _exit(9);
      memset(more, 1, 1 << 20);
    }
  if (!strcmp(what, "descriptors")) {
    int count = 0;
    while (dup(0) >= 0) count++;
    printf("%d\n", count);
  }
  if (!strcmp(what, "loop")) for (;;);
  return 0;
}
