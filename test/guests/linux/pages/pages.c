// Locked memory and its limit, what a read-only file's mapping may become, pages in another order, holes through a mapping.
// Build: gcc -static -O1 pages.c -o pages
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096

static void say(const char *what, long answer) {
  printf("%s: %s\n", what, answer == -1 ? strerror(errno) : "done");
}

static long failed(void *address) {
  return address == MAP_FAILED ? -1 : 0;
}

static int locked_kilobytes(void) {
  FILE *file = fopen("/proc/self/status", "r");
  char line[200];
  int found = -1;
  while (fgets(line, sizeof line, file))
    if (sscanf(line, "VmLck: %d", &found) == 1) break;
  fclose(file);
  return found;
}

static void as_somebody(long limit) {
  fflush(stdout);
  if (fork() == 0) {
    struct rlimit some = {limit, limit};
    setrlimit(RLIMIT_MEMLOCK, &some);
    if (setresuid(65534, 65534, 65534) != 0 && geteuid() == 0) exit(1);
    char *p = mmap(0, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    printf("limit %ld\n", limit);
    say(" mlock of a page", mlock(p, PAGE));
    say(" of the same page", mlock(p + 10, 10));
    say(" of eight", mlock(p, 8 * PAGE));
    say(" mlockall", mlockall(MCL_CURRENT));
    say(" mlockall of what comes", mlockall(MCL_FUTURE));
    say(" mmap", failed(mmap(0, 8 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)));
    munlockall();
    say(" mmap with MAP_LOCKED", failed(mmap(0, 8 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED, -1, 0)));
    fflush(stdout);
    exit(0);
  }
  wait(0);
}

int main(void) {
  as_somebody(0);
  as_somebody(4 * PAGE);
  printf("locked: %d\n", locked_kilobytes());
  say("mlockall without a flag", mlockall(0));
  say("mlockall with MCL_ONFAULT alone", mlockall(4));
  say("mlockall with a flag that is none", mlockall(64));

  char name[] = "/tmp/pagesXXXXXX";
  int fd = mkstemp(name);
  for (int i = 0; i < 4; i++) {
    char page[PAGE];
    memset(page, 'a' + i, PAGE);
    write(fd, page, PAGE);
  }
  int reader = open(name, O_RDONLY);
  unlink(name);
  char *shared = mmap(0, 4 * PAGE, PROT_READ, MAP_SHARED, reader, 0);
  say("write to what was opened to be read", mprotect(shared, PAGE, PROT_READ | PROT_WRITE));
  say("no access", mprotect(shared, PAGE, PROT_NONE));
  say("and read again", mprotect(shared, PAGE, PROT_READ));
  char *own = mmap(0, PAGE, PROT_READ, MAP_PRIVATE, reader, 0);
  say("write to a private view of it", mprotect(own, PAGE, PROT_READ | PROT_WRITE));

  char *both = mmap(0, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  say("remap_file_pages", remap_file_pages(both, PAGE, 0, 2, 0));
  say("again", remap_file_pages(both + 2 * PAGE, PAGE, 0, 0, 0));
  both[0] = '!';
  printf("%c%c%c%c %c\n", both[0], both[PAGE], both[2 * PAGE], both[3 * PAGE], shared[2 * PAGE]);
  say("with a protection", remap_file_pages(both, PAGE, PROT_READ, 2, 0));
  say("of a private view", remap_file_pages(own, PAGE, 0, 0, 0));

  say("hole", madvise(both + 3 * PAGE, PAGE, MADV_REMOVE));
  printf("%d %d\n", both[3 * PAGE], shared[3 * PAGE]);
  say("hole in nothing", madvise(mmap(0, PAGE, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), PAGE, MADV_REMOVE));
  say("hole in what is read only", madvise(shared, PAGE, MADV_REMOVE));
  say("advice that is none", madvise(both, PAGE, 1212));

  say("lock", mlock(both, PAGE));
  say("msync with MS_INVALIDATE", msync(both, PAGE, MS_INVALIDATE));
  say("madvise with MADV_DONTNEED", madvise(both, PAGE, MADV_DONTNEED));
  printf("locked: %d\n", locked_kilobytes());
  say("unlock", munlock(both, PAGE));
  say("msync with MS_INVALIDATE", msync(both, PAGE, MS_INVALIDATE));
  say("msync of no page", msync(both + 1, PAGE, MS_SYNC));
  say("msync behind everything", msync((void *)-1, PAGE, MS_SYNC));
  say("msync above the heap", msync((char *)(((long)sbrk(0) + 5 * PAGE) & -PAGE), PAGE, MS_SYNC));

  char *p = mmap(0, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  say("mremap onto itself", failed(mremap(p, 2 * PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, p + PAGE)));
  say("mremap beside itself", failed(mremap(p, 2 * PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, p + 2 * PAGE)));
  puts("ok");
  return 0;
}
