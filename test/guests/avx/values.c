// What compilers make of loops when they may use AVX2 and FMA, and the feature tests that programs begin with.
#include <immintrin.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static float singles[1000];
static double doubles[500];
static int integers[777];

static unsigned digest(const void *at, size_t size) {
  unsigned hash = 2166136261u;
  for (size_t i = 0; i < size; i++) hash = (hash ^ ((const unsigned char *)at)[i]) * 16777619u;
  return hash;
}

int main(void) {
  printf("avx2 %d, fma %d, f16c %d, bmi2 %d, v3 %d\n", !!__builtin_cpu_supports("avx2"), !!__builtin_cpu_supports("fma"),
         !!__builtin_cpu_supports("f16c"), !!__builtin_cpu_supports("bmi2"), !!__builtin_cpu_supports("x86-64-v3"));
  for (int i = 0; i < 1000; i++) singles[i] = sinf(i) * powf(10, i % 70 - 35);
  for (int turn = 0; turn < 20; turn++)
    for (int i = 0; i < 1000; i++) singles[i] = singles[i] * 0.75f + singles[(i * 7 + turn) % 1000] / 3;
  for (int i = 0; i < 500; i++) doubles[i] = exp(cos(i) * 300);
  for (int turn = 0; turn < 20; turn++)
    for (int i = 1; i < 500; i++) doubles[i] = doubles[i] * 0.4 - doubles[i - 1] * 1e-3 + turn;
  for (int i = 0; i < 777; i++) integers[i] = i * 2654435761u;
  for (int turn = 0; turn < 20; turn++)
    for (int i = 0; i < 777; i++) integers[i] = (integers[i] >> (i & 7)) ^ integers[(unsigned)integers[i] % 777];
  printf("%08x %08x %08x\n", digest(singles, sizeof singles), digest(doubles, sizeof doubles), digest(integers, sizeof integers));
  double sum = 0;
  for (int i = 0; i < 20000; i++) sum = fma(sum, 0.999, sin(i * 0.01) * log(i + 1.0));
  printf("%.17g %a\n", sum, fmaf(1.0000001f, 1.0000001f, -1.0000002f));
  unsigned short halves[8];
  _mm_storeu_si128((__m128i *)halves, _mm256_cvtps_ph(_mm256_loadu_ps(singles), 0));
  printf("%08x\n", digest(halves, sizeof halves));
  char text[300] = "";
  for (int i = 0; i < 40; i++) strcat(text, "word ");
  printf("%zu %d %s\n", strlen(text), (int)(strchr(text, 'x') == NULL), strstr(text, "d w") + 190);
  puts("ok");
  return 0;
}
