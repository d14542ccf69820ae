// Pipes: blocking both ways, non-blocking, broken, poll, atomic small writes, epoll, eventfd, socketpair.
// Build: gcc -static -O1 pipes.c -o pipes
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int interrupted;

static void on_pipe(int signal) {
  (void)signal;
  interrupted++;
}

static void show(const char *title, struct pollfd *p, int count, int timeout) {
  printf("%s: %d", title, poll(p, count, timeout));
  for (int i = 0; i < count; i++) printf(" %x", p[i].revents);
  printf("\n");
}

int main(void) {
  int fds[2];
  pipe2(fds, O_NONBLOCK);
  char *block = calloc(1, 70000);
  printf("empty: %zd %s\n", read(fds[0], block, 1), strerror(errno));
  printf("room: %zd\n", write(fds[1], block, 70000));
  printf("full: %zd %s\n", write(fds[1], block, 1), strerror(errno));
  struct pollfd p[2] = {{fds[0], POLLIN, 0}, {fds[1], POLLOUT, 0}};
  show("full", p, 2, 0);
  printf("drain: %zd\n", read(fds[0], block, 70000));
  show("empty", p, 2, 0);
  show("time out", p, 1, 20);
  close(fds[1]);
  p[1].fd = -1;
  show("no writer", p, 2, -1);
  printf("end: %zd\n", read(fds[0], block, 1));
  close(fds[0]);

  signal(SIGPIPE, on_pipe);
  pipe(fds);
  close(fds[0]);
  printf("broken: %zd", write(fds[1], "x", 1));
  printf(" %s, signals %d\n", strerror(errno), interrupted);
  close(fds[1]);

  pipe(fds);
  if (fork() == 0) {
    close(fds[0]);
    for (int i = 0; i < 3; i++) {
      memset(block, 'a' + i, 50000);
      write(fds[1], block, 50000);
    }
    _exit(0);
  }
  close(fds[1]);
  long total = 0, sum = 0, count;
  while ((count = read(fds[0], block, 7001)) > 0) {
    total += count;
    for (int i = 0; i < count; i++) sum += block[i];
  }
  wait(0);
  printf("through: %ld %ld\n", total, sum);
  close(fds[0]);

  pipe(fds);
  int set = epoll_create1(0);
  struct epoll_event event = {EPOLLIN | EPOLLET, {.u64 = 0x123456789}}, found[4];
  printf("add: %d\n", epoll_ctl(set, EPOLL_CTL_ADD, fds[0], &event));
  printf("again: %d %s\n", epoll_ctl(set, EPOLL_CTL_ADD, fds[0], &event), strerror(errno));
  printf("nothing: %d\n", epoll_wait(set, found, 4, 5));
  if (fork() == 0) {
    usleep(1000);
    write(fds[1], "!", 1);
    _exit(0);
  }
  int ready = epoll_wait(set, found, 4, -1);
  printf("ready: %d %x %lx\n", ready, found[0].events, (long)found[0].data.u64);
  printf("edge: %d\n", epoll_wait(set, found, 4, 0));
  write(fds[1], "?", 1);
  printf("new edge: %d\n", epoll_wait(set, found, 4, 0));
  wait(0);

  int counter = eventfd(3, 0);
  unsigned long value = 4;
  write(counter, &value, 8);
  read(counter, &value, 8);
  printf("counter %lu\n", value);
  int pair[2];
  socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
  write(pair[0], "ping", 4);
  printf("%zd", read(pair[1], block, 10));
  write(pair[1], "pong!", 5);
  printf(" %zd", recv(pair[0], block, 10, 0));
  shutdown(pair[0], SHUT_WR);
  printf(" %zd\n", read(pair[1], block, 10));
  // A pipe that is opened once more by its name below /proc, when nobody writes any more.
  pipe(fds);
  write(fds[1], "left", 4);
  close(fds[1]);
  char name[40];
  snprintf(name, sizeof name, "/proc/self/fd/%d", fds[0]);
  int again = open(name, O_RDONLY);
  printf("again %d %zd", again > 0, read(again, block, 10));
  printf(" %zd\n", read(again, block, 10));
  puts("ok");
  return 0;
}
