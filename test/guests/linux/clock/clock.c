// Clocks go forward, sleeps last as long as they should, children's time is counted.
// Build: gcc -static -O1 clock.c -o clock
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/times.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(clockid_t clock) {
  struct timespec time;
  if (clock_gettime(clock, &time)) return -1;
  return time.tv_sec + time.tv_nsec / 1e9;
}

int main(void) {
  double start = seconds(CLOCK_MONOTONIC), wall = seconds(CLOCK_REALTIME);
  struct timespec span = {0, 50000000};
  nanosleep(&span, 0);
  double after = seconds(CLOCK_MONOTONIC);
  printf("slept long enough: %d, not too long: %d\n", after - start >= 0.05, after - start < 0.5);
  printf("wall clock too: %d\n", seconds(CLOCK_REALTIME) - wall >= 0.0499);
  struct timespec when = {0, 0};
  clock_gettime(CLOCK_MONOTONIC, &when);
  when.tv_sec += 1;
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, 0);
  printf("absolute: %d\n", seconds(CLOCK_MONOTONIC) - after >= 1);
  span.tv_nsec = 1000000000;
  printf("bad span: %d %s\n", nanosleep(&span, 0), strerror(errno));
  printf("bad clock: %d %s\n", clock_gettime(99, &span), strerror(errno));
  struct timeval day;
  gettimeofday(&day, 0);
  printf("after 2020: %d, time agrees: %d\n", day.tv_sec > 1577836800, time(0) - day.tv_sec <= 1);
  double used = seconds(CLOCK_PROCESS_CPUTIME_ID);
  for (volatile int i = 0; i < 1000000; i++) {
  }
  printf("processor time grows: %d\n", seconds(CLOCK_PROCESS_CPUTIME_ID) > used);
  if (fork() == 0) {
    for (volatile int i = 0; i < 30000000; i++) {
    }
    _exit(0);
  }
  wait(0);
  struct rusage usage;
  getrusage(RUSAGE_CHILDREN, &usage);
  printf("children's time: %d\n", usage.ru_utime.tv_sec * 1000000L + usage.ru_utime.tv_usec > 1000);
  struct tms buffer;
  printf("ticks: %d\n", times(&buffer) != (clock_t)-1);
  struct timespec resolution;
  clock_getres(CLOCK_MONOTONIC, &resolution);
  printf("resolution: %ld\n", resolution.tv_nsec);
  int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  struct itimerspec often = {{0, 1000000}, {0, 2000000}};
  timerfd_settime(timer, 0, &often, 0);
  unsigned long expirations = 0;
  printf("too early: %zd", read(timer, &expirations, 8));
  struct pollfd wait_for = {timer, POLLIN, 0};
  printf(", poll: %d", poll(&wait_for, 1, -1));
  usleep(3000);
  printf(", read: %zd %d\n", read(timer, &expirations, 8), expirations >= 3);
  puts("ok");
  return 0;
}
