// execve of itself: arguments, environment, close-on-exec, signals that stay ignored, missing and wrong programs.
// Build: gcc -static -O1 exec.c -o exec
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void on_signal(int signal) {
  (void)signal;
}

static int again(int argc, char **argv) {
  printf("%d arguments: %s %s\n", argc, argv[1], argv[2]);
  printf("%s %s\n", environ[0], environ[1] ? environ[1] : "(end)");
  struct sigaction action;
  sigaction(SIGUSR1, 0, &action);
  printf("handled is default: %d", action.sa_handler == SIG_DFL);
  sigaction(SIGUSR2, 0, &action);
  printf(", ignored stays: %d\n", action.sa_handler == SIG_IGN);
  printf("kept: %d", fcntl(10, F_GETFD));
  printf(", closed: %d %s\n", fcntl(11, F_GETFD), strerror(errno));
  puts("ok");
  return 0;
}

int main(int argc, char **argv) {
  setvbuf(stdout, 0, _IOLBF, 0);
  if (argc > 2) return again(argc, argv);
  char *none[] = {0};
  char *words[] = {"me", "second", "third", 0};
  printf("%d %s\n", execve("/no/such/program", words, none), strerror(errno));
  int fd = open("/tmp/notAProgram", O_CREAT | O_WRONLY | O_TRUNC, 0755);
  dprintf(fd, "just text");
  close(fd);
  printf("%d %s\n", execve("/tmp/notAProgram", words, none), strerror(errno));
  chmod("/tmp/notAProgram", 0644);
  printf("%d %s\n", execve("/tmp/notAProgram", words, none), strerror(errno));
  printf("%d %s\n", execve("/tmp", words, none), strerror(errno));
  unlink("/tmp/notAProgram");

  char self[500];
  self[readlink("/proc/self/exe", self, sizeof self - 1)] = 0;
  fd = open("/tmp/script", O_CREAT | O_WRONLY | O_TRUNC, 0755);
  dprintf(fd, "#! %s an argument\n", self);
  close(fd);
  if (fork() == 0) {
    char *script[] = {"script", "rest", 0};
    execve("/tmp/script", script, (char *[]){"A=1", 0});
    _exit(1);
  }
  wait(0);
  unlink("/tmp/script");

  signal(SIGUSR1, on_signal);
  signal(SIGUSR2, SIG_IGN);
  dup2(1, 10);
  dup3(1, 11, O_CLOEXEC);
  execve("/proc/self/exe", words, (char *[]){"HOME=/", "X=y", 0});
  return 1;
}
