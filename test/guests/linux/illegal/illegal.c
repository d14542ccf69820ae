// Illegal instructions, breakpoints, single steps: SIGILL and SIGTRAP, and a handler that steps over.
// Build: gcc -static -O1 illegal.c -o illegal
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <ucontext.h>

static int signals, code, same, steps;

static void skip(int signal, siginfo_t *info, void *context) {
  ucontext_t *uc = context;
  signals = signal;
  code = info->si_code;
  same = (unsigned long)info->si_addr == (unsigned long)uc->uc_mcontext.gregs[REG_RIP];
  uc->uc_mcontext.gregs[REG_RIP] += 2;
}

static void trap(int signal, siginfo_t *info, void *context) {
  (void)context;
  signals = signal;
  code = info->si_code;
  steps++;
}

int main(void) {
  struct sigaction action = {.sa_sigaction = skip, .sa_flags = SA_SIGINFO};
  sigaction(SIGILL, &action, 0);
  __asm__ volatile("ud2");
  printf("ud2: signal %d code %d at the instruction: %d\n", signals, code, same);
  action.sa_sigaction = trap;
  sigaction(SIGTRAP, &action, 0);
  __asm__ volatile("int3");
  printf("int3: signal %d code %x\n", signals, code);
  steps = 0;
  __asm__ volatile("pushfq; orq $0x100, (%%rsp); popfq; nop; nop; nop; pushfq; andq $~0x100, (%%rsp); popfq" ::: "memory", "cc");
  printf("single steps: %d code %d\n", steps, code);
  puts("ok");
  return 0;
}
