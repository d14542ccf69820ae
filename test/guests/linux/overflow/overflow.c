// Deep recursion grows the stack; endless recursion overflows it, which a handler on an alternate stack can tell.
// Build: gcc -static -O1 overflow.c -o overflow
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static sigjmp_buf back;
static char *lowest;

static void on_fault(int signal, siginfo_t *info, void *context) {
  (void)signal, (void)context;
  lowest = info->si_addr;
  siglongjmp(back, 1);
}

__attribute__((noinline)) static int dive(int depth) {
  volatile char room[1000];
  room[0] = (char)depth;
  room[999] = 1;
  return depth == 0 ? room[0] : dive(depth - 1) + room[999];
}

int main(void) {
  char here;
  printf("a megabyte deep: %d\n", dive(1000));
  stack_t alternate = {.ss_sp = malloc(65536), .ss_size = 65536};
  sigaltstack(&alternate, 0);
  struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  sigaction(SIGSEGV, &action, 0);
  if (!sigsetjmp(back, 1)) printf("%d\n", dive(1000000));
  long depth = &here - lowest;
  printf("overflow after about 8 MiB: %d\n", depth > 7 << 20 && depth < 9 << 20);
  fflush(stdout);
  if (fork() == 0) {
    stack_t none = {.ss_flags = SS_DISABLE};
    sigaltstack(&none, 0);
    dive(1000000);
    _exit(0);
  }
  int status;
  wait(&status);
  printf("without an alternate stack: signal %d\n", WTERMSIG(status));
  puts("ok");
  return 0;
}
