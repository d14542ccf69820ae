/*
 * The first program to debug: says hello, takes memory from the heap, and ends.
 *
 * Built with: musl-gcc -static -g -O0 -fno-omit-frame-pointer -o hello hello.c
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *greeting(const char *name)
{
    char *text = malloc(64);
    snprintf(text, 64, "hello, %s\n", name);
    return text;
}

int main(int argc, char **argv)
{
    write(1, "hello\n", 6);
    char *text = greeting(argc > 1 ? argv[1] : "kernel");
    write(1, text, strlen(text));
    free(text);
    return 0;
}
