// Follows a random cycle of pointers through 256 KiB: the latency of one load after the other.

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { NODES = 4096, STEPS = 20000000 };

struct node {
  struct node *next;
  uint64_t value[7];
};

int main(void) {
  struct node *nodes = calloc(NODES, sizeof *nodes);
  uint32_t order[NODES], seed = 7;
  for (uint32_t i = 0; i < NODES; i++) order[i] = i;
  for (uint32_t i = NODES - 1; i > 0; i--) {
    seed = seed * 1664525 + 1013904223;
    uint32_t j = (seed >> 8) % (i + 1), other = order[i];
    order[i] = order[j];
    order[j] = other;
  }
  for (uint32_t i = 0; i < NODES; i++) {
    nodes[order[i]].next = &nodes[order[(i + 1) % NODES]];
    nodes[i].value[0] = i;
  }
  uint64_t sum = 0;
  const struct node *at = nodes;
  for (long i = 0; i < STEPS; i++) {
    sum += at->value[0];
    at = at->next;
  }
  printf("chase %lu\n", (unsigned long)sum);
  return 0;
}
