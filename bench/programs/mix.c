// A linked list, a small integer matrix, a state machine over text and a CRC over it all: an embedded program's mix.

#include <stdint.h>
#include <stdio.h>

enum { NODES = 64, EDGE = 12, ROUNDS = 70000 };

struct node {
  struct node *next;
  int16_t key;
  int16_t value;
};

static struct node nodes[NODES];

static uint16_t crc(uint16_t sum, uint32_t value) {
  for (int i = 0; i < 16; i++, value >>= 1) sum = (sum ^ value) & 1 ? (sum >> 1) ^ 0xa001 : sum >> 1;
  return sum;
}

static struct node *reversed(struct node *list) {
  struct node *result = 0;
  while (list) {
    struct node *next = list->next;
    list->next = result;
    result = list;
    list = next;
  }
  return result;
}

static int32_t multiply(int seed) {
  int16_t a[EDGE][EDGE], b[EDGE][EDGE];
  int32_t trace = 0;
  for (int i = 0; i < EDGE * EDGE; i++) {
    a[i / EDGE][i % EDGE] = (int16_t)(seed + i);
    b[i / EDGE][i % EDGE] = (int16_t)(seed ^ i);
  }
  for (int i = 0; i < EDGE; i++)
    for (int j = 0; j < EDGE; j++) {
      int32_t sum = 0;
      for (int k = 0; k < EDGE; k++) sum += a[i][k] * b[k][j];
      trace ^= sum;
    }
  return trace;
}

/** Counts what looks like numbers: 12, -7, 3.5e+4. */
static int numbers(const char *text) {
  enum { START, SIGN, DIGITS, FRACTION, EXPONENT, BAD } state = START;
  int count = 0;
  for (; *text; text++) {
    int digit = *text >= '0' && *text <= '9';
    if (*text == ',') {
      count += state == DIGITS || state == FRACTION || state == EXPONENT;
      state = START;
    } else if (digit) state = state == START || state == SIGN ? DIGITS : state;
    else if (*text == '-' || *text == '+') state = state == START ? SIGN : state == EXPONENT ? EXPONENT : BAD;
    else if (*text == '.') state = state == DIGITS ? FRACTION : BAD;
    else state = *text == 'e' && (state == DIGITS || state == FRACTION) ? EXPONENT : BAD;
  }
  return count;
}

int main(void) {
  static char text[] = "5012,+1,-874,0.5,3.5e+4,x12,-110.700,0.64400e4,1.2.3,T0.3e-1F,+122,35.54400,12e5,";
  struct node *list = 0;
  uint16_t sum = 0;
  for (int i = 0; i < NODES; i++) {
    nodes[i] = (struct node){list, (int16_t)(i * 37 % NODES), (int16_t)i};
    list = &nodes[i];
  }
  for (int round = 0; round < ROUNDS; round++) {
    list = reversed(list);
    for (struct node *at = list; at; at = at->next)
      if (at->key == (round & 63)) sum = crc(sum, (uint32_t)at->value++);
    sum = crc(sum, (uint32_t)multiply(round));
    text[round % 80] ^= 1;
    sum = crc(sum, (uint32_t)numbers(text));
  }
  printf("mix %04x\n", sum);
  return 0;
}
