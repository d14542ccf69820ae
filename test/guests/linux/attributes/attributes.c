// What processes say of themselves: priorities, policies, prctl, capabilities, orphans.
// Build: gcc -static -O1 attributes.c -o attributes
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void show(const char *what, long result) { printf("%s: %ld\n", what, result < 0 ? -(long)errno : result); }

int main(void) {
  setvbuf(stdout, 0, _IOLBF, 0);
  show("nicer", setpriority(PRIO_PROCESS, 0, 5));
  show("raw priority", syscall(SYS_getpriority, PRIO_PROCESS, 0));
  show("no kind", syscall(SYS_getpriority, 9, 0));
  show("nobody", syscall(SYS_getpriority, PRIO_PROCESS, 0x3fffff));
  show("highest", sched_get_priority_max(SCHED_RR));
  show("no policy", sched_get_priority_max(77));
  show("policy", syscall(SYS_sched_getscheduler, 0));
  show("no name for itself", prctl(PR_GET_DUMPABLE));
  show("not dumpable", prctl(PR_SET_DUMPABLE, 0, 0, 0, 0));
  show("dumpable", prctl(PR_GET_DUMPABLE));
  show("odd", prctl(PR_SET_DUMPABLE, 7, 0, 0, 0));
  show("slack", prctl(PR_SET_TIMERSLACK, 1234, 0, 0, 0));
  show("slack", prctl(PR_GET_TIMERSLACK));
  show("no new privileges", prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
  show("no new privileges", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
  show("no option", prctl(9999, 0, 0, 0, 0));
  show("subreaper", prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0));
  pid_t child = fork();
  if (child == 0) {
    if (fork() == 0) {
      usleep(20000);
      _exit(6);
    }
    _exit(0);
  }
  int status;
  waitpid(child, &status, 0);
  printf("orphan: %d", wait(&status) > 0);
  printf(" %d\n", WEXITSTATUS(status));
  int fds[2];
  pipe(fds);
  if (fork() == 0) {
    if (fork() == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
      write(fds[1], "x", 1);
      for (;;) pause();
    }
    char c;
    read(fds[0], &c, 1);
    _exit(0);
  }
  wait(&status);
  wait(&status);
  printf("dies with its parent: %d\n", WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  puts("ok");
}
