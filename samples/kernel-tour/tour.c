// The pico process of the kernel tour (docs/kernel-tour.md walks through it). Each chapter is a function: set function
// breakpoints on chapter_1 to chapter_4, press F5, and look at the Processes, Address Space and Objects views at each.
//
// Build: musl-gcc -static -g -O0 -fno-omit-frame-pointer -fdebug-prefix-map=$PWD=. tour.c -o tour

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096
#define PAGES 2048 // 8 MiB; the launch configuration leaves 2 MiB resident

static unsigned char *book;

// What a page holds: most of it repeats, as real pages do, so that it compresses.
static void write_page(int page) {
  unsigned *words = (unsigned *)(book + page * PAGE);
  for (int i = 0; i < PAGE / 4; i++) words[i] = i % 8 ? 0x6f636970u : page * 2654435761u + i;
}

static int page_is_right(int page) {
  unsigned *words = (unsigned *)(book + page * PAGE);
  for (int i = 0; i < PAGE / 4; i++)
    if (words[i] != (i % 8 ? 0x6f636970u : page * 2654435761u + i)) return 0;
  return 1;
}

// More memory than may be resident: pages move to the Memory Compression process, and come back when they are read.
static void chapter_1(void) {
  book = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (book == MAP_FAILED) exit(1);
  for (int page = 0; page < PAGES; page++) write_page(page);
}

static void chapter_2(void) {
  int right = 0;
  for (int page = 0; page < PAGES; page++) right += page_is_right(page);
  printf("tour: %d of %d pages are as they were\n", right, PAGES);
}

// A copy of this process: its pages are shared until one side writes, whether they are resident or compressed.
static void child_writes(void) {
  memset(book, 0, 16 * PAGE);
  _exit(page_is_right(16) && !page_is_right(0) ? 7 : 1);
}

static void chapter_3(void) {
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) child_writes();
  int status;
  waitpid(child, &status, 0);
  printf("tour: child ended with %d; page 0 here is %s\n", WEXITSTATUS(status), page_is_right(0) ? "untouched" : "lost");
}

// One volume for both kinds of process: the NT program waits for this file and asks for it as TOUR.TXT.
static void chapter_4(void) {
  int file = open("/tour/tour.txt", O_CREAT | O_WRONLY | O_TRUNC, 0644);
  if (file < 0 || write(file, "written by a pico process\n", 26) != 26) exit(1);
  close(file);
  printf("tour: /tour/tour.txt %s, /tour/TOUR.TXT %s\n", access("/tour/tour.txt", F_OK) ? "is missing" : "is there",
         access("/tour/TOUR.TXT", F_OK) ? "is missing" : "is there");
}

int main(void) {
  chapter_1();
  chapter_2();
  chapter_3();
  chapter_4();
  return 0;
}
