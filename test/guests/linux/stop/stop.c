// Stopping and continuing a child, and hearing of it.
// Build: gcc -static -O1 stop.c -o stop
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static int heard;

static void on_child(int signal) {
  (void)signal;
  heard++;
}

int main(void) {
  struct sigaction action = {.sa_handler = on_child, .sa_flags = SA_RESTART};
  sigaction(SIGCHLD, &action, 0);
  int fds[2];
  pipe(fds);
  pid_t child = fork();
  if (child == 0) {
    raise(SIGSTOP);
    write(fds[1], "c", 1);
    for (;;) pause();
  }
  int status;
  waitpid(child, &status, WUNTRACED);
  printf("stopped: %d by %d, heard %d\n", WIFSTOPPED(status), WSTOPSIG(status), heard);
  kill(child, SIGCONT);
  char byte;
  read(fds[0], &byte, 1);
  waitpid(child, &status, WCONTINUED);
  printf("continued: %d\n", WIFCONTINUED(status));
  kill(child, SIGSTOP); // SIGTSTP would do nothing in an orphaned process group, which tests may run in
  siginfo_t info;
  waitid(P_PID, child, &info, WSTOPPED | WNOWAIT);
  printf("waitid: %d %d\n", info.si_code == CLD_STOPPED, info.si_status);
  kill(child, SIGKILL);
  waitpid(child, &status, 0);
  printf("killed while stopped: %d\n", WTERMSIG(status));
  puts("ok");
  return 0;
}
