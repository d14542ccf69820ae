// Two processes: the child counts words that come through a pipe, the parent sends them and waits.
//
// In VS Code both show up in the call stack view. Set a breakpoint in `count_words`: it stops in the child only. Compare
// the memory of both after the fork: pages are shared until one of them writes.
//
// Build: musl-gcc -static -g -O0 -fno-omit-frame-pointer -fdebug-prefix-map=$PWD=. fork.c -o fork

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int words;

static int count_words(int input) {
  char buffer[16];
  int inside = 0;
  ssize_t count;
  while ((count = read(input, buffer, sizeof buffer)) > 0) {
    for (ssize_t i = 0; i < count; i++) {
      int letter = buffer[i] != ' ' && buffer[i] != '\n';
      if (letter && !inside) words++;
      inside = letter;
    }
  }
  return words;
}

int main(void) {
  int ends[2];
  if (pipe(ends) != 0) return 1;
  pid_t child = fork();
  if (child == 0) {
    close(ends[1]);
    _exit(count_words(ends[0]));
  }
  close(ends[0]);
  const char *text = "the quick brown fox jumps over the lazy dog\n";
  write(ends[1], text, strlen(text));
  close(ends[1]);
  int status = 0;
  waitpid(child, &status, 0);
  printf("the child counted %d words, the parent's own counter is %d\n", WEXITSTATUS(status), words);
  return 0;
}
