// The sieve of Eratosthenes over bytes: simple stores with a stride.

#include <stdio.h>
#include <string.h>

enum { LIMIT = 2000000, ROUNDS = 14 };

static unsigned char composite[LIMIT + 1];

static unsigned long sieve(void) {
  unsigned long sum = 0;
  memset(composite, 0, sizeof composite);
  for (unsigned i = 2; i <= LIMIT; i++) {
    if (composite[i]) continue;
    sum += i;
    for (unsigned long j = (unsigned long)i * i; j <= LIMIT; j += i) composite[j] = 1;
  }
  return sum;
}

int main(void) {
  unsigned long sum = 0;
  for (int round = 0; round < ROUNDS; round++) sum = sum * 31 + sieve();
  printf("sieve %lu\n", sum);
  return 0;
}
