// Quicksort of 1.2 million integers: unpredictable branches and recursion.

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { COUNT = 1200000 };

static void sort(int32_t *values, long low, long high) {
  while (low < high) {
    int32_t pivot = values[(low + high) / 2];
    long i = low, j = high;
    while (i <= j) {
      while (values[i] < pivot) i++;
      while (values[j] > pivot) j--;
      if (i > j) break;
      int32_t other = values[i];
      values[i++] = values[j];
      values[j--] = other;
    }
    sort(values, low, j);
    low = i;
  }
}

int main(void) {
  int32_t *values = malloc(COUNT * sizeof *values);
  uint32_t seed = 1;
  for (long i = 0; i < COUNT; i++) {
    seed = seed * 1664525 + 1013904223;
    values[i] = (int32_t)seed;
  }
  sort(values, 0, COUNT - 1);
  uint64_t sum = 0;
  for (long i = 0; i < COUNT; i++) sum = sum * 31 + (uint32_t)values[i];
  printf("quicksort %lu\n", (unsigned long)sum);
  return 0;
}
