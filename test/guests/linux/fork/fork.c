// fork, pipe, waitpid and a SIGCHLD handler: the child tells what it is, the parent hears of its end in three ways.
// Build: gcc -static -O1 fork.c -o fork
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t heard;
static volatile int heard_code, heard_status;

static void on_child(int signal, siginfo_t *info, void *context) {
  (void)signal, (void)context;
  heard++;
  heard_code = info->si_code;
  heard_status = info->si_status;
}

static int shared = 1;

int main(void) {
  struct sigaction action = {.sa_sigaction = on_child, .sa_flags = SA_SIGINFO | SA_RESTART};
  sigaction(SIGCHLD, &action, 0);
  int fds[2];
  if (pipe(fds)) return 1;
  pid_t child = fork();
  if (child == 0) {
    shared = 2;
    close(fds[0]);
    dprintf(fds[1], "child sees %d, parent is %s", shared, getppid() > 1 ? "there" : "gone");
    _exit(3);
  }
  close(fds[1]);
  char text[100] = {0};
  int length = 0, count;
  while ((count = read(fds[0], text + length, sizeof text - length - 1)) > 0) length += count;
  int status;
  pid_t waited = waitpid(child, &status, 0);
  printf("%s\n", text);
  printf("parent sees %d, waited for the child: %d, code %d\n", shared, waited == child, WEXITSTATUS(status));
  printf("heard %d, CLD_EXITED: %d, status %d\n", heard, heard_code == CLD_EXITED, heard_status);
  printf("nobody left: %d %s\n", waitpid(-1, &status, WNOHANG), strerror(errno));

  for (int i = 0; i < 5; i++)
    if (fork() == 0) _exit(i * 10);
  int sum = 0;
  while (wait(&status) > 0) sum += WEXITSTATUS(status);
  printf("five children, codes sum to %d\n", sum);

  child = vfork();
  if (child == 0) _exit(9);
  waitpid(child, &status, 0);
  printf("vfork code %d\n", WEXITSTATUS(status));

  child = fork();
  if (child == 0) {
    pause();
    _exit(1);
  }
  kill(child, SIGTERM);
  waitpid(child, &status, 0);
  printf("killed by %d: %d\n", WTERMSIG(status), WIFSIGNALED(status));
  puts("ok");
  return 0;
}
