/* Runs single instructions on the host's processor: cases from standard input, results to standard output.
   A case is put into the context of the signal that the previous one ended with, so each costs one signal. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#define CODE ((unsigned char *)0x10000000)
#define CODE_SIZE 0x2000
#define DATA ((unsigned char *)0x12000000)
#define DATA_SIZE 0x2000
#define IMAGE (DATA + 0xf80)
#define IMAGE_SIZE 256

struct state {
  uint64_t general[16]; /* in the order of their encodings */
  uint64_t flags;
  unsigned char fx[512];
  unsigned char image[IMAGE_SIZE];
};

struct test {
  uint32_t length;
  uint32_t offset;
  unsigned char code[16];
  struct state before;
};

struct result {
  uint32_t vector;
  uint32_t code;
  uint64_t address;
  uint64_t rip;
  struct state after;
};

static const int order[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
                              REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};

static struct test current;
static int started;

static int read_all(void *into, size_t size) {
  size_t done = 0;
  while (done < size) {
    ssize_t n = read(0, (char *)into + done, size - done);
    if (n <= 0) return 0;
    done += (size_t)n;
  }
  return 1;
}

static void write_all(const void *from, size_t size) {
  size_t done = 0;
  while (done < size) {
    ssize_t n = write(1, (const char *)from + done, size - done);
    if (n <= 0) _exit(2);
    done += (size_t)n;
  }
}

static void on_signal(int number, siginfo_t *info, void *context) {
  ucontext_t *u = context;
  greg_t *g = u->uc_mcontext.gregs;
  (void)number;
  (void)info;
  if (started) {
    struct result r;
    memset(&r, 0, sizeof r);
    r.vector = (uint32_t)g[REG_TRAPNO];
    r.code = (uint32_t)g[REG_ERR];
    r.address = r.vector == 14 ? (uint64_t)g[REG_CR2] : 0;
    r.rip = (uint64_t)g[REG_RIP];
    for (int i = 0; i < 16; i++) r.after.general[i] = (uint64_t)g[order[i]];
    r.after.flags = (uint64_t)g[REG_EFL];
    memcpy(r.after.fx, u->uc_mcontext.fpregs, 512);
    memcpy(r.after.image, IMAGE, IMAGE_SIZE);
    write_all(&r, sizeof r);
    memset(CODE + current.offset, 0xcc, current.length);
  }
  if (!read_all(&current, sizeof current)) _exit(0);
  started = 1;
  memcpy(CODE + current.offset, current.code, current.length);
  memcpy(IMAGE, current.before.image, IMAGE_SIZE);
  for (int i = 0; i < 16; i++) g[order[i]] = (greg_t)current.before.general[i];
  g[REG_EFL] = (greg_t)current.before.flags;
  g[REG_RIP] = (greg_t)(CODE + current.offset);
  memcpy(u->uc_mcontext.fpregs, current.before.fx, 464); /* the rest describes the frame */
}

int main(void) {
  int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;
  if (mmap(CODE, CODE_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC, flags, -1, 0) == MAP_FAILED) return 3;
  if (mmap(DATA, DATA_SIZE, PROT_READ | PROT_WRITE, flags, -1, 0) == MAP_FAILED) return 3;
  memset(CODE, 0xcc, CODE_SIZE);
  stack_t alternate = {.ss_sp = malloc(1 << 16), .ss_size = 1 << 16};
  sigaltstack(&alternate, NULL);
  struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  int signals[] = {SIGTRAP, SIGSEGV, SIGBUS, SIGILL, SIGFPE};
  for (unsigned i = 0; i < sizeof signals / sizeof *signals; i++) sigaction(signals[i], &action, NULL);
  raise(SIGTRAP);
  return 0;
}
