// Division by zero, overflow of a division, floating-point exceptions: SIGFPE with its codes.
// Build: gcc -static -O1 arithmetic.c -o arithmetic
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static sigjmp_buf back;
static int code;

static void on_fault(int signal, siginfo_t *info, void *context) {
  (void)signal, (void)context;
  code = info->si_code;
  siglongjmp(back, 1);
}

int main(void) {
  struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
  sigaction(SIGFPE, &action, 0);
  volatile int zero = 0, one = 1, smallest = -2147483647 - 1, minus = -1;
  if (!sigsetjmp(back, 1)) printf("%d\n", one / zero);
  printf("division by zero: %d\n", code);
  code = 0;
  if (!sigsetjmp(back, 1)) printf("%d\n", smallest / minus);
  printf("quotient too big: %d\n", code);
  volatile double x = 1, y = 0;
  printf("%f %.3f\n", x / y, y / 3);
  unsigned control;
  __asm__ volatile("stmxcsr %0" : "=m"(control));
  control &= ~0x200u;
  __asm__ volatile("ldmxcsr %0" ::"m"(control));
  code = 0;
  if (!sigsetjmp(back, 1)) printf("%f\n", x / y);
  printf("unmasked: %d\n", code);
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    signal(SIGFPE, SIG_DFL);
    _exit(one / zero);
  }
  int status;
  waitpid(child, &status, 0);
  printf("child ended by %d\n", WTERMSIG(status));
  puts("ok");
  return 0;
}
