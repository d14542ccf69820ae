/* TCP and UDP on the loopback: names and ports, connections and how they fail, ends and resets, options, interfaces. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static void say(const char *what, long answer) {
  if (answer < 0) printf("%s: error %d\n", what, errno);
  else printf("%s: %ld\n", what, answer);
  fflush(stdout);
}

static int piped;
static void onPipe(int signal) { piped++; }

static int ready(int fd, int events) {
  struct pollfd p = {fd, events};
  poll(&p, 1, 0);
  return p.revents;
}

static struct sockaddr_in in(const char *host, int port) {
  struct sockaddr_in a = {AF_INET, htons(port)};
  inet_pton(AF_INET, host, &a.sin_addr);
  return a;
}

static int portOf(int s) {
  struct sockaddr_in a;
  socklen_t length = sizeof a;
  getsockname(s, (void *)&a, &length);
  return ntohs(a.sin_port);
}

static void name(const char *what, int s, int peer) {
  struct sockaddr_in a = {0};
  socklen_t length = sizeof a;
  int r = peer ? getpeername(s, (void *)&a, &length) : getsockname(s, (void *)&a, &length);
  if (r < 0) printf("%s: error %d\n", what, errno);
  else printf("%s: %s port %d length %d\n", what, inet_ntoa(a.sin_addr), a.sin_port != 0, length);
}

static int option(int s, int level, int number) {
  int value = -1;
  socklen_t length = sizeof value;
  return getsockopt(s, level, number, &value, &length) < 0 ? -errno : value;
}

static void streams(void) {
  struct sockaddr_in a = in("127.0.0.1", 0), peer;
  socklen_t length = sizeof peer;
  char buffer[64];
  int l = socket(AF_INET, SOCK_STREAM, 0), on = 1;
  printf("poll %x\n", ready(l, 0x3fff));
  say("unconnected read", read(l, buffer, 1));
  say("unconnected write", write(l, buffer, 1));
  printf("pipes %d\n", piped);
  name("unbound", l, 0);
  name("no peer", l, 1);
  say("bind", bind(l, (void *)&a, sizeof a));
  say("again", bind(l, (void *)&a, sizeof a));
  a.sin_port = htons(portOf(l));
  int c = socket(AF_INET, SOCK_STREAM, 0);
  say("taken", bind(c, (void *)&a, sizeof a));
  say("refused", connect(c, (void *)&a, sizeof a));
  say("accept early", accept(l, 0, 0));
  say("listen", listen(l, 5));
  fcntl(l, F_SETFL, O_NONBLOCK);
  say("accept empty", accept(l, 0, 0));
  say("connect", connect(c, (void *)&a, sizeof a));
  say("connected", connect(c, (void *)&a, sizeof a));
  printf("poll %x\n", ready(l, 0x3fff));
  int s = accept(l, (void *)&peer, &length);
  printf("accepted %d from %s same %d\n", s >= 0, inet_ntoa(peer.sin_addr), ntohs(peer.sin_port) == portOf(c));
  name("client", c, 0);
  name("peer", c, 1);
  printf("nodelay %d", option(c, IPPROTO_TCP, TCP_NODELAY));
  setsockopt(c, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  printf(" %d type %d error %d domain %d protocol %d\n", option(c, IPPROTO_TCP, TCP_NODELAY), option(c, SOL_SOCKET, SO_TYPE),
         option(c, SOL_SOCKET, SO_ERROR), option(c, SOL_SOCKET, SO_DOMAIN), option(c, SOL_SOCKET, SO_PROTOCOL));
  say("no option", setsockopt(c, IPPROTO_TCP, 999, &on, sizeof on));
  say("write", write(c, "request", 7));
  printf("poll %x\n", ready(s, 0x3fff));
  say("peek", recv(s, buffer, 3, MSG_PEEK));
  say("read", read(s, buffer, sizeof buffer));
  say("nothing", recv(s, buffer, 1, MSG_DONTWAIT));
  say("half", shutdown(c, SHUT_WR));
  printf("poll %x %x\n", ready(s, 0x3fff), ready(c, 0x3fff));
  say("end", read(s, buffer, 1));
  say("answer", write(s, "answer", 6));
  say("read", read(c, buffer, sizeof buffer));
  say("pipe", send(c, "x", 1, MSG_NOSIGNAL));
  close(s);
  say("end", read(c, buffer, 1));
  printf("poll %x\n", ready(c, 0x3fff));
  close(c);
  // A peer that has closed: the first write is answered with a reset.
  c = socket(AF_INET, SOCK_STREAM, 0);
  connect(c, (void *)&a, sizeof a);
  s = accept(l, 0, 0);
  close(s);
  usleep(1000);
  say("first write", send(c, "x", 1, 0));
  usleep(1000);
  say("second write", send(c, "x", 1, 0));
  printf("pipes %d\n", piped);
  close(c);
  // Unread bytes and no lingering make resets.
  for (int i = 0; i < 2; i++) {
    struct linger none = {1, 0};
    c = socket(AF_INET, SOCK_STREAM, 0);
    connect(c, (void *)&a, sizeof a);
    s = accept(l, 0, 0);
    if (i == 0) write(c, "unread", 6);
    else setsockopt(s, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    usleep(1000);
    close(s);
    usleep(1000);
    printf("poll %x error %d\n", ready(c, 0x3fff), option(c, SOL_SOCKET, SO_ERROR));
    say("then", read(c, buffer, 1));
    close(c);
  }
  c = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  say("in progress", connect(c, (void *)&a, sizeof a));
  usleep(1000);
  printf("poll %x error %d\n", ready(c, 0x3fff), option(c, SOL_SOCKET, SO_ERROR));
  say("connect", connect(c, (void *)&a, sizeof a));
  say("connect", connect(c, (void *)&a, sizeof a));
  close(c);
  close(l);
  c = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  say("in progress", connect(c, (void *)&a, sizeof a));
  usleep(1000);
  printf("poll %x\n", ready(c, 0x3fff));
  printf("error %d\n", option(c, SOL_SOCKET, SO_ERROR));
  close(c);
  c = socket(AF_INET, SOCK_STREAM, 0);
  a = in("192.0.2.1", 80);
  say("foreign bind", bind(c, (void *)&a, sizeof a));
  say("short", bind(c, (void *)&a, 8));
  a.sin_family = AF_UNIX;
  say("family", bind(c, (void *)&a, sizeof a));
  say("bad type", socket(AF_INET, SOCK_SEQPACKET, 0));
  say("bad protocol", socket(AF_INET, SOCK_STREAM, IPPROTO_UDP));
  say("bad family", socket(50, SOCK_STREAM, 0));
  say("shutdown", shutdown(c, SHUT_RDWR));
  int pipes[2];
  pipe(pipes);
  say("not a socket", listen(pipes[0], 1));
  say("no descriptor", listen(99, 1));
  close(c);
}

static void datagrams(void) {
  struct sockaddr_in a = in("127.0.0.1", 0), from;
  socklen_t length = sizeof from;
  char buffer[8];
  int r = socket(AF_INET, SOCK_DGRAM, 0), s = socket(AF_INET, SOCK_DGRAM, 0), waiting;
  printf("poll %x\n", ready(r, 0x3fff));
  bind(r, (void *)&a, sizeof a);
  a.sin_port = htons(portOf(r));
  say("nowhere", send(s, "x", 1, 0));
  say("sendto", sendto(s, "datagram", 8, 0, (void *)&a, sizeof a));
  say("sendto", sendto(s, "", 0, 0, (void *)&a, sizeof a));
  name("sender", s, 0);
  ioctl(r, FIONREAD, &waiting);
  printf("waiting %d\n", waiting);
  struct iovec v[2] = {{buffer, 2}, {buffer + 4, 3}};
  struct msghdr m = {.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = v, .msg_iovlen = 2};
  say("recvmsg", recvmsg(r, &m, 0));
  printf("flags %x namelen %d %.2s%.3s %s\n", m.msg_flags, m.msg_namelen, buffer, buffer + 4, inet_ntoa(from.sin_addr));
  say("empty", recvfrom(r, buffer, 8, 0, (void *)&from, &length));
  say("answer", sendto(r, "back", 4, 0, (void *)&from, length));
  say("read", read(s, buffer, 8));
  say("connect", connect(s, (void *)&a, sizeof a));
  name("sender", s, 0);
  name("peer", s, 1);
  say("send", send(s, "x", 1, 0));
  say("too big", send(s, calloc(1, 70000), 70000, 0));
  int other = socket(AF_INET, SOCK_DGRAM, 0);
  struct sockaddr_in to = in("127.0.0.1", portOf(s));
  say("stranger", sendto(other, "x", 1, 0, (void *)&to, sizeof to));
  say("not heard", recv(s, buffer, 8, MSG_DONTWAIT));
  close(r);
  say("send", send(s, "x", 1, 0));
  usleep(1000);
  printf("poll %x\n", ready(s, 0x3fff));
  say("refused", send(s, "x", 1, 0));
  usleep(1000);
  printf("error %d\n", option(s, SOL_SOCKET, SO_ERROR));
  struct sockaddr none = {AF_UNSPEC};
  say("disconnect", connect(s, &none, sizeof none));
  name("no peer", s, 1);
  to = in("255.255.255.255", 9);
  say("broadcast", sendto(s, "x", 1, 0, (void *)&to, sizeof to));
  say("listen", listen(s, 1));
  say("accept", accept(s, 0, 0));
  close(s);
  close(other);
}

static void interfaces(void) {
  struct ifreq r = {0};
  int s = socket(AF_INET, SOCK_DGRAM, 0);
  strcpy(r.ifr_name, "lo");
  say("flags", ioctl(s, SIOCGIFFLAGS, &r));
  printf("%x\n", r.ifr_flags & 0xffff);
  say("address", ioctl(s, SIOCGIFADDR, &r));
  puts(inet_ntoa(((struct sockaddr_in *)&r.ifr_addr)->sin_addr));
  say("mask", ioctl(s, SIOCGIFNETMASK, &r));
  puts(inet_ntoa(((struct sockaddr_in *)&r.ifr_addr)->sin_addr));
  say("index", ioctl(s, SIOCGIFINDEX, &r));
  printf("%d\n", r.ifr_ifindex);
  strcpy(r.ifr_name, "none0");
  say("no interface", ioctl(s, SIOCGIFFLAGS, &r));
  close(s);
}

static void listed(void) {
  struct sockaddr_in a = in("127.0.0.1", 0);
  int l = socket(AF_INET, SOCK_STREAM, 0), port;
  bind(l, (void *)&a, sizeof a);
  listen(l, 3);
  port = portOf(l);
  char line[512], place[64];
  sprintf(place, " 0100007F:%04X 00000000:0000 0A ", port);
  FILE *f = fopen("/proc/net/tcp", "r");
  while (fgets(line, sizeof line, f))
    if (strstr(line, place)) printf("listed, uid %d\n", atoi(strstr(line, place) + 61) == getuid());
  fclose(f);
  close(l);
}

static void server(void) {
  struct sockaddr_in a = in("0.0.0.0", 0);
  int l = socket(AF_INET, SOCK_STREAM, 0);
  bind(l, (void *)&a, sizeof a);
  listen(l, 3);
  int port = portOf(l);
  fflush(stdout);
  for (int i = 0; i < 3; i++)
    if (fork() == 0) {
      struct sockaddr_in to = in(i == 1 ? "0.0.0.0" : "127.0.0.1", port);
      int c = socket(AF_INET, SOCK_STREAM, 0);
      char *big = calloc(1, 400000);
      connect(c, (void *)&to, sizeof to);
      for (int sent = 0; sent < 400000;) sent += write(c, big, 400000 - sent);
      shutdown(c, SHUT_WR);
      char answer[16] = "";
      read(c, answer, 16);
      _exit(strcmp(answer, "400000") ? 1 : 7);
    }
  int e = epoll_create1(0), open = 0, accepted = 0;
  long got[64] = {0};
  struct epoll_event event = {EPOLLIN, {.fd = l}};
  epoll_ctl(e, EPOLL_CTL_ADD, l, &event);
  while (accepted < 3 || open > 0) {
    struct epoll_event events[4];
    int n = epoll_wait(e, events, 4, -1);
    for (int i = 0; i < n; i++) {
      int fd = events[i].data.fd;
      if (fd == l) {
        int s = accept4(l, 0, 0, SOCK_NONBLOCK);
        struct epoll_event add = {EPOLLIN | EPOLLET | EPOLLRDHUP, {.fd = s}};
        epoll_ctl(e, EPOLL_CTL_ADD, s, &add);
        got[s] = 0;
        accepted++, open++;
        continue;
      }
      char chunk[3000];
      long r;
      while ((r = read(fd, chunk, sizeof chunk)) > 0) got[fd] += r;
      if (r == 0) {
        dprintf(fd, "%ld", got[fd]);
        close(fd);
        open--;
      }
    }
  }
  for (int i = 0; i < 3; i++) {
    int status;
    wait(&status);
    printf("client %d\n", WEXITSTATUS(status));
  }
  close(l);
}

int main(void) {
  signal(SIGPIPE, onPipe);
  streams();
  datagrams();
  interfaces();
  listed();
  server();
  puts("ok");
}
