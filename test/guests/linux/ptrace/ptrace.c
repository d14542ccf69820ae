// A process traces another: system calls, memory, registers, signals, single steps.
// Build: gcc -static -O1 ptrace.c -o ptrace
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

static long shared = 5;

/** Debug registers: a child that writes, reads and writes again what its tracer watches. */
static volatile long watched;

static long debug_register(pid_t child, int index) {
  return ptrace(PTRACE_PEEKUSER, child, offsetof(struct user, u_debugreg[index]), 0);
}

static long set_debug_register(pid_t child, int index, long value) {
  return ptrace(PTRACE_POKEUSER, child, offsetof(struct user, u_debugreg[index]), value);
}

static void watching(void) {
  pid_t child = fork();
  if (child == 0) {
    ptrace(PTRACE_TRACEME, 0, 0, 0);
    raise(SIGSTOP);
    watched = 1;
    watched = watched + 2;
    ((char *)&watched)[7] = 1;
    _exit(watched == 3 ? 1 : 0);
  }
  int status;
  waitpid(child, &status, 0);
  printf("watch: %ld", set_debug_register(child, 0, (long)&watched));
  printf(" %ld", set_debug_register(child, 1, (long)&watched + 4));
  // DR0: writes of four bytes; DR1: reads and writes of four bytes behind them; both enabled.
  printf(" %ld\n", set_debug_register(child, 7, 0x00fd0005));
  for (;;) {
    ptrace(PTRACE_CONT, child, 0, 0);
    waitpid(child, &status, 0);
    if (!WIFSTOPPED(status)) break;
    siginfo_t info;
    ptrace(PTRACE_GETSIGINFO, child, 0, &info);
    printf("trap %d code %d, met %ld, value %lx\n", WSTOPSIG(status), info.si_code, debug_register(child, 6) & 15,
           ptrace(PTRACE_PEEKDATA, child, &watched, 0));
    set_debug_register(child, 6, 0);
  }
  printf("ended %d\n", WEXITSTATUS(status));
}

int main(void) {
  setvbuf(stdout, 0, _IOLBF, 0);
  pid_t child = fork();
  if (child == 0) {
    ptrace(PTRACE_TRACEME, 0, 0, 0);
    raise(SIGSTOP);
    syscall(SYS_getppid);
    raise(SIGUSR1);
    _exit(shared);
  }
  int status;
  waitpid(child, &status, 0);
  printf("stopped: %d\n", WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
  printf("options: %ld\n", ptrace(PTRACE_SETOPTIONS, child, 0, PTRACE_O_TRACESYSGOOD));
  errno = 0;
  printf("peek: %ld\n", ptrace(PTRACE_PEEKDATA, child, &shared, 0));
  printf("poke: %ld\n", ptrace(PTRACE_POKEDATA, child, &shared, 42L));
  long remote = 0;
  struct iovec here = {&remote, 8}, there = {&shared, 8};
  printf("read: %zd", process_vm_readv(child, &here, 1, &there, 1, 0));
  printf(" %ld\n", remote);
  // Its memory as a file, code that nobody may write included.
  char name[64];
  sprintf(name, "/proc/%d/mem", child);
  int memory = open(name, O_RDWR);
  long seen = 0, code = 0, changed = 0;
  printf("file: %zd", pread(memory, &seen, 8, (off_t)(long)&shared));
  printf(" %ld\n", seen);
  printf("code: %d", pread(memory, &code, 8, (off_t)(long)main) == 8 && code == *(long *)main);
  long other = ~code;
  printf(" %zd", pwrite(memory, &other, 8, (off_t)(long)main));
  pread(memory, &changed, 8, (off_t)(long)main);
  printf(" changed %d, ours %d", changed == other, *(long *)main == code);
  printf(" %zd\n", pwrite(memory, &code, 8, (off_t)(long)main));
  printf("nothing there: %zd", pread(memory, &seen, 8, 0x10));
  printf(" %s\n", strerror(errno));
  struct user_regs_struct registers;
  int entered = 0;
  for (;;) {
    ptrace(PTRACE_SYSCALL, child, 0, 0);
    waitpid(child, &status, 0);
    if (!WIFSTOPPED(status) || WSTOPSIG(status) != (SIGTRAP | 0x80)) break;
    ptrace(PTRACE_GETREGS, child, 0, &registers);
    if (registers.orig_rax != SYS_getppid) continue;
    if (entered++ == 0) {
      printf("entry: %lld\n", (long long)registers.rax);
      registers.orig_rax = SYS_getpid;
      ptrace(PTRACE_SETREGS, child, 0, &registers);
      ptrace(PTRACE_SYSCALL, child, 0, 0);
      waitpid(child, &status, 0);
      ptrace(PTRACE_GETREGS, child, 0, &registers);
      printf("another call: %d\n", registers.rax == child);
    }
  }
  siginfo_t info;
  printf("signal: %d", WSTOPSIG(status) == SIGUSR1);
  ptrace(PTRACE_GETSIGINFO, child, 0, &info);
  printf(" %d\n", info.si_code);
  ptrace(PTRACE_SINGLESTEP, child, 0, 0);
  waitpid(child, &status, 0);
  printf("step: %d\n", WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP);
  printf("no such process: %d\n", ptrace(PTRACE_CONT, 0x3fffff, 0, 0) < 0 ? errno : 0);
  ptrace(PTRACE_CONT, child, 0, 0);
  waitpid(child, &status, 0);
  printf("exited: %d\n", WEXITSTATUS(status));
  watching();
  puts("ok");
}
