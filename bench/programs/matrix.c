// Product of matrices of doubles.

#include <stdio.h>

enum { EDGE = 300, ROUNDS = 12 };

static double a[EDGE][EDGE], b[EDGE][EDGE], c[EDGE][EDGE];

int main(void) {
  for (int i = 0; i < EDGE; i++)
    for (int j = 0; j < EDGE; j++) {
      a[i][j] = (i * 3 + j) % 17 * 0.25;
      b[i][j] = (i + j * 5) % 13 * 0.5 - 1.0;
    }
  for (int round = 0; round < ROUNDS; round++)
    for (int i = 0; i < EDGE; i++)
      for (int j = 0; j < EDGE; j++) {
        double sum = c[i][j] * 0.5;
        for (int k = 0; k < EDGE; k++) sum += a[i][k] * b[k][j];
        c[i][j] = sum;
      }
  double sum = 0;
  for (int i = 0; i < EDGE; i++)
    for (int j = 0; j < EDGE; j++) sum = sum * 0.999 + c[i][j];
  printf("matrix %.15g\n", sum);
  return 0;
}
