// SHA-256 of 10 MiB: rotations and additions of 32 bits with many live values.

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static uint32_t K[64];

static uint32_t rotate(uint32_t value, int count) { return value >> count | value << (32 - count); }

/** The constants: the first 32 bits of the fractions of the cube roots of the first 64 primes. */
static void prepare(void) {
  for (int number = 2, count = 0; count < 64; number++) {
    int prime = 1;
    for (int i = 2; i * i <= number; i++) prime &= number % i != 0;
    if (!prime) continue;
    unsigned __int128 low = 0, high = (unsigned __int128)8 << 32;
    while (high - low > 1) {
      unsigned __int128 middle = (low + high) / 2;
      if (middle * middle * middle <= (unsigned __int128)number << 96) low = middle;
      else high = middle;
    }
    K[count++] = (uint32_t)low;
  }
}

static void block(uint32_t state[8], const uint32_t words[16]) {
  uint32_t w[64], s[8];
  memcpy(w, words, 64);
  memcpy(s, state, 32);
  for (int i = 16; i < 64; i++) {
    uint32_t a = w[i - 15], b = w[i - 2];
    w[i] = w[i - 16] + w[i - 7] + (rotate(a, 7) ^ rotate(a, 18) ^ a >> 3) + (rotate(b, 17) ^ rotate(b, 19) ^ b >> 10);
  }
  for (int i = 0; i < 64; i++) {
    uint32_t e = s[4], a = s[0];
    uint32_t one = s[7] + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & s[5]) ^ (~e & s[6])) + K[i] + w[i];
    uint32_t two = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & s[1]) ^ (a & s[2]) ^ (s[1] & s[2]));
    for (int j = 7; j > 0; j--) s[j] = s[j - 1];
    s[4] += one;
    s[0] = one + two;
  }
  for (int i = 0; i < 8; i++) state[i] += s[i];
}

int main(void) {
  uint32_t state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  uint32_t words[16];
  prepare();
  for (uint32_t i = 0; i < 10 * 1024 * 1024 / 64; i++) {
    for (uint32_t j = 0; j < 16; j++) words[j] = i * 16 + j;
    block(state, words);
  }
  for (int i = 0; i < 8; i++) printf("%08x", state[i]);
  printf("\n");
  return 0;
}
