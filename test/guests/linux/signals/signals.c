// Handlers with siginfo, masks, pending signals, an alternate stack, nested handlers, SA_RESETHAND, sigsuspend,
// queued real-time signals, and floating-point state that survives a handler.
// Build: gcc -static -O1 signals.c -o signals
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

static char order[64];
static char *stack_low;
static int on_stack;

static void note(int signal, siginfo_t *info, void *context) {
  char local;
  on_stack = &local >= stack_low && &local < stack_low + 65536;
  ucontext_t *uc = context;
  char text[40];
  snprintf(text, sizeof text, "[%d code %d value %d rip %d]", signal, info->si_code, info->si_code == SI_QUEUE ? info->si_int : 0, uc->uc_mcontext.gregs[REG_RIP] != 0);
  if (strlen(order) + strlen(text) < sizeof order) strcat(order, text);
  volatile double noise = 1.5;
  for (int i = 0; i < 10; i++) noise *= 1.7;
}

static void inner(int signal) {
  (void)signal;
  strcat(order, "inner ");
}

static void outer(int signal) {
  (void)signal;
  strcat(order, "outer< ");
  raise(SIGUSR2);
  strcat(order, ">outer ");
}

static void show(const char *title) {
  printf("%s: %s\n", title, order);
  order[0] = 0;
}

static void handle(int signal, void *handler, int flags) {
  struct sigaction action = {.sa_sigaction = (void (*)(int, siginfo_t *, void *))handler, .sa_flags = flags};
  if (sigaction(signal, &action, 0)) perror("sigaction");
}

int main(void) {
  handle(SIGUSR1, note, SA_SIGINFO);
  raise(SIGUSR1);
  show("raise");

  stack_t alternate = {.ss_sp = malloc(65536), .ss_size = 65536};
  stack_low = alternate.ss_sp;
  sigaltstack(&alternate, 0);
  handle(SIGUSR1, note, SA_SIGINFO | SA_ONSTACK);
  kill(getpid(), SIGUSR1);
  show("alternate stack");
  printf("on it: %d\n", on_stack);
  stack_t now;
  sigaltstack(0, &now);
  printf("flags after: %d\n", now.ss_flags);

  handle(SIGUSR1, outer, 0);
  handle(SIGUSR2, inner, 0);
  raise(SIGUSR1);
  show("nested");

  sigset_t set, old;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR2);
  sigprocmask(SIG_BLOCK, &set, &old);
  raise(SIGUSR2);
  raise(SIGUSR2);
  sigset_t pending;
  sigpending(&pending);
  printf("pending: %d\n", sigismember(&pending, SIGUSR2));
  show("while blocked");
  sigsuspend(&old);
  show("sigsuspend");
  printf("errno %d, still blocked %d\n", errno == EINTR, (sigprocmask(SIG_SETMASK, 0, &pending), sigismember(&pending, SIGUSR2)));
  sigprocmask(SIG_SETMASK, &old, 0);

  handle(SIGRTMIN, note, SA_SIGINFO);
  sigemptyset(&set);
  sigaddset(&set, SIGRTMIN);
  sigprocmask(SIG_BLOCK, &set, 0);
  for (int i = 1; i <= 2; i++) sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = i * 11});
  siginfo_t info;
  int got = sigwaitinfo(&set, &info);
  printf("waited for %d with %d\n", got == SIGRTMIN, info.si_int);
  sigprocmask(SIG_UNBLOCK, &set, 0);
  printf("%s\n", strstr(order, "value 22") ? "the second came by handler" : order);
  order[0] = 0;

  handle(SIGUSR1, inner, SA_RESETHAND);
  raise(SIGUSR1);
  struct sigaction after;
  sigaction(SIGUSR1, 0, &after);
  printf("reset: %d\n", after.sa_handler == SIG_DFL);

  handle(SIGUSR2, note, SA_SIGINFO);
  volatile double x = 3.25;
  double y = x * 2;
  raise(SIGUSR2);
  printf("%.3f %.3Lf\n", y * x, (long double)x / 7);
  puts("ok");
  return 0;
}
