// clone and clone3 beyond threads: descriptors of children, ids in shared memory, what is refused; adjtimex for everybody.
// Build: gcc -static -O1 clones.c -o clones
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x1000
#endif
#ifndef SYS_clone3
#define SYS_clone3 435
#endif
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif

struct arguments {
  uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
};

static const char *why(long result) { return result < 0 ? strerror(errno) : "done"; }

static void watch(int fd, pid_t child) {
  struct pollfd one = {fd, POLLIN, 0};
  printf("close on exec: %d, ready: %d\n", fcntl(fd, F_GETFD), poll(&one, 1, 0));
  printf("signal: %s\n", why(syscall(SYS_pidfd_send_signal, fd, SIGTERM, NULL, 0)));
  printf("ready: %d\n", poll(&one, 1, 10000));
  siginfo_t info;
  waitid(3 /* P_PIDFD */, fd, &info, WEXITED);
  printf("the child: %d, by signal %d\n", info.si_pid == child, info.si_status);
  close(fd);
}

static volatile int parent_tid, child_tid;
static char stack[65536] __attribute__((aligned(16)));

static int look(void *unused) {
  _exit(parent_tid == syscall(SYS_getpid) ? 0 : 1);
}

static long raw(long flags, int *pidfd) { return syscall(SYS_clone, flags, NULL, pidfd, NULL, 0); }

int main(void) {
  setvbuf(stdout, NULL, _IONBF, 0);
  if (geteuid() == 0 && setuid(65534) < 0) return 1;
  int pidfd = -1;
  pid_t child = raw(CLONE_PIDFD | SIGCHLD, &pidfd);
  if (child == 0)
    for (;;) pause();
  watch(pidfd, child);

  struct arguments arguments = {.flags = CLONE_PIDFD | CLONE_PARENT_SETTID | CLONE_CHILD_SETTID,
                                .pidfd = (uintptr_t)&pidfd,
                                .parent_tid = (uintptr_t)&parent_tid,
                                .child_tid = (uintptr_t)&child_tid,
                                .exit_signal = SIGCHLD};
  child = syscall(SYS_clone3, &arguments, sizeof arguments);
  if (child == 0) {
    // The descriptor is the parent's alone.
    printf("in the child: id %d, descriptor: %s\n", child_tid == getpid(), why(fcntl(pidfd + 1, F_GETFD)));
    for (;;) pause();
  }
  while (poll(NULL, 0, 20), 0) continue;
  printf("in the parent: id %d\n", parent_tid == child);
  watch(pidfd, child);

  int status;
  parent_tid = 0;
  child = clone(look, stack + sizeof stack, CLONE_VM | CLONE_PARENT_SETTID | SIGCHLD, NULL, &parent_tid);
  waitpid(child, &status, 0);
  printf("shared memory has its id: %d\n", WEXITSTATUS(status) == 0);

  printf("a descriptor and an id in one place: %s\n", why(raw(CLONE_PIDFD | CLONE_PARENT_SETTID | SIGCHLD, &pidfd)));
  printf("nowhere to put it: %s\n", why(raw(CLONE_PIDFD | SIGCHLD, (int *)16)));
  struct rlimit none = {3, 3};
  setrlimit(RLIMIT_NOFILE, &none);
  printf("no descriptor left: %s\n", why(raw(CLONE_PIDFD | SIGCHLD, &pidfd)));
  printf("nobody to wait for: %s\n", why(wait(NULL)));

  struct timex times = {0};
  printf("adjtimex: %d\n", adjtimex(&times) >= 0);
  printf("tick %ld, tolerance %ld, precision %ld\n", times.tick, times.tolerance, times.precision);
  times.modes = ADJ_TICK;
  printf("setting: %s\n", why(adjtimex(&times)));
  times.modes = 0x8000;
  printf("half a single shot: %s\n", why(adjtimex(&times)));
  times.modes = ADJ_OFFSET_SINGLESHOT;
  printf("single shot: %s\n", why(adjtimex(&times)));
  times.modes = 0xa001;
  printf("looking at it: %d\n", adjtimex(&times) >= 0);
  printf("ok\n");
}
