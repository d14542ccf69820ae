// Wild pointers: a handler sees where and why and goes on elsewhere; without a handler the program ends by the signal.
// Build: gcc -static -O1 wild.c -o wild
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <fcntl.h>
#include <unistd.h>

static sigjmp_buf back;
static siginfo_t seen;
static unsigned long error_code, trap_number;

static void on_fault(int signal, siginfo_t *info, void *context) {
  (void)signal;
  seen = *info;
  ucontext_t *uc = context;
  // Whether the page was present depends on what the system did before.
  error_code = uc->uc_mcontext.gregs[REG_ERR] & ~1;
  trap_number = uc->uc_mcontext.gregs[REG_TRAPNO];
  siglongjmp(back, 1);
}

static void show(const char *what) {
  printf("%s: signal %d code %d address %lx trap %lu error %lx\n", what, seen.si_signo, seen.si_code, (long)seen.si_addr, trap_number, error_code);
}

int main(void) {
  struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
  sigaction(SIGSEGV, &action, 0);
  sigaction(SIGBUS, &action, 0);
  volatile char *nowhere = (char *)0x10;
  if (!sigsetjmp(back, 1)) (void)*nowhere;
  show("read");
  if (!sigsetjmp(back, 1)) *nowhere = 1;
  show("write");
  char *page = mmap((void *)0x70000000, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  if (!sigsetjmp(back, 1)) page[5] = 1;
  show("read-only");
  if (!sigsetjmp(back, 1)) ((void (*)(void))page)();
  show("not executable");
  mprotect(page, 4096, PROT_NONE);
  if (!sigsetjmp(back, 1)) (void)*(volatile char *)page;
  show("no access");
  if (!sigsetjmp(back, 1)) (void)*(volatile char *)0xffff800000001234ul;
  printf("kernel half: signal %d\n", seen.si_signo);
  if (!sigsetjmp(back, 1)) (void)*(volatile char *)0x1234000000000000ul;
  show("not canonical");
  int fd = open("/tmp", O_TMPFILE | O_RDWR, 0600);
  write(fd, "x", 1);
  volatile char *file = mmap((void *)0x70100000, 8192, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0);
  if (!sigsetjmp(back, 1)) (void)file[5000];
  show("behind the file's end");
  printf("system call: %zd\n", write(1, (void *)0x10, 5));

  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    signal(SIGSEGV, SIG_DFL);
    *nowhere = 1;
    _exit(0);
  }
  int status;
  waitpid(child, &status, 0);
  printf("child ended by %d\n", WTERMSIG(status));
  child = fork();
  if (child == 0) {
    signal(SIGSEGV, SIG_IGN);
    *nowhere = 1;
    _exit(0);
  }
  waitpid(child, &status, 0);
  printf("ignoring does not help: %d\n", WTERMSIG(status));
  puts("ok");
  return 0;
}
