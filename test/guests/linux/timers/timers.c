// Timers of a process: setitimer's three, timer_create's, and clocks that may not be set.
// Build: gcc -static -O1 -pthread timers.c -o timers
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void show(const char *what, long result) { printf("%s: %ld\n", what, result < 0 ? -(long)errno : result); }

static volatile int count, code, value;
static void onSignal(int signal, siginfo_t *info, void *context) {
  count++;
  code = info->si_code;
  value = info->si_value.sival_int;
}
static void handle(int signal) {
  struct sigaction action = {.sa_sigaction = onSignal, .sa_flags = SA_SIGINFO};
  sigaction(signal, &action, 0);
  count = 0;
}
static void burn(int until) {
  for (volatile long i = 0; count < until; i++);
}

static void intervals(void) {
  struct itimerval value = {{0, 1000}, {0, 1000}}, old;
  handle(SIGVTALRM);
  show("virtual", setitimer(ITIMER_VIRTUAL, &value, 0));
  burn(3);
  printf("virtual expired: %d, code %x\n", count >= 3, code);
  memset(&value, 0, sizeof value);
  setitimer(ITIMER_VIRTUAL, &value, &old);
  printf("interval %ld\n", (long)old.it_interval.tv_usec);
  handle(SIGPROF);
  value.it_value.tv_usec = 2000;
  setitimer(ITIMER_PROF, &value, 0);
  usleep(30000);
  printf("sleeping costs nothing: %d\n", count);
  burn(1);
  printf("profiled: %d\n", count);
  getitimer(ITIMER_PROF, &old);
  printf("disarmed: %ld\n", (long)old.it_value.tv_usec);
  show("no such timer", setitimer(7, &value, 0));
  value.it_value.tv_usec = 2000000;
  show("no such time", setitimer(ITIMER_REAL, &value, 0));
  alarm(100);
  printf("alarm: %u\n", alarm(0));
}

static void posix(void) {
  timer_t timer;
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 1, .sigev_value.sival_int = 77};
  show("no such clock", timer_create(99, &event, &timer));
  event.sigev_signo = 99;
  show("no such signal", timer_create(CLOCK_MONOTONIC, &event, &timer));
  event.sigev_signo = SIGRTMIN + 1;
  show("create", timer_create(CLOCK_MONOTONIC, &event, &timer));
  handle(SIGRTMIN + 1);
  struct itimerspec spec = {{0, 0}, {0, 5000000}}, old;
  show("set", timer_settime(timer, 0, &spec, 0));
  pause();
  printf("expired %d, code %d, value %d\n", count, code, value);
  timer_gettime(timer, &old);
  printf("left: %ld\n", old.it_value.tv_nsec);
  sigset_t set, before;
  sigemptyset(&set);
  sigaddset(&set, SIGRTMIN + 1);
  sigprocmask(SIG_BLOCK, &set, &before);
  spec.it_interval.tv_nsec = 1000000;
  timer_settime(timer, 0, &spec, 0);
  usleep(50000);
  siginfo_t info;
  printf("one waits: %d\n", sigwaitinfo(&set, &info) == SIGRTMIN + 1);
  printf("overrun: %d\n", info.si_overrun >= 10);
  spec.it_value.tv_nsec = 0;
  show("disarm", timer_settime(timer, 0, &spec, 0));
  struct timespec none = {0, 0};
  sigtimedwait(&set, &info, &none);
  printf("nothing waits: %d\n", sigtimedwait(&set, &info, &none));
  struct timespec at;
  clock_gettime(CLOCK_REALTIME, &at);
  at.tv_nsec += 10000000;
  if (at.tv_nsec >= 1000000000) at.tv_nsec -= 1000000000, at.tv_sec++;
  timer_t real;
  timer_create(CLOCK_REALTIME, &event, &real);
  spec = (struct itimerspec){{0, 0}, at};
  timer_settime(real, TIMER_ABSTIME, &spec, 0);
  printf("absolute: %d\n", sigwaitinfo(&set, &info) == SIGRTMIN + 1);
  timer_t quiet;
  event.sigev_notify = SIGEV_NONE;
  timer_create(CLOCK_MONOTONIC, &event, &quiet);
  spec = (struct itimerspec){{0, 0}, {0, 1000000}};
  timer_settime(quiet, 0, &spec, 0);
  usleep(5000);
  timer_gettime(quiet, &old);
  printf("quietly: %ld\n", old.it_value.tv_nsec);
  timer_t cpu;
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGUSR1;
  handle(SIGUSR1);
  timer_create(CLOCK_PROCESS_CPUTIME_ID, &event, &cpu);
  timer_settime(cpu, 0, &spec, 0);
  burn(1);
  printf("processor time: %d\n", count);
  show("delete", timer_delete(real));
  spec.it_value.tv_sec = 1000;
  timer_settime(timer, 0, &spec, 0);
  if (fork() == 0) _exit(syscall(SYS_timer_gettime, 0, &old) < 0 ? errno : 0);
  int status;
  wait(&status);
  printf("not inherited: %d\n", WEXITSTATUS(status));
}

static volatile int ran;
static void inThread(union sigval v) { ran = v.sival_int; }

static void threads(void) {
  timer_t timer;
  struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = inThread, .sigev_value.sival_int = 5};
  timer_create(CLOCK_MONOTONIC, &event, &timer);
  struct itimerspec spec = {{0, 0}, {0, 1000000}};
  timer_settime(timer, 0, &spec, 0);
  while (!ran) usleep(1000);
  printf("in a thread: %d\n", ran);
  timer_delete(timer);
}

static void clocks(void) {
  struct timespec bad = {0, 2000000000};
  show("bad time", clock_settime(CLOCK_REALTIME, &bad));
  show("monotonic", clock_settime(CLOCK_MONOTONIC, &bad));
  clockid_t clock;
  show("clock of this process", clock_getcpuclockid(getpid(), &clock));
  show("read", clock_gettime(clock, &bad));
  show("nobody's clock", clock_gettime(-1, &bad));
}

int main(void) {
  setvbuf(stdout, 0, _IOLBF, 0);
  intervals();
  posix();
  threads();
  clocks();
  puts("ok");
}
