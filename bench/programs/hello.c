// Says hello: what starting a program with a C library costs.

#include <stdio.h>

int main(void) {
  puts("hello");
  return 0;
}
