// POSIX message queues: priorities, limits, time-outs, notification by signal and by thread, poll, names.
// Build: gcc -static -O1 -pthread queues.c -o queues
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *outcome(long answer) {
  return answer == -1 ? strerror(errno) : "done";
}

static void heard(int signal, siginfo_t *info, void *context) {
  printf("signal %d code %d value %d from us %d\n", signal == SIGUSR1, info->si_code == SI_MESGQ, info->si_value.sival_int,
         info->si_pid == getpid());
}

static void receive(mqd_t queue) {
  char text[100];
  unsigned priority = 99;
  struct timespec past = {0, 0};
  long count = mq_timedreceive(queue, text, sizeof text, &priority, &past);
  if (count < 0) printf("receive: %s\n", strerror(errno));
  else printf("receive: %.*s with %u\n", (int)count, text, priority);
}

static void attributes(mqd_t queue) {
  struct mq_attr found;
  mq_getattr(queue, &found);
  printf("flags %d, %ld of %ld messages of %ld\n", found.mq_flags == O_NONBLOCK, found.mq_curmsgs, found.mq_maxmsg, found.mq_msgsize);
}

int main(void) {
  char name[40];
  sprintf(name, "/queues-%d", getpid());
  printf("none yet: %s\n", outcome(mq_open(name, O_RDWR)));
  struct mq_attr wanted = {.mq_maxmsg = 3, .mq_msgsize = 10};
  umask(0);
  mqd_t queue = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0640, &wanted);
  printf("made: %s\n", outcome(queue));
  printf("again: %s\n", outcome(mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0640, &wanted)));
  wanted.mq_maxmsg = 0;
  printf("no messages: %s\n", outcome(mq_open("/queues-none", O_RDWR | O_CREAT, 0600, &wanted)));
  printf("two slashes: %s\n", outcome(mq_open("/a/b", O_RDWR)));
  struct stat status;
  fstat(queue, &status);
  printf("mode %o\n", status.st_mode);
  attributes(queue);

  struct timespec past = {0, 0};
  struct pollfd poller = {queue, POLLIN | POLLOUT, 0};
  printf("poll: %d %x\n", poll(&poller, 1, 0), poller.revents);
  printf("send: %s", outcome(mq_send(queue, "low", 3, 1)));
  printf(" %s", outcome(mq_send(queue, "high", 4, 7)));
  printf(" %s\n", outcome(mq_send(queue, "also low", 8, 1)));
  printf("poll: %d %x\n", poll(&poller, 1, 0), poller.revents);
  printf("full: %s", outcome(mq_timedsend(queue, "more", 4, 1, &past)));
  past.tv_nsec = -1;
  printf(", bad time: %s", outcome(mq_timedsend(queue, "more", 4, 1, &past)));
  printf(", too long: %s", outcome(mq_send(queue, "12345678901", 11, 1)));
  printf(", priority: %s\n", outcome(mq_send(queue, "x", 1, 32768)));
  attributes(queue);
  char status_text[200] = {0};
  pread(queue, status_text, sizeof status_text - 1, 0);
  printf("%s", status_text);
  for (int i = 0; i < 4; i++) receive(queue);
  char small[5];
  printf("too small: %s\n", outcome(mq_receive(queue, small, 5, 0)));

  wanted.mq_flags = O_NONBLOCK;
  printf("set: %s", outcome(mq_setattr(queue, &wanted, 0)));
  printf(", nothing: %s\n", outcome(mq_receive(queue, status_text, 100, 0)));
  attributes(queue);
  wanted.mq_flags = 0;
  mq_setattr(queue, &wanted, 0);

  mqd_t reader = mq_open(name, O_RDONLY);
  printf("send to what reads: %s\n", outcome(mq_send(reader, "x", 1, 0)));
  printf("a file: %s\n", outcome(mq_send(0, "x", 1, 0)));

  // A message that somebody waits for comes from a child.
  fflush(stdout);
  if (fork() == 0) {
    usleep(20000);
    mq_send(queue, "child", 5, 3);
    _exit(0);
  }
  char text[100];
  unsigned priority;
  long count = mq_receive(queue, text, sizeof text, &priority);
  printf("%.*s %u\n", (int)count, text, priority);
  wait(0);

  struct sigaction action = {.sa_sigaction = heard, .sa_flags = SA_SIGINFO};
  sigaction(SIGUSR1, &action, 0);
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1, .sigev_value.sival_int = 42};
  printf("notify: %s\n", outcome(mq_notify(queue, &event)));
  printf("twice: %s\n", outcome(mq_notify(queue, &event)));
  mq_send(queue, "told", 4, 0);
  mq_send(queue, "not told", 8, 0);
  receive(queue);
  receive(queue);
  mq_send(queue, "not told", 8, 0);
  receive(queue);
  printf("notify: %s", outcome(mq_notify(queue, &event)));
  printf(", never mind: %s\n", outcome(mq_notify(queue, 0)));
  mq_send(queue, "nobody", 6, 0);
  receive(queue);
  event.sigev_notify = 77;
  printf("no such kind: %s\n", outcome(mq_notify(queue, &event)));

  if (getuid() == 0) {
    fflush(stdout);
    if (fork() == 0) {
      if (setresuid(65534, 65534, 65534) != 0) _exit(1);
      printf("another user: %s", outcome(mq_open(name, O_RDONLY)));
      printf(", unlink: %s\n", outcome(mq_unlink(name)));
      fflush(stdout);
      _exit(0);
    }
    wait(0);
  } else puts("another user: Permission denied, unlink: Permission denied");
  printf("unlink: %s", outcome(mq_unlink(name)));
  printf(" %s\n", outcome(mq_unlink(name)));
  mq_send(queue, "still", 5, 0);
  receive(reader);
  printf("close: %s", outcome(mq_close(queue)));
  printf(" %s\n", outcome(mq_close(queue)));
  mq_close(reader);
  puts("ok");
  return 0;
}
