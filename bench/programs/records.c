// Records, string comparison and small procedures, as Dhrystone mixes them.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 3000000 };

struct record {
  struct record *next;
  int kind, number, component;
  char text[32];
};

static int numbers[50], table[50][50];
static struct record *first, *second;

__attribute__((noinline)) static int add(int a, int b) { return a + b + 2; }

__attribute__((noinline)) static void place(int *row, int (*grid)[50], int at, int value) {
  int index = at + 5;
  row[index] = value;
  row[index + 1] = row[index];
  row[index + 30] = index;
  for (int i = index; i <= index + 1; i++) grid[index][i] = index;
  grid[index][index - 1]++;
  grid[index + 20][index] = row[index];
}

__attribute__((noinline)) static int later(const char *a, const char *b) {
  int i = 2;
  while (i <= 2 && a[i] != b[i + 1]) i++;
  return strcmp(a, b) > 0 ? i + 7 : i;
}

__attribute__((noinline)) static void follow(struct record *record) {
  struct record *next = record->next;
  *next = *record;
  next->number = 5;
  next->component = add(record->component, next->number) % 1000;
  next->next = record->next;
}

int main(void) {
  int sum = 0;
  first = calloc(1, sizeof *first);
  second = calloc(1, sizeof *second);
  *first = (struct record){second, 1, 40, 0, "A PROGRAM OF RECORDS, SOME TEXT"};
  for (int round = 0; round < ROUNDS; round++) {
    char one[32], two[32] = "A PROGRAM OF RECORDS, 2'ND TEXT";
    strcpy(one, first->text);
    one[22] = (char)('0' + round % 10);
    sum += later(one, two);
    place(numbers, table, round % 3, sum);
    follow(first);
    first->component = second->component + (sum & 3);
    sum = add(sum, numbers[7]) % 100003;
  }
  printf("records %d %d %d\n", sum, second->component, table[7][6]);
  return 0;
}
