/* epoll over sockets: levels, edges, one shots, lists in lists, lists that change while somebody waits. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static int add(int e, int fd, unsigned events) {
  struct epoll_event event = {events, {.fd = fd}};
  return epoll_ctl(e, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

static void look(const char *what, int e) {
  struct epoll_event events[4];
  int n = epoll_wait(e, events, 4, 0);
  printf("%s: %d", what, n);
  for (int i = 0; i < n; i++) printf(" %x", events[i].events);
  puts("");
}

static int shared[2];

static void *later(void *list) {
  usleep(2000);
  add(*(int *)list, shared[1], EPOLLIN);
  usleep(2000);
  write(shared[0], "x", 1);
  return 0;
}

int main(void) {
  int s[2], t[2];
  char buffer[300000];
  socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, s);
  int level = epoll_create1(0), edge = epoll_create1(0), shot = epoll_create1(0);
  add(level, s[1], EPOLLIN | EPOLLOUT);
  add(edge, s[1], EPOLLIN | EPOLLOUT | EPOLLET | EPOLLRDHUP);
  add(shot, s[1], EPOLLIN | EPOLLONESHOT);
  look("level", level), look("edge", edge), look("edge again", edge), look("shot", shot);
  write(s[0], "abc", 3);
  look("level", level), look("edge", edge), look("edge again", edge), look("shot", shot), look("shot again", shot);
  read(s[1], buffer, 1);
  look("edge after part", edge);
  write(s[0], "d", 1);
  look("edge after more", edge);
  read(s[1], buffer, 10);
  struct epoll_event rearm = {EPOLLIN | EPOLLONESHOT, {.fd = s[1]}};
  epoll_ctl(shot, EPOLL_CTL_MOD, s[1], &rearm);
  look("shot empty", shot);
  write(s[0], "e", 1);
  look("shot", shot);
  int outer = epoll_create1(0), third = epoll_create1(0);
  printf("nest %d\n", add(outer, level, EPOLLIN));
  printf("circle %d\n", add(level, outer, EPOLLIN));
  printf("self %d\n", add(outer, outer, EPOLLIN));
  printf("twice %d\n", add(outer, level, EPOLLIN));
  printf("third %d\n", add(third, outer, EPOLLIN));
  look("outer", outer), look("third", third);
  socketpair(AF_UNIX, SOCK_STREAM, 0, shared);
  int list = epoll_create1(0);
  pthread_t thread;
  pthread_create(&thread, 0, later, &list);
  struct epoll_event event;
  printf("changed while waiting: %d\n", epoll_wait(list, &event, 1, -1));
  pthread_join(thread, 0);
  int filled = 0;
  while (write(s[1], buffer, 1000) > 0) filled = 1;
  look("full", level);
  look("full edge", edge);
  while (read(s[0], buffer, sizeof buffer) > 0) {}
  look("drained", level);
  look("drained edge", edge);
  shutdown(s[0], SHUT_WR);
  look("half edge", edge);
  close(s[0]);
  look("hangup edge", edge);
  close(s[1]);
  look("closed", level), look("closed edge", edge);
  socketpair(AF_UNIX, SOCK_DGRAM, 0, t);
  printf("exclusive %d\n", add(level, t[0], EPOLLIN | EPOLLEXCLUSIVE));
  struct epoll_event change = {EPOLLIN, {.fd = t[0]}};
  printf("modify exclusive %d\n", epoll_ctl(level, EPOLL_CTL_MOD, t[0], &change) < 0 ? errno : 0);
  write(t[1], "x", 1);
  look("exclusive", level);
  puts("ok");
}
