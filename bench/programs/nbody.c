// Five bodies that attract each other: scalar doubles, square roots and divisions.

#include <math.h>
#include <stdio.h>

enum { BODIES = 5, STEPS = 1200000 };

struct body {
  double x[3], v[3], mass;
};

static struct body bodies[BODIES] = {
    {{0, 0, 0}, {0, 0, 0}, 39.478},
    {{4.841, -1.160, -0.104}, {0.606, 2.812, -0.025}, 0.0377},
    {{8.343, 4.125, -0.404}, {-1.011, 1.826, 0.008}, 0.0113},
    {{12.894, -15.111, -0.223}, {1.083, 0.869, -0.011}, 0.0017},
    {{15.380, -25.919, 0.179}, {0.979, 0.595, -0.035}, 0.0020},
};

static void advance(double time) {
  for (int i = 0; i < BODIES; i++)
    for (int j = i + 1; j < BODIES; j++) {
      double d[3], square = 0;
      for (int k = 0; k < 3; k++) {
        d[k] = bodies[i].x[k] - bodies[j].x[k];
        square += d[k] * d[k];
      }
      double pull = time / (square * sqrt(square));
      for (int k = 0; k < 3; k++) {
        bodies[i].v[k] -= d[k] * bodies[j].mass * pull;
        bodies[j].v[k] += d[k] * bodies[i].mass * pull;
      }
    }
  for (int i = 0; i < BODIES; i++)
    for (int k = 0; k < 3; k++) bodies[i].x[k] += time * bodies[i].v[k];
}

int main(void) {
  for (int step = 0; step < STEPS; step++) advance(0.001);
  double sum = 0;
  for (int i = 0; i < BODIES; i++) sum += bodies[i].x[0] - bodies[i].v[1];
  printf("nbody %.15g\n", sum);
  return 0;
}
