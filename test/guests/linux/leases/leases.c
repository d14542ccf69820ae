// Leases and signals of input and output: F_SETLEASE, F_GETLEASE, breaking, O_ASYNC, F_SETOWN_EX, F_SETSIG.
// Build: gcc -static -O1 leases.c -o leases
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef F_SETSIG
#define F_SETSIG 10
#define F_GETSIG 11
#endif
#ifndef F_SETOWN_EX
#define F_SETOWN_EX 15
#define F_GETOWN_EX 16
#endif
#ifndef F_SETLEASE
#define F_SETLEASE 1024
#define F_GETLEASE 1025
#endif

struct owner {
  int type, id;
};

static char name[] = "/tmp/leases-XXXXXX";
static const char *kinds[] = {"F_RDLCK", "F_WRLCK", "F_UNLCK"};

static void lease(int fd, int kind) {
  int result = fcntl(fd, F_SETLEASE, kind);
  printf("%s: %s, now %s\n", kinds[kind], result == 0 ? "done" : strerror(errno), kinds[fcntl(fd, F_GETLEASE)]);
}

static void wait_signal(int seconds) {
  sigset_t set;
  sigfillset(&set);
  struct timespec patience = {seconds, 0};
  siginfo_t info = {0};
  int signal = sigtimedwait(&set, &info, &patience);
  if (signal < 0) printf("no signal: %s\n", strerror(errno));
  else if (signal == SIGCHLD) printf("the child ended\n");
  else if (info.si_code > 0 && info.si_code < 7)
    printf("signal %d, code %d, band %ld, fd %s\n", signal, info.si_code, (long)info.si_band,
           info.si_fd > 2 ? "of the file" : "wrong");
  else printf("signal %d, code %d\n", signal, info.si_code);
}

/** A child opens or truncates the file while it is leased; the parent answers with `answer`. */
static void breaking(int kind, int flags, int answer) {
  int fd = open(name, O_RDONLY);
  lease(fd, kind);
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    close(fd);
    int result = flags < 0 ? truncate(name, 10) : open(name, flags);
    _exit(result < 0 ? errno : 0);
  }
  wait_signal(10);
  printf("asked for %s\n", kinds[fcntl(fd, F_GETLEASE)]);
  lease(fd, answer);
  // A reader's lease is not enough for a writer: without this it waits for lease-break-time, 45 s.
  if (answer == F_RDLCK && flags != O_RDONLY) lease(fd, F_UNLCK);
  int status;
  while (waitpid(child, &status, 0) != child) continue;
  printf("child: %s\n", WEXITSTATUS(status) == 0 ? "went on" : strerror(WEXITSTATUS(status)));
  wait_signal(10);
  close(fd);
}

static void asynchronous(int reader, int writer, int number) {
  printf("signal %d at first\n", fcntl(reader, F_GETSIG));
  fcntl(reader, F_SETFL, O_ASYNC | O_NONBLOCK);
  write(writer, "a", 1);
  wait_signal(0);
  fcntl(reader, F_SETOWN, getpid());
  printf("owner is %s\n", fcntl(reader, F_GETOWN) == getpid() ? "me" : "somebody");
  write(writer, "b", 1);
  wait_signal(10);
  struct owner owner = {0 /* F_OWNER_TID */, syscall(SYS_gettid)};
  fcntl(reader, F_SETOWN_EX, &owner);
  fcntl(reader, F_SETSIG, number);
  fcntl(reader, F_GETOWN_EX, &owner);
  printf("type %d, signal %d\n", owner.type, fcntl(reader, F_GETSIG));
  write(writer, "c", 1);
  wait_signal(10);
  owner = (struct owner){2 /* F_OWNER_PGRP */, getpgrp()};
  printf("group: %d\n", fcntl(reader, F_SETOWN_EX, &owner));
  printf("as a number: %s\n", fcntl(reader, F_GETOWN) == -getpgrp() ? "its negative" : "something else");
  owner = (struct owner){7, 1};
  printf("no kind: %s\n", fcntl(reader, F_SETOWN_EX, &owner) < 0 ? strerror(errno) : "taken");
  owner = (struct owner){1, 0x3ffffff};
  printf("no process: %s\n", fcntl(reader, F_SETOWN_EX, &owner) < 0 ? strerror(errno) : "taken");
  fcntl(reader, F_SETFL, O_NONBLOCK);
  write(writer, "d", 1);
  wait_signal(0);
  close(reader);
  close(writer);
}

int main(void) {
  setvbuf(stdout, NULL, _IONBF, 0);
  setpgid(0, 0);
  close(mkstemp(name));
  sigset_t set;
  sigfillset(&set);
  sigprocmask(SIG_SETMASK, &set, NULL);

  int fd = open(name, O_RDWR);
  printf("%s before\n", kinds[fcntl(fd, F_GETLEASE)]);
  lease(fd, F_UNLCK);
  lease(fd, F_RDLCK);
  lease(fd, F_WRLCK);
  lease(fd, F_UNLCK);
  printf("no kind: %s\n", fcntl(fd, F_SETLEASE, 9) < 0 ? strerror(errno) : "taken");
  int second = open(name, O_RDONLY);
  lease(second, F_RDLCK);
  lease(fd, F_WRLCK);
  close(fd);
  lease(second, F_RDLCK);
  fd = open(name, O_RDONLY);
  lease(fd, F_RDLCK);
  lease(fd, F_WRLCK);
  printf("writer that does not wait: %s\n", open(name, O_WRONLY | O_NONBLOCK) < 0 ? strerror(errno) : "opened");
  wait_signal(10);
  lease(fd, F_UNLCK);
  lease(second, F_UNLCK);
  printf("writer: %s\n", close(open(name, O_WRONLY | O_NONBLOCK)) == 0 ? "opened" : strerror(errno));
  close(fd);
  close(second);
  fd = open("/", O_RDONLY);
  lease(fd, F_RDLCK);
  close(fd);

  breaking(F_WRLCK, O_RDONLY, F_RDLCK);
  breaking(F_WRLCK, O_RDWR, F_UNLCK);
  breaking(F_WRLCK, O_WRONLY, F_RDLCK);
  breaking(F_RDLCK, O_WRONLY, F_UNLCK);
  breaking(F_RDLCK, -1, F_UNLCK);
  breaking(F_WRLCK, -1, F_UNLCK);

  fd = open(name, O_RDONLY);
  fcntl(fd, F_SETSIG, SIGRTMIN + 3);
  lease(fd, F_WRLCK);
  printf("reader: %s\n", open(name, O_RDONLY | O_NONBLOCK) < 0 ? strerror(errno) : "opened");
  wait_signal(10);
  printf("asked for %s\n", kinds[fcntl(fd, F_GETLEASE)]);
  close(fd);

  int ends[2];
  pipe(ends);
  asynchronous(ends[0], ends[1], SIGUSR1);
  socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
  asynchronous(ends[0], ends[1], SIGRTMIN + 4);
  unlink(name);
  printf("ok\n");
}
