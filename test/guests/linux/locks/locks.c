// Locks: of files (flock), of ranges by process and by open file, waiting, deadlock, what ends them, /proc/locks.
// Build: gcc -static -O1 locks.c -o locks
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef F_OFD_GETLK
#define F_OFD_GETLK 36
#define F_OFD_SETLK 37
#endif

static const char *why(int result) { return result == 0 ? "granted" : strerror(errno); }

static int lock(int fd, int command, int type, long start, long length) {
  struct flock range = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
  return fcntl(fd, command, &range);
}

static void ask(int fd, int command, long start, long length, pid_t expected) {
  struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
  if (fcntl(fd, command, &range) < 0) printf("asking: %s\n", strerror(errno));
  else if (range.l_type == F_UNLCK) printf("free\n");
  else
    printf("%s lock of %s from %ld, %ld bytes\n", range.l_type == F_RDLCK ? "read" : "write",
           range.l_pid == expected ? "the parent" : range.l_pid == -1 ? "an open file" : "somebody", (long)range.l_start,
           (long)range.l_len);
}

static int in_child(void (*body)(int), int fd) {
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    body(fd);
    fflush(stdout);
    _exit(0);
  }
  return child;
}

static void look(int fd) {
  ask(fd, F_GETLK, 0, 0, getppid());
  ask(fd, F_GETLK, 15, 1, getppid());
  ask(fd, F_GETLK, 100, 5, getppid());
  printf("a write lock there: %s\n", why(lock(fd, F_SETLK, F_WRLCK, 12, 4)));
  printf("a read lock on the tail: %s\n", why(lock(fd, F_SETLK, F_RDLCK, 25, 3)));
}

static char name[] = "/tmp/locks-XXXXXX";
static int ends[2], other[2];

static void wait_for_parent(int fd) {
  printf("child waits\n");
  fflush(stdout);
  write(ends[1], "x", 1);
  printf("child got it: %s\n", why(lock(fd, F_SETLKW, F_WRLCK, 0, 10)));
}

static void circle(int fd) {
  lock(fd, F_SETLK, F_WRLCK, 10, 1);
  write(ends[1], "x", 1);
  int result = lock(fd, F_SETLKW, F_WRLCK, 0, 1);
  printf("the other: %s\n", why(result));
}

static void on_alarm(int signal) {}

static int compare(const void *one, const void *other) { return strcmp(one, other); }

/** The system has them in no particular order. */
static void count_lines(void) {
  char text[256], found[8][100];
  int fd = open("/proc/locks", O_RDONLY), lines = 0;
  char wanted[40];
  struct stat status;
  stat(name, &status);
  snprintf(wanted, sizeof wanted, ":%lu ", (unsigned long)status.st_ino);
  FILE *file = fdopen(fd, "r");
  while (fgets(text, sizeof text, file)) {
    char *device = strstr(text, wanted);
    if (!device) continue;
    char kind[20], advisory[20], access[20];
    sscanf(text, "%*d: %s %s %s", kind, advisory, access);
    snprintf(found[lines++], sizeof found[0], "%s %s %s%s", kind, advisory, access, device + strlen(wanted) - 1);
  }
  fclose(file);
  qsort(found, lines, sizeof found[0], compare);
  for (int i = 0; i < lines; i++) printf("/proc/locks: %s", found[i]);
}

int main(void) {
  int fd = mkstemp(name);
  ftruncate(fd, 50);
  int again = open(name, O_RDWR), reader = open(name, O_RDONLY);

  printf("flock: %s", why(flock(fd, LOCK_EX)));
  printf(", by another: %s", why(flock(again, LOCK_SH | LOCK_NB)));
  printf(", by a duplicate: %s\n", why(flock(dup(fd), LOCK_EX | LOCK_NB)));
  printf("shared: %s", why(flock(fd, LOCK_SH)));
  printf(" %s", why(flock(again, LOCK_SH | LOCK_NB)));
  printf(", then exclusive: %s\n", why(flock(again, LOCK_EX | LOCK_NB)));
  printf("range locks do not mind: %s\n", why(lock(fd, F_SETLK, F_WRLCK, 0, 0)));
  count_lines();
  lock(fd, F_SETLK, F_UNLCK, 0, 0);
  flock(fd, LOCK_UN);
  flock(again, LOCK_UN);
  printf("nonsense: %s", why(flock(fd, 77)));
  printf(", %s", why(flock(99, LOCK_SH)));
  printf(", %s", why(lock(fd, F_SETLK, 7, 0, 0)));
  printf(", %s", why(lock(fd, F_SETLK, F_WRLCK, -1, 0)));
  printf(", %s", why(lock(reader, F_SETLK, F_WRLCK, 0, 0)));
  printf(", %s\n", why(fcntl(fd, F_SETLK, (struct flock *)8)));

  lock(fd, F_SETLK, F_WRLCK, 10, 20);
  lock(fd, F_SETLK, F_RDLCK, 20, 10);
  lock(fd, F_SETLK, F_UNLCK, 14, 2);
  count_lines();
  waitpid(in_child(look, again), 0, 0);
  close(again);
  printf("after any close: ");
  again = open(name, O_RDWR);
  ask(again, F_GETLK, 0, 0, 0);

  printf("open files: %s", why(lock(fd, F_OFD_SETLK, F_WRLCK, 0, 5)));
  printf(", %s", why(lock(again, F_OFD_SETLK, F_RDLCK, 4, 1)));
  printf(", %s", why(lock(again, F_OFD_SETLK, F_WRLCK, 5, 1)));
  printf(", a process: %s\n", why(lock(again, F_SETLK, F_WRLCK, 0, 1)));
  ask(again, F_OFD_GETLK, 0, 1, 0);
  lock(fd, F_OFD_SETLK, F_UNLCK, 0, 0);
  close(again);
  again = open(name, O_RDWR);

  pipe(ends);
  pipe(other);
  char byte;
  lock(fd, F_SETLK, F_WRLCK, 5, 5);
  pid_t child = in_child(wait_for_parent, again);
  read(ends[0], &byte, 1);
  usleep(20000);
  printf("parent unlocks\n");
  fflush(stdout);
  lock(fd, F_SETLK, F_UNLCK, 0, 0);
  waitpid(child, 0, 0);

  lock(fd, F_SETLK, F_WRLCK, 0, 1);
  child = in_child(circle, again);
  read(ends[0], &byte, 1);
  usleep(50000);
  printf("in a circle: %s\n", why(lock(fd, F_SETLKW, F_WRLCK, 10, 1)));
  fflush(stdout);
  lock(fd, F_SETLK, F_UNLCK, 0, 0);
  waitpid(child, 0, 0);
  printf("ended with the process: %s\n", why(lock(fd, F_SETLK, F_WRLCK, 0, 0)));
  lock(fd, F_SETLK, F_UNLCK, 0, 0);

  flock(fd, LOCK_EX);
  struct sigaction action = {.sa_handler = on_alarm};
  sigaction(SIGALRM, &action, 0);
  ualarm(30000, 0);
  printf("interrupted: %s\n", why(flock(again, LOCK_EX)));

  fcntl(ends[0], F_SETOWN, getpid());
  fcntl(ends[0], F_SETSIG, SIGUSR1);
  printf("owner: %d, signal %d, of nobody: %s\n", fcntl(ends[0], F_GETOWN) == getpid(),
         fcntl(ends[0], F_GETSIG) == SIGUSR1, why(fcntl(ends[0], F_SETOWN, 4000000)));
  printf("pipe: %d", fcntl(ends[0], F_GETPIPE_SZ));
  printf(" %d", fcntl(ends[1], F_SETPIPE_SZ, 5000));
  printf(" %d", fcntl(ends[0], F_GETPIPE_SZ));
  fcntl(ends[1], F_SETFL, O_NONBLOCK);
  char bytes[20000];
  printf(" %zd", write(ends[1], bytes, sizeof bytes));
  printf(" %s\n", why(fcntl(ends[0], F_SETPIPE_SZ, 4096)));

  int memory = memfd_create("sealed", MFD_ALLOW_SEALING);
  write(memory, "abc", 3);
  printf("seals: %d", fcntl(memory, F_GET_SEALS));
  printf(", %s", why(fcntl(memory, F_ADD_SEALS, F_SEAL_GROW)));
  printf(", grow: %s", why(ftruncate(memory, 10)));
  printf(", shrink: %s", why(ftruncate(memory, 2)));
  void *view = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
  printf(", mapped: %s", why(fcntl(memory, F_ADD_SEALS, F_SEAL_WRITE)));
  munmap(view, 4096);
  printf(", then: %s", why(fcntl(memory, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SEAL)));
  printf(", write: %s", why(pwrite(memory, "x", 1, 0)));
  printf(", map: %d", mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0) == MAP_FAILED);
  printf(", more: %s", why(fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK)));
  printf(", %d, without: %d, pipes: %s\n", fcntl(memory, F_GET_SEALS), fcntl(memfd_create("plain", 0), F_GET_SEALS),
         why(fcntl(ends[0], F_GET_SEALS)));
  unlink(name);
  puts("ok");
  return 0;
}
