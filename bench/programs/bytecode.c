// An interpreter of a small stack machine: a switch in a loop, indirect jumps.

#include <stdint.h>
#include <stdio.h>

enum { PUSH, LOAD, STORE, ADD, MULTIPLY, XOR, SHIFT, DECREMENT, BRANCH, END };

/** value = (value * 31 + counter) ^ (value >> 7), until counter is 0. */
static const int32_t CODE[] = {
    LOAD, 0, PUSH, 31, MULTIPLY, LOAD, 1, ADD, LOAD, 0, SHIFT, 7, XOR, STORE, 0, DECREMENT, 1, LOAD, 1, BRANCH, 0, END,
};

static uint32_t interpret(uint32_t counter) {
  uint32_t stack[16], cells[2] = {1, counter};
  uint32_t *top = stack;
  for (const int32_t *at = CODE;;) {
    switch (*at++) {
      case PUSH: *top++ = (uint32_t)*at++; break;
      case LOAD: *top++ = cells[*at++]; break;
      case STORE: cells[*at++] = *--top; break;
      case ADD: top--; top[-1] += top[0]; break;
      case MULTIPLY: top--; top[-1] *= top[0]; break;
      case XOR: top--; top[-1] ^= top[0]; break;
      case SHIFT: top[-1] >>= *at++; break;
      case DECREMENT: cells[*at++]--; break;
      case BRANCH: at = *--top ? CODE + *at : at + 1; break;
      default: return cells[0];
    }
  }
}

int main(void) {
  printf("bytecode %u\n", interpret(6000000));
  return 0;
}
