// Signals and processes as descriptors, and all options of waitid.
// Build: gcc -static -O1 signalfd.c -o signalfd
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void show(const char *what, long result) { printf("%s: %ld\n", what, result < 0 ? -(long)errno : result); }

static void signals(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigaddset(&set, SIGCHLD);
  sigaddset(&set, SIGRTMIN + 2);
  sigprocmask(SIG_BLOCK, &set, 0);
  int fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
  struct signalfd_siginfo info[3];
  show("nothing", read(fd, info, sizeof info));
  show("no room", read(fd, info, 10));
  kill(getpid(), SIGUSR1);
  union sigval value = {.sival_int = 42};
  sigqueue(getpid(), SIGRTMIN + 2, value);
  sigqueue(getpid(), SIGRTMIN + 2, value);
  struct pollfd poller = {fd, POLLIN};
  printf("ready: %d\n", poll(&poller, 1, 0));
  show("all three", read(fd, info, sizeof info));
  printf("%d %d, %d %d %d\n", info[0].ssi_signo == SIGUSR1, info[0].ssi_pid == getpid(),
         info[1].ssi_signo == SIGRTMIN + 2, info[1].ssi_int, info[1].ssi_code);
  int epoll = epoll_create1(0);
  struct epoll_event event = {EPOLLIN};
  epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
  pid_t child = fork();
  if (child == 0) _exit(3);
  printf("child is heard: %d\n", epoll_wait(epoll, &event, 1, 2000));
  read(fd, info, sizeof info[0]);
  printf("%d %d %d %d\n", info[0].ssi_signo == SIGCHLD, info[0].ssi_pid == child, info[0].ssi_status, info[0].ssi_code);
  wait(0);
  sigdelset(&set, SIGUSR1);
  printf("changed: %d\n", signalfd(fd, &set, 0) == fd);
  kill(getpid(), SIGUSR1);
  show("not that one", read(fd, info, sizeof info));
  show("no signalfd", signalfd(1, &set, 0));
  fcntl(fd, F_SETFL, 0);
  if (fork() == 0) {
    usleep(10000);
    sigqueue(getppid(), SIGRTMIN + 2, value);
    _exit(0);
  }
  do read(fd, info, sizeof info[0]);
  while (info[0].ssi_signo == SIGCHLD);
  printf("waited for: %d\n", info[0].ssi_int);
  wait(0);
}

static void processes(void) {
  int stop[2];
  pipe(stop);
  pid_t child = fork();
  if (child == 0) {
    char c;
    read(stop[0], &c, 1);
    for (;;) pause();
  }
  int fd = syscall(SYS_pidfd_open, child, 0);
  printf("close on exec: %d\n", fcntl(fd, F_GETFD));
  show("nobody", syscall(SYS_pidfd_open, 0x3fffff, 0));
  show("no pid", syscall(SYS_pidfd_open, -1, 0));
  struct pollfd poller = {fd, POLLIN};
  printf("runs: %d\n", poll(&poller, 1, 0));
  int copy = syscall(SYS_pidfd_getfd, fd, stop[1], 0);
  show("through a copy", write(copy, "x", 1));
  show("no descriptor", syscall(SYS_pidfd_getfd, fd, 99, 0));
  show("probe", syscall(SYS_pidfd_send_signal, fd, 0, 0, 0));
  show("no pidfd", syscall(SYS_pidfd_send_signal, 0, SIGTERM, 0, 0));
  siginfo_t info;
  memset(&info, 1, sizeof info);
  printf("not yet: %d", waitid(3, fd, &info, WEXITED | WNOHANG));
  printf(" %d %d\n", info.si_pid, info.si_signo);
  show("kill", syscall(SYS_pidfd_send_signal, fd, SIGKILL, 0, 0));
  printf("ended: %d\n", poll(&poller, 1, 2000));
  printf("look: %d", waitid(3, fd, &info, WEXITED | WNOWAIT));
  printf(" %d %d\n", info.si_code, info.si_status);
  printf("take: %d", waitid(3, fd, &info, WEXITED));
  printf(" %d\n", info.si_pid == child);
  show("again", waitid(3, fd, &info, WEXITED));
  show("signal to the dead", syscall(SYS_pidfd_send_signal, fd, SIGTERM, 0, 0));
}

static void waiting(void) {
  siginfo_t info;
  pid_t child = fork();
  if (child == 0) {
    raise(SIGSTOP);
    usleep(100000);
    _exit(9);
  }
  show("no kind", waitid(P_PID, child, &info, WNOHANG));
  waitid(P_PID, child, &info, WSTOPPED | WNOWAIT);
  show("odd option", waitid(P_PID, child, &info, WEXITED | 0x100));
  show("no pid", waitid(P_PID, 0, &info, WEXITED));
  printf("stopped: %d", waitid(P_PID, child, &info, WSTOPPED));
  printf(" %d %d\n", info.si_code, info.si_status);
  kill(child, SIGCONT);
  printf("continued: %d", waitid(P_PID, child, &info, WCONTINUED));
  printf(" %d %d\n", info.si_code, info.si_status);
  printf("exited: %d", waitid(P_ALL, 0, &info, WEXITED));
  printf(" %d %d\n", info.si_code, info.si_status);
  show("no more", waitid(P_ALL, 0, &info, WEXITED));
  show("odd option of wait4", waitpid(-1, 0, 0x100));
  pid_t quiet = syscall(SYS_clone, 0, 0, 0, 0, 0);
  if (quiet == 0) _exit(1);
  usleep(10000);
  show("a clone is no child", waitpid(quiet, 0, 0));
  printf("but for those who ask: %d\n", waitpid(quiet, 0, __WCLONE) == quiet);
}

static void queued(void) {
  siginfo_t info = {.si_signo = SIGUSR2, .si_code = SI_USER};
  show("pretend to be kill", syscall(SYS_rt_sigqueueinfo, getppid(), SIGUSR2, &info));
  info.si_code = SI_TKILL;
  show("pretend to be tkill", syscall(SYS_rt_tgsigqueueinfo, getppid(), getppid(), SIGUSR2, &info));
  show("no signal", syscall(SYS_rt_sigqueueinfo, getpid(), 99, &info));
  show("restart nothing", syscall(SYS_restart_syscall));
}

int main(void) {
  setvbuf(stdout, 0, _IOLBF, 0);
  signals();
  processes();
  waiting();
  queued();
  puts("ok");
}
