// Files of /proc/self: fdinfo, io, smaps, oom_score_adj, comm, and the threads below task.
// Build: gcc -static -O1 -pthread procfs.c -o procfs
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

static char text[1 << 20];

static char *contents(const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0) return NULL;
  int count = 0;
  for (int part; (part = read(fd, text + count, sizeof text - 1 - count)) > 0;) count += part;
  close(fd);
  text[count] = 0;
  return text;
}

/** Some lines of what is told of a descriptor. */
static void details(int fd, const char *more) {
  char path[64];
  sprintf(path, "/proc/self/fdinfo/%d", fd);
  if (!contents(path)) {
    printf("nothing of it: %s\n", strerror(errno));
    return;
  }
  for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
    if (!strncmp(line, "pos:", 4) || !strncmp(line, "flags:", 6) || (more && !strncmp(line, more, strlen(more))))
      printf("%s\n", line);
}

static long value(const char *path, const char *name) {
  char *found = contents(path) ? strstr(text, name) : NULL;
  return found ? atol(found + strlen(name)) : -1;
}

static void store(const char *path, const char *what) {
  int fd = open(path, O_WRONLY);
  int result = write(fd, what, strlen(what));
  printf("%s: %s\n", what, result < 0 ? strerror(errno) : "taken");
  close(fd);
  printf("now %s", contents(path));
}

static int ends[2];
static volatile pid_t tid;

static void *sleeper(void *unused) {
  prctl(PR_SET_NAME, "sleeper");
  tid = syscall(SYS_gettid);
  char byte;
  read(ends[0], &byte, 1);
  return NULL;
}

static char letter(const char *path) {
  char *end = contents(path) ? strrchr(text, ')') : NULL;
  return end ? end[2] : '?';
}

static void threads(void) {
  pthread_t thread;
  char path[64];
  pipe(ends);
  pthread_create(&thread, NULL, sleeper, NULL);
  while (tid == 0) usleep(1000);
  sprintf(path, "/proc/self/task/%d/stat", tid);
  while (letter(path) != 'S') usleep(1000);
  printf("the other sleeps, this one: %c\n", letter("/proc/self/stat"));
  printf("the id is %s\n", atoi(contents(path)) == tid ? "its own" : "another's");
  sprintf(path, "/proc/self/task/%d/comm", tid);
  printf("%s", contents(path));
  sprintf(path, "/proc/%d/status", tid);
  printf("by its id: %s, group %s\n", value(path, "\nPid:\t") == tid ? "itself" : "another",
         value(path, "\nTgid:\t") == getpid() ? "this" : "another");
  sprintf(path, "/proc/self/task/%d/../../comm", tid);
  printf("%s", contents(path));
  sprintf(path, "/proc/%d", tid);
  DIR *folder = opendir("/proc");
  int listed = 0;
  for (struct dirent *entry; (entry = readdir(folder));) listed |= atoi(entry->d_name) == tid;
  closedir(folder);
  printf("listed: %d\n", listed);
  write(ends[1], "x", 1);
  pthread_join(thread, NULL);
  while (access(path, F_OK) == 0) usleep(1000);
  printf("gone: %s\n", strerror(errno));
}

int main(void) {
  setvbuf(stdout, NULL, _IONBF, 0);
  char name[] = "/tmp/procfs-XXXXXX";
  int fd = mkstemp(name);
  unlink(name);
  write(fd, "0123456789", 10);
  fcntl(fd, F_SETFD, FD_CLOEXEC);
  fcntl(fd, F_SETFL, O_APPEND);
  details(fd, NULL);
  details(eventfd(77, EFD_NONBLOCK), "eventfd-count");
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigaddset(&set, SIGRTMIN + 5);
  details(signalfd(-1, &set, SFD_CLOEXEC), "sigmask");
  details(900, NULL);

  long calls = value("/proc/self/io", "syscr: "), bytes = value("/proc/self/io", "wchar: ");
  write(fd, "abc", 3);
  printf("%ld more bytes\n", value("/proc/self/io", "wchar: ") - bytes);
  printf("reads are counted: %d\n", value("/proc/self/io", "syscr: ") > calls);

  store("/proc/self/oom_score_adj", "100");
  store("/proc/self/oom_score_adj", "1001");
  store("/proc/self/oom_score_adj", "many");
  store("/proc/self/oom_score_adj", "1000");
  store("/proc/self/comm", "renamed");
  store("/proc/self/comm", "a name that is too long for it");

  char *page = mmap(NULL, 8 * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  page += 4096;
  mprotect(page, 6 * 4096, PROT_READ | PROT_WRITE);
  page[0] = page[4096] = 1;
  char start[32];
  sprintf(start, "%lx-", (long)page);
  char *mine = strstr(contents("/proc/self/smaps"), start);
  printf("%ld kB, rights %.4s\n", atol(strstr(mine, "Size:") + 5), strchr(mine, ' ') + 1);
  printf("%ld kB there, %ld kB written\n", atol(strstr(mine, "Rss:") + 4), atol(strstr(mine, "Private_Dirty:") + 14));
  threads();
  printf("ok\n");
}
