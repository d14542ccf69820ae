// The first program to look at: text on standard output, a heap, a loop, a function to step into.
//
// Open this folder in VS Code, set a breakpoint at `greet`, press F5. Watch [heap] appear in the memory view when
// malloc is called for the first time, and write(1, "hello\n", 6) in the trace of system calls.
//
// Build: musl-gcc -static -g -O0 -fno-omit-frame-pointer -fdebug-prefix-map=$PWD=. hello.c -o hello

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct greeting {
  char *text;
  int times;
};

static int greet(const struct greeting *greeting) {
  int written = 0;
  for (int i = 0; i < greeting->times; i++) {
    written += (int)write(1, greeting->text, strlen(greeting->text));
  }
  return written;
}

int main(int argc, char **argv) {
  struct greeting greeting = {.times = 1};
  greeting.text = malloc(7);
  strcpy(greeting.text, "hello\n");
  int written = greet(&greeting);
  printf("%d bytes written, %d arguments, this is %s\n", written, argc - 1, argv[0]);
  free(greeting.text);
  return 0;
}
