/*
 * Two processes and a pipe: the child sends a line, the parent waits for it and for the child's end.
 *
 * Built with: musl-gcc -static -g -O0 -fno-omit-frame-pointer -o fork fork.c
 */

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static void child(int out)
{
    char line[64];
    int length = snprintf(line, sizeof line, "child of %d\n", getppid() > 0);
    write(out, line, length);
    _exit(3);
}

int main(void)
{
    int ends[2], status;
    char line[64];
    pipe(ends);
    if (fork() == 0)
        child(ends[1]);
    close(ends[1]);
    int length = read(ends[0], line, sizeof line);
    write(1, line, length);
    wait(&status);
    printf("child ended with %d\n", WEXITSTATUS(status));
    return 0;
}
