// Touches as many MiB as its argument says and ends: for what a machine takes beside its guest's memory.

#include <stdlib.h>

enum { PAGE = 4096 };

int main(int argc, char **argv) {
  size_t size = (argc > 1 ? strtoul(argv[1], 0, 10) : 0) << 20;
  volatile char *memory = malloc(size + 1);
  for (size_t at = 0; memory && at < size; at += PAGE) memory[at] = 1;
  return memory ? 0 : 1;
}
