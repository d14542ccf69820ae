// Resource limits: descriptors, file size, data, address space.
// Build: gcc -static -O1 limits.c -o limits
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

static void limit(int resource, long value) {
  struct rlimit limits;
  getrlimit(resource, &limits);
  limits.rlim_cur = value;
  printf("set %d: %d\n", resource, setrlimit(resource, &limits));
}

int main(void) {
  struct rlimit limits;
  getrlimit(RLIMIT_STACK, &limits);
  printf("stack %ld\n", (long)limits.rlim_cur);
  limit(RLIMIT_NOFILE, 8);
  int fd, count = 0;
  while ((fd = open("/dev/null", O_RDONLY)) >= 0) count++;
  printf("opened %d: %s\n", count, strerror(errno));
  printf("dup2 beyond: %d %s\n", dup2(0, 9), strerror(errno));
  for (int i = 3; i < 8; i++) close(i);

  signal(SIGXFSZ, SIG_IGN);
  limit(RLIMIT_FSIZE, 1000);
  fd = open("/tmp", O_TMPFILE | O_RDWR, 0600);
  char block[600] = {0};
  printf("write %zd", pwrite(fd, block, 600, 0));
  printf(" up to the limit %zd", pwrite(fd, block, 600, 600));
  printf(" %zd", pwrite(fd, block, 100, 1000));
  printf(" %s\n", strerror(errno));

  limit(RLIMIT_AS, 64 << 20);
  printf("small %d", mmap(0, 1 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
  printf(", big %d %s\n", mmap(0, 256 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED, strerror(errno));
  limits.rlim_cur = 10;
  limits.rlim_max = 5;
  printf("wrong way round: %d %s\n", setrlimit(RLIMIT_CORE, &limits), strerror(errno));
  printf("no such: %d %s\n", getrlimit(77, &limits), strerror(errno));
  puts("ok");
  return 0;
}
