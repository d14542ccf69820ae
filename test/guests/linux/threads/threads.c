// Threads: creation, join, mutexes, condition variables, thread-local storage, a signal to one thread, exit of the leader.
// Build: gcc -static -O1 -pthread threads.c -o threads
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int count, turn;
static __thread int own;
static int signaled_tid;

static void *add(void *argument) {
  for (int i = 0; i < 10000; i++) {
    pthread_mutex_lock(&lock);
    count++;
    own++;
    pthread_mutex_unlock(&lock);
  }
  return (void *)(long)(own + (int)(long)argument);
}

static void *ping(void *argument) {
  int me = (int)(long)argument;
  for (int i = 0; i < 100; i++) {
    pthread_mutex_lock(&lock);
    while (turn != me) pthread_cond_wait(&changed, &lock);
    turn = 1 - me;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
  }
  return 0;
}

static void on_signal(int signal) {
  (void)signal;
  signaled_tid = (int)syscall(SYS_gettid);
}

// Sleeps with the signal open only while it sleeps, so that it cannot come too early.
static void *sleeper(void *argument) {
  sigset_t none;
  sigemptyset(&none);
  *(int *)argument = (int)syscall(SYS_gettid);
  pselect(0, 0, 0, 0, &(struct timespec){100, 0}, &none);
  return 0;
}

static void *last(void *argument) {
  (void)argument;
  usleep(2000);
  puts("the leader has gone");
  puts("ok");
  return 0;
}

int main(void) {
  pthread_t threads[4];
  for (long i = 0; i < 4; i++) pthread_create(&threads[i], 0, add, (void *)i);
  long sum = 0;
  for (int i = 0; i < 4; i++) {
    void *result;
    pthread_join(threads[i], &result);
    sum += (long)result;
  }
  printf("count %d sum %ld own %d\n", count, sum, own);
  for (long i = 0; i < 2; i++) pthread_create(&threads[i], 0, ping, (void *)i);
  for (int i = 0; i < 2; i++) pthread_join(threads[i], 0);
  printf("turns done, turn %d\n", turn);

  struct timespec due;
  clock_gettime(CLOCK_REALTIME, &due);
  due.tv_nsec += 5000000;
  if (due.tv_nsec >= 1000000000) due.tv_sec++, due.tv_nsec -= 1000000000;
  pthread_mutex_lock(&lock);
  printf("timed wait: %s\n", strerror(pthread_cond_timedwait(&changed, &lock, &due)));
  pthread_mutex_unlock(&lock);

  struct sigaction action = {.sa_handler = on_signal};
  sigaction(SIGUSR1, &action, 0);
  sigset_t usr1;
  sigemptyset(&usr1);
  sigaddset(&usr1, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &usr1, 0);
  int tid = 0;
  pthread_create(&threads[0], 0, sleeper, &tid);
  usleep(1000);
  pthread_kill(threads[0], SIGUSR1);
  pthread_join(threads[0], 0);
  printf("signal came to the sleeper: %d, not to main: %d\n", signaled_tid == tid, tid != getpid());
  printf("main is the leader: %d\n", syscall(SYS_gettid) == getpid());
  fflush(stdout);
  pthread_create(&threads[0], 0, last, 0);
  pthread_exit(0);
}
