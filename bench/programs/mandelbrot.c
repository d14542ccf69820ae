// The Mandelbrot set: scalar doubles in registers and a comparison a turn.

#include <stdio.h>

enum { EDGE = 750, LIMIT = 250 };

int main(void) {
  unsigned long sum = 0;
  for (int row = 0; row < EDGE; row++)
    for (int column = 0; column < EDGE; column++) {
      double cr = column * 3.0 / EDGE - 2.0, ci = row * 2.4 / EDGE - 1.2, r = 0, i = 0;
      int count = 0;
      while (count < LIMIT && r * r + i * i < 4) {
        double next = r * r - i * i + cr;
        i = 2 * r * i + ci;
        r = next;
        count++;
      }
      sum = sum * 31 + (unsigned long)count;
    }
  printf("mandelbrot %lu\n", sum);
  return 0;
}
