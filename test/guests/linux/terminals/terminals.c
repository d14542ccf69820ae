// Pseudo-terminals: pairs, line editing, echo, raw mode, signals, window size, controlling terminals, job control, hang-ups.
// Build: gcc -static -O1 terminals.c -o terminals
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static int master, slave;

static void print(const char *title, int fd) {
  char text[200];
  struct pollfd ready = {fd, POLLIN, 0};
  if (poll(&ready, 1, 50) == 0) {
    printf("%s: nothing\n", title);
    return;
  }
  usleep(20000);
  ssize_t count = read(fd, text, sizeof text);
  if (count < 0) {
    printf("%s: %s\n", title, strerror(errno));
    return;
  }
  printf("%s: ", title);
  for (int i = 0; i < count; i++)
    if (isprint(text[i])) putchar(text[i]);
    else printf("<%d>", text[i] & 255);
  printf(" (%zd)\n", count);
}

static void type(const char *text) { write(master, text, strlen(text)); }

static const char *outcome(int result) { return result < 0 ? strerror(errno) : "done"; }

static void note(int signal) {
  char text[40];
  write(slave, text, snprintf(text, sizeof text, "[%s]", strsignal(signal)));
}

static void child(const char *name) {
  printf("setsid: %d\n", setsid() == getpid());
  printf("no terminal: %s\n", outcome(open("/dev/tty", O_RDWR)));
  slave = open(name, O_RDWR);
  int tty = open("/dev/tty", O_RDWR);
  printf("controlling: %d, foreground %d, session %d\n", tty >= 0, tcgetpgrp(slave) == getpid(),
         tcgetsid(slave) == getpid());
  struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESTART};
  sigaction(SIGINT, &action, 0);
  sigaction(SIGWINCH, &action, 0);
  fflush(stdout);
  write(slave, "ready", 5);
  char text[20];
  ssize_t count = read(slave, text, sizeof text);
  printf("child read: %.*s\n", (int)count - 1, text);

  signal(SIGINT, SIG_DFL);
  fflush(stdout);
  pid_t job = fork();
  if (job == 0) {
    setpgid(0, 0);
    pause();
  }
  setpgid(job, job);
  signal(SIGTTOU, SIG_IGN);
  printf("to the foreground: %s\n", outcome(tcsetpgrp(slave, job)));
  fflush(stdout);
  write(slave, "job", 3);
  int status;
  waitpid(job, &status, WUNTRACED);
  printf("job stopped: %d %s\n", WIFSTOPPED(status), strsignal(WSTOPSIG(status)));
  kill(job, SIGCONT);
  write(slave, "on", 2);
  waitpid(job, &status, 0);
  printf("job killed: %d %s\n", WIFSIGNALED(status), strsignal(WTERMSIG(status)));
  tcsetpgrp(slave, getpid());

  fflush(stdout);
  job = fork();
  if (job == 0) {
    setpgid(0, 0);
    read(slave, text, 1);
    _exit(3);
  }
  waitpid(job, &status, WUNTRACED);
  printf("background reader: %d %s\n", WIFSTOPPED(status), strsignal(WSTOPSIG(status)));
  tcsetpgrp(slave, job);
  kill(job, SIGCONT);
  write(slave, "type", 4);
  waitpid(job, &status, 0);
  printf("then read: %d\n", WEXITSTATUS(status));
  tcsetpgrp(slave, getpid());
  printf("strangers: %s", outcome(tcsetpgrp(slave, getppid())));
  printf(", %s\n", outcome(tcsetpgrp(slave, 4000000)));
  fflush(stdout);
  _exit(0);
}

int main(void) {
  master = posix_openpt(O_RDWR | O_NOCTTY);
  char name[40];
  ptsname_r(master, name, sizeof name);
  printf("locked: %s\n", outcome(open(name, O_RDWR | O_NOCTTY)));
  grantpt(master);
  unlockpt(master);
  slave = open(name, O_RDWR | O_NOCTTY);
  struct stat status;
  fstat(slave, &status);
  char found[40];
  printf("named: %d, device %d, terminals %d %d\n", strncmp(name, "/dev/pts/", 9), major(status.st_rdev),
         isatty(slave), isatty(master));
  printf("ttyname: %d\n", ttyname_r(slave, found, sizeof found) == 0 && strcmp(found, name) == 0);

  struct termios settings, raw;
  tcgetattr(slave, &settings);
  printf("settings: %o %o %o %o\n", settings.c_iflag, settings.c_oflag, settings.c_cflag, settings.c_lflag);
  type("half");
  print("half a line", slave);
  type(" line\r");
  print("a line", slave);
  print("its echo", master);
  type("wrong word\x17right\x7f!\n");
  print("edited", slave);
  print("echo", master);
  type("killed\x15kept\n");
  print("killed", slave);
  print("echo", master);
  type("one\ntwo\n");
  print("first", slave);
  print("second", slave);
  print("echo", master);
  type("end\x04");
  print("without newline", slave);
  type("\x04");
  print("end of file", slave);
  print("echo", master);
  type("\x01\n");
  print("control", slave);
  print("echo", master);
  write(slave, "out\nput\ttab", 11);
  print("output", master);

  raw = settings;
  cfmakeraw(&raw);
  tcsetattr(slave, TCSANOW, &raw);
  type("ab\r\x03");
  print("raw", slave);
  print("no echo", master);
  write(slave, "x\n", 2);
  print("as it is", master);
  raw.c_cc[VMIN] = 0;
  tcsetattr(slave, TCSANOW, &raw);
  char byte;
  printf("at once: %zd\n", read(slave, &byte, 1));
  raw.c_cc[VTIME] = 1;
  tcsetattr(slave, TCSANOW, &raw);
  printf("after a while: %zd\n", read(slave, &byte, 1));
  type("lost");
  usleep(10000);
  tcflush(slave, TCIFLUSH);
  printf("flushed: %zd\n", read(slave, &byte, 1));
  tcsetattr(slave, TCSANOW, &settings);

  struct winsize size = {30, 100}, seen = {0};
  ioctl(master, TIOCSWINSZ, &size);
  ioctl(slave, TIOCGWINSZ, &seen);
  printf("size: %d %d\n", seen.ws_row, seen.ws_col);
  int count;
  type("four\n");
  usleep(10000);
  ioctl(slave, FIONREAD, &count);
  printf("waiting: %d\n", count);
  print("them", slave);
  print("echo", master);
  fflush(stdout);

  pid_t pid = fork();
  if (pid == 0) child(name);
  print("from the child", master);
  type("\x03");
  print("interrupted", master);
  size.ws_row = 31;
  ioctl(master, TIOCSWINSZ, &size);
  print("resized", master);
  type("go\n");
  print("job", master);
  usleep(50000);
  type("\x1a");
  print("echo", master);
  print("on", master);
  usleep(50000);
  type("\x03");
  print("echo", master);
  print("type", master);
  usleep(50000);
  type("k\n");
  waitpid(pid, 0, 0);
  print("echo", master);
  close(slave);
  struct pollfd hung = {master, POLLIN, 0};
  printf("hung up: %d", poll(&hung, 1, 0));
  printf(" %d, ", (hung.revents & POLLHUP) != 0);
  print("read", master);
  slave = open(name, O_RDWR | O_NOCTTY);
  close(master);
  printf("without master: %zd", read(slave, &byte, 1));
  printf(" %s", outcome(write(slave, "x", 1)));
  printf(" %s\n", outcome(stat(name, &status)));
  puts("ok");
  return 0;
}
