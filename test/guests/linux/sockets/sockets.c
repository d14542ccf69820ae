/* Unix sockets: types, names, connections, ends, datagram boundaries, descriptors and credentials that travel. */
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

static char folder[64], path[100], other[100];

static struct sockaddr_un un(const char *name) {
  struct sockaddr_un a = {AF_UNIX};
  strcpy(a.sun_path, name);
  return a;
}

static int sendFd(int s, int fd, char byte) {
  struct iovec v = {&byte, 1};
  union { char b[CMSG_SPACE(sizeof(int))]; struct cmsghdr a; } c = {0};
  struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = c.b, .msg_controllen = sizeof c.b};
  struct cmsghdr *h = CMSG_FIRSTHDR(&m);
  h->cmsg_level = SOL_SOCKET;
  h->cmsg_type = SCM_RIGHTS;
  h->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(h), &fd, sizeof fd);
  return sendmsg(s, &m, 0);
}

static int receiveFd(int s, int flags, int room) {
  char byte[8];
  struct iovec v = {byte, sizeof byte};
  union { char b[256]; struct cmsghdr a; } c = {0};
  struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = c.b, .msg_controllen = room};
  int n = recvmsg(s, &m, flags), fd = -1;
  struct cmsghdr *h = CMSG_FIRSTHDR(&m);
  printf("recvmsg %d flags %x control %d\n", n, m.msg_flags, (int)m.msg_controllen);
  for (; n >= 0 && h; h = CMSG_NXTHDR(&m, h)) {
    if (h->cmsg_type == SCM_RIGHTS) memcpy(&fd, CMSG_DATA(h), sizeof fd);
    if (h->cmsg_type == SCM_CREDENTIALS) {
      struct ucred u;
      memcpy(&u, CMSG_DATA(h), sizeof u);
      printf("credentials: mine %d uid %d\n", u.pid == getpid(), u.uid == getuid());
    }
  }
  return fd;
}

static void pairs(void) {
  int s[2], types[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET};
  char buffer[64];
  for (int i = 0; i < 3; i++) {
    say("socketpair", socketpair(AF_UNIX, types[i], 0, s));
    write(s[0], "one", 3);
    write(s[0], "three", 5);
    int waiting;
    ioctl(s[1], FIONREAD, &waiting);
    printf("waiting %d\n", waiting);
    say("peek", recv(s[1], buffer, 2, MSG_PEEK));
    say("peek whole", recv(s[1], buffer, 2, MSG_PEEK | MSG_TRUNC));
    say("read", read(s[1], buffer, sizeof buffer));
    say("read", recv(s[1], buffer, 2, MSG_DONTWAIT));
    say("read", recv(s[1], buffer, 2, MSG_DONTWAIT));
    printf("poll %x %x\n", ready(s[0], 0x3fff), ready(s[1], 0x3fff));
    struct sockaddr_un name;
    socklen_t length = sizeof name;
    say("name", getsockname(s[0], (void *)&name, &length));
    printf("length %d\n", length);
    length = sizeof name;
    say("peer", getpeername(s[0], (void *)&name, &length));
    struct ucred u;
    length = sizeof u;
    say("peercred", getsockopt(s[0], SOL_SOCKET, SO_PEERCRED, &u, &length));
    printf("%d %d %d\n", u.pid == getpid(), u.uid == getuid(), length);
    write(s[0], "late", 4);
    say("shutdown", shutdown(s[0], SHUT_WR));
    printf("poll %x %x\n", ready(s[0], 0x3fff), ready(s[1], 0x3fff));
    say("write", send(s[0], "x", 1, 0));
    say("read", recv(s[1], buffer, sizeof buffer, MSG_DONTWAIT));
    if (types[i] != SOCK_DGRAM) say("read", recv(s[1], buffer, sizeof buffer, MSG_DONTWAIT));
    close(s[0]);
    printf("poll %x\n", ready(s[1], 0x3fff));
    say("write", send(s[1], "x", 1, MSG_NOSIGNAL));
    close(s[1]);
    printf("pipes %d\n", piped);
  }
  socketpair(AF_UNIX, SOCK_STREAM, 0, s);
  write(s[0], "unread", 6);
  close(s[1]);
  say("reset", read(s[0], buffer, 1));
  say("then", read(s[0], buffer, 1));
  close(s[0]);
  say("inet pair", socketpair(AF_INET, SOCK_STREAM, 0, s));
  say("bad domain", socketpair(77, SOCK_STREAM, 0, s));
  say("bad type", socketpair(AF_UNIX, 9, 0, s));
  say("bad protocol", socketpair(AF_UNIX, SOCK_STREAM, 6, s));
}

static void connections(void) {
  struct sockaddr_un a = un(path), b = un(other);
  struct stat st;
  int l = socket(AF_UNIX, SOCK_STREAM, 0);
  say("listen unnamed", listen(l, 1));
  umask(027);
  say("bind", bind(l, (void *)&a, sizeof a));
  say("again", bind(l, (void *)&b, sizeof b));
  lstat(path, &st);
  printf("mode %o\n", st.st_mode);
  say("open", open(path, O_RDWR));
  int c = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
  say("bind taken", bind(c, (void *)&a, sizeof a));
  say("connect early", connect(c, (void *)&a, sizeof a));
  say("connect nowhere", connect(c, (void *)&b, sizeof b));
  say("accept early", accept(l, 0, 0));
  say("listen", listen(l, 0));
  printf("poll %x\n", ready(l, 0x3fff));
  say("connect", connect(c, (void *)&a, sizeof a));
  say("connect again", connect(c, (void *)&a, sizeof a));
  printf("poll %x\n", ready(l, 0x3fff));
  int full = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
  say("connect full", connect(full, (void *)&a, sizeof a));
  int d = socket(AF_UNIX, SOCK_DGRAM, 0);
  say("wrong type", connect(d, (void *)&a, sizeof a));
  struct sockaddr_un name;
  socklen_t length = sizeof name;
  int s = accept4(l, (void *)&name, &length, SOCK_CLOEXEC);
  printf("accepted %d length %d cloexec %d\n", s >= 0, length, fcntl(s, F_GETFD));
  say("connect now", connect(full, (void *)&a, sizeof a));
  length = sizeof name;
  getpeername(c, (void *)&name, &length);
  printf("peer %s %d\n", strcmp(name.sun_path, path) ? "?" : "path", (int)(length - strlen(path)));
  length = 5;
  say("short", getsockname(s, (void *)&name, &length));
  printf("length %d\n", (int)(length - strlen(path)));
  say("write", write(c, "hello", 5));
  char buffer[16] = "";
  say("read", read(s, buffer, sizeof buffer));
  puts(buffer);
  int on = 0;
  length = sizeof on;
  getsockopt(l, SOL_SOCKET, SO_ACCEPTCONN, &on, &length);
  printf("listens %d\n", on);
  close(l);
  say("read", read(full, buffer, 1));
  say("connect gone", connect(d = socket(AF_UNIX, SOCK_STREAM, 0), (void *)&a, sizeof a));
  unlink(path);
  say("connect unlinked", connect(d, (void *)&a, sizeof a));
  say("shutdown", shutdown(c, SHUT_RD));
  say("write", send(s, "x", 1, MSG_NOSIGNAL));
  for (int fd = 3; fd < 20; fd++) close(fd);
}

static void datagrams(void) {
  struct sockaddr_un a = {AF_UNIX}, from;
  int r = socket(AF_UNIX, SOCK_DGRAM, 0), s = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  sprintf(a.sun_path + 1, "pico-%d", getpid());
  socklen_t length = offsetof(struct sockaddr_un, sun_path) + 1 + strlen(a.sun_path + 1);
  say("bind abstract", bind(r, (void *)&a, length));
  say("again", bind(s, (void *)&a, length));
  say("unconnected", send(s, "x", 1, 0));
  say("sendto", sendto(s, "datagram", 8, 0, (void *)&a, length));
  say("empty", sendto(s, "", 0, 0, (void *)&a, length));
  char buffer[4];
  socklen_t got = sizeof from;
  say("recvfrom", recvfrom(r, buffer, 4, MSG_TRUNC, (void *)&from, &got));
  printf("from %d\n", got);
  say("empty", recv(r, buffer, 4, 0));
  struct sockaddr_un mine = {AF_UNIX};
  say("autobind", bind(s, (void *)&mine, sizeof(sa_family_t)));
  got = sizeof from;
  getsockname(s, (void *)&from, &got);
  printf("length %d abstract %d\n", got, from.sun_path[0] == 0);
  say("connect", connect(s, (void *)&a, length));
  int sent = 0;
  while (send(s, "x", 1, 0) == 1) sent++;
  printf("queue %d error %d poll %x\n", sent, errno, ready(s, POLLOUT));
  got = sizeof from;
  recvfrom(r, buffer, 4, 0, (void *)&from, &got);
  printf("from %d poll %x\n", got, ready(s, POLLOUT));
  char *big = calloc(1, 1 << 20);
  say("too big", send(s, big, 1 << 20, 0));
  struct mmsghdr m[3] = {0};
  struct iovec v[3] = {{"a", 1}, {"bc", 2}, {"def", 3}};
  for (int i = 0; i < 12; i++) recv(r, buffer, 4, MSG_DONTWAIT);
  for (int i = 0; i < 3; i++) m[i].msg_hdr.msg_iov = v + i, m[i].msg_hdr.msg_iovlen = 1;
  say("sendmmsg", sendmmsg(s, m, 3, 0));
  char in[3][8];
  for (int i = 0; i < 3; i++) v[i] = (struct iovec){in[i], 8};
  say("recvmmsg", recvmmsg(r, m, 3, MSG_DONTWAIT, 0));
  printf("lengths %d %d %d\n", m[0].msg_len, m[1].msg_len, m[2].msg_len);
  close(r);
  say("receiver gone", send(s, "x", 1, 0));
  close(s);
}

static void travelling(void) {
  int s[2], p[2], q[2], on = 1;
  char buffer[8];
  socketpair(AF_UNIX, SOCK_STREAM, 0, s);
  pipe(p);
  say("send", sendFd(s[0], p[1], 'a'));
  close(p[1]);
  write(s[0], "tail", 4);
  printf("hangup %x\n", ready(p[0], POLLIN));
  int fd = receiveFd(s[1], 0, 256);
  say("write", write(fd, "through", 7));
  say("read", read(p[0], buffer, 8));
  say("tail", read(s[1], buffer, 8));
  sendFd(s[0], fd, 'b');
  close(fd);
  say("read away", read(s[1], buffer, 8));
  printf("hangup %x\n", ready(p[0], POLLIN));
  pipe(q);
  sendFd(s[0], q[1], 'c');
  receiveFd(s[1], 0, 8);
  sendFd(s[0], q[1], 'd');
  fd = receiveFd(s[1], MSG_CMSG_CLOEXEC, 256);
  printf("cloexec %d\n", fcntl(fd, F_GETFD));
  close(fd);
  sendFd(s[0], q[1], 'e');
  close(q[1]);
  close(s[0]);
  printf("in flight %x\n", ready(q[0], POLLIN));
  close(s[1]);
  printf("dropped %x\n", ready(q[0], POLLIN));
  socketpair(AF_UNIX, SOCK_DGRAM, 0, s);
  say("passcred", setsockopt(s[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on));
  write(s[0], "who", 3);
  receiveFd(s[1], 0, 256);
  say("bad descriptor", sendFd(s[0], 999, 'x'));
  if (fork() == 0) {
    fd = receiveFd(s[1], 0, 256);
    write(fd, "child", 5);
    _exit(0);
  }
  pipe(p);
  sendFd(s[0], p[1], 'f');
  wait(0);
  say("from child", read(p[0], buffer, 8));
}

static void waiting(void) {
  int s[2];
  char *big = malloc(1 << 20);
  memset(big, 'x', 1 << 20);
  socketpair(AF_UNIX, SOCK_STREAM, 0, s);
  if (fork() == 0) {
    close(s[0]);
    long n, total = 0;
    while ((n = read(s[1], big, 5000)) > 0) total += n;
    printf("child read %ld\n", total);
    exit(0);
  }
  close(s[1]);
  say("big write", write(s[0], big, 1 << 20));
  close(s[0]);
  wait(0);
  socketpair(AF_UNIX, SOCK_STREAM, 0, s);
  if (fork() == 0) {
    for (int i = 0; i < 4; i++) usleep(1000), write(s[1], "1234", 4);
    _exit(0);
  }
  say("wait all", recv(s[0], big, 16, MSG_WAITALL));
  wait(0);
  struct timeval t = {0, 20000};
  say("timeout", setsockopt(s[0], SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t));
  say("late", recv(s[0], big, 16, 0));
}

int main(void) {
  signal(SIGPIPE, onPipe);
  strcpy(folder, "/tmp/socketsXXXXXX");
  mkdtemp(folder);
  sprintf(path, "%s/socket", folder);
  sprintf(other, "%s/other", folder);
  pairs();
  connections();
  datagrams();
  travelling();
  waiting();
  rmdir(folder);
  puts("ok");
}
