// select, pselect with a mask, and calls that signals interrupt or restart.
// Build: gcc -static -O1 select.c -o select
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/select.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile int alarms;

static void on_alarm(int signal) {
  (void)signal;
  alarms++;
}

static void handle(int flags) {
  struct sigaction action = {.sa_handler = on_alarm, .sa_flags = flags};
  sigaction(SIGALRM, &action, 0);
}

static void alarm_in(int microseconds) {
  struct itimerval timer = {{0, 0}, {0, microseconds}};
  setitimer(ITIMER_REAL, &timer, 0);
}

int main(void) {
  int fds[2];
  pipe(fds);
  fd_set readable, writable;
  FD_ZERO(&readable);
  FD_ZERO(&writable);
  FD_SET(fds[0], &readable);
  FD_SET(fds[1], &writable);
  struct timeval soon = {0, 10000};
  int count = select(fds[1] + 1, &readable, &writable, 0, &soon);
  printf("select %d: %d %d\n", count, !!FD_ISSET(fds[0], &readable), !!FD_ISSET(fds[1], &writable));
  FD_ZERO(&readable);
  FD_SET(fds[0], &readable);
  soon.tv_usec = 10000;
  printf("time out %d", select(fds[0] + 1, &readable, 0, 0, &soon));
  printf(", nothing left: %ld\n", (long)soon.tv_usec);
  FD_SET(50, &readable);
  printf("bad %d %s\n", select(51, &readable, 0, 0, &soon), strerror(errno));

  handle(0);
  alarm_in(2000);
  char byte;
  printf("read %zd %s, alarms %d\n", read(fds[0], &byte, 1), strerror(errno), alarms);
  alarm_in(2000);
  struct timespec second = {1, 0}, rest;
  int result = nanosleep(&second, &rest);
  printf("sleep %d %s, rest %d, alarms %d\n", result, strerror(errno), rest.tv_sec == 0 && rest.tv_nsec > 900000000, alarms);

  handle(SA_RESTART);
  alarm_in(2000);
  if (fork() == 0) {
    usleep(30000);
    write(fds[1], "r", 1);
    _exit(0);
  }
  printf("restarted read %zd, alarms %d\n", read(fds[0], &byte, 1), alarms);
  wait(0);
  alarm_in(2000);
  printf("select is not restarted %d %s\n", select(0, 0, 0, 0, 0), strerror(errno));

  sigset_t block, old;
  sigemptyset(&block);
  sigaddset(&block, SIGALRM);
  sigprocmask(SIG_BLOCK, &block, &old);
  alarm_in(100);
  usleep(5000);
  printf("blocked, alarms %d\n", alarms);
  printf("pselect %d %s, alarms %d\n", pselect(0, 0, 0, 0, 0, &old), strerror(errno), alarms);
  sigprocmask(SIG_SETMASK, &old, 0);

  alarm(1);
  printf("alarm left %d\n", alarm(0));
  volatile int before = alarms;
  struct itimerval often = {{0, 1000}, {0, 1000}};
  setitimer(ITIMER_REAL, &often, 0);
  while (alarms < before + 5) {
  }
  memset(&often, 0, sizeof often);
  setitimer(ITIMER_REAL, &often, 0);
  puts("interval timer in a busy loop");
  puts("ok");
  return 0;
}
