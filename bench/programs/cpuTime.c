// Runs a program (arguments from the third on) and writes into the file named by the first argument how many
// microseconds of processor time it and its children took, how many passed, and how many KiB it had in memory at most.
// The second is its standard output. What takes longer than LIMIT seconds is killed.

#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LIMIT = 120 };

static long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

int main(int argc, char **argv) {
  if (argc < 4) return 127;
  long start = now();
  pid_t child = fork();
  if (child == 0) {
    int output = open(argv[2], O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (output < 0 || dup2(output, 1) < 0) _exit(127);
    close(output);
    alarm(LIMIT);
    execv(argv[3], argv + 3);
    _exit(127);
  }
  int status;
  struct rusage usage;
  if (child < 0 || wait4(child, &status, 0, &usage) < 0) return 127;
  long wall = now() - start;
  FILE *report = fopen(argv[1], "w");
  if (!report) return 127;
  long seconds = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec;
  long cpu = seconds * 1000000 + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
  fprintf(report, "%ld %ld %ld\n", cpu, wall, usage.ru_maxrss);
  fclose(report);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
