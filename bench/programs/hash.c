// A hash table with open addressing: multiplication, masks and loads that miss the first cache.

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { BITS = 18, SIZE = 1 << BITS, KEYS = SIZE / 2, ROUNDS = 48 };

struct entry {
  uint64_t key;
  uint64_t value;
};

static struct entry *find(struct entry *table, uint64_t key) {
  uint64_t at = (key * 0x9e3779b97f4a7c15u) >> (64 - BITS);
  while (table[at].key != 0 && table[at].key != key) at = (at + 1) & (SIZE - 1);
  return &table[at];
}

int main(void) {
  struct entry *table = calloc(SIZE, sizeof *table);
  uint64_t sum = 0;
  for (int round = 0; round < ROUNDS; round++) {
    uint64_t seed = 12345;
    for (int i = 0; i < KEYS; i++) {
      seed = seed * 6364136223846793005u + 1442695040888963407u;
      struct entry *entry = find(table, seed | 1);
      entry->key = seed | 1;
      entry->value += (uint64_t)i + (seed >> 40);
      sum += entry->value;
    }
  }
  printf("hash %lu\n", (unsigned long)sum);
  return 0;
}
