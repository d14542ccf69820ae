/* Runs sequences of instructions on the host's processor: programs and states from standard input, what became of them
   to standard output. A run is put into the context of the signal that the previous one ended with, so each costs one
   signal. The layout of memory and of the records is that of test/cpu/support/sequences/arena.ts. */
#define _GNU_SOURCE
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>

#define PAGE 0x1000
#define CODE_SIZE (3 * PAGE)
#define CODE_LIMIT 2048
#define READ_ONLY ((unsigned char *)0x12040000)
#define SYSTEM_CALL 0x100
#define ENDLESS 0x101

static unsigned char *const codes[2] = {(unsigned char *)0x10000000, (unsigned char *)0x500012340000};

struct area {
  unsigned char *at;
  size_t size;
  int protection;
};

static const struct area areas[] = {
    {(unsigned char *)0x12000000, 2 * PAGE, PROT_READ | PROT_WRITE},
    {READ_ONLY, PAGE, PROT_READ},
    {(unsigned char *)0x7e0012345000, 2 * PAGE, PROT_READ | PROT_WRITE},
    {(unsigned char *)0x0a000000, PAGE, PROT_READ | PROT_WRITE},
    {(unsigned char *)0x13000000, PAGE, PROT_READ | PROT_WRITE},
};
#define AREAS (sizeof areas / sizeof *areas)

/* Parts of the areas that a run begins with and that come back. */
struct window {
  unsigned char *at;
  size_t size;
};

static const struct window windows[] = {
    {(unsigned char *)0x12000000, 128},     {(unsigned char *)0x12000fc0, 128},     {(unsigned char *)0x12001f80, 128},
    {READ_ONLY + 0xf80, 128},     {(unsigned char *)0x7e0012345fc0, 128}, {(unsigned char *)0x7e0012346f80, 128},
    {(unsigned char *)0x0a000f80, 128},     {(unsigned char *)0x13000800, 256},
};
#define WINDOWS (sizeof windows / sizeof *windows)
#define WINDOWS_SIZE (7 * 128 + 256)

struct state {
  uint64_t general[16]; /* in the order of their encodings */
  uint64_t flags;
  unsigned char fx[512];
  unsigned char upper[256]; /* of YMM0 to YMM15 */
  unsigned char memory[WINDOWS_SIZE];
};

struct program {
  uint32_t runs;
  uint32_t length;
  uint64_t entry;
  unsigned char code[CODE_LIMIT];
};

struct result {
  uint32_t vector;
  uint32_t code;
  uint64_t address;
  uint64_t rip;
  uint64_t outside; /* 0 when nothing but the windows has changed */
  struct state after;
};

static const int order[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
                              REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};

static struct program program;
static struct state before;
static unsigned char code_image[2][CODE_SIZE];
static unsigned char background[2 * PAGE]; /* the same page twice, for windows that cross */
static unsigned char *read_only_alias;
static uint32_t left;
static int started;
static unsigned serial, seen;

static unsigned char in[1 << 16], out[1 << 16];
static size_t in_at, in_end, out_end;

static void flush(void) {
  for (size_t done = 0; done < out_end;) {
    ssize_t n = write(1, out + done, out_end - done);
    if (n <= 0) _exit(2);
    done += (size_t)n;
  }
  out_end = 0;
}

static void put(const void *from, size_t size) {
  if (out_end + size > sizeof out) flush();
  memcpy(out + out_end, from, size);
  out_end += size;
}

static int get(void *into, size_t size) {
  for (size_t done = 0; done < size;) {
    if (in_at == in_end) {
      ssize_t n = read(0, in, sizeof in);
      if (n <= 0) return 0;
      in_at = 0;
      in_end = (size_t)n;
    }
    size_t part = in_end - in_at < size - done ? in_end - in_at : size - done;
    memcpy((char *)into + done, in + in_at, part);
    in_at += part;
    done += part;
  }
  return 1;
}

/* FNV-1a. */
static uint32_t mix(uint32_t hash, const unsigned char *from, size_t size) {
  for (size_t i = 0; i < size; i++) hash = (hash ^ from[i]) * 0x01000193;
  return hash;
}

/* Puts background and code back where they have changed; what they were is in the hash, which is 0 if nothing was. */
static uint64_t restore(void) {
  uint32_t hash = 0x811c9dc5;
  int changed = 0;
  for (size_t i = 0; i < AREAS; i++) {
    for (size_t page = 0; page < areas[i].size; page += PAGE) {
      unsigned char *at = areas[i].at + page;
      if (!(areas[i].protection & PROT_WRITE) || memcmp(at, background, PAGE) == 0) continue;
      changed = 1;
      hash = mix(hash ^ (uint32_t)((uint64_t)at >> 12), at, PAGE);
      memcpy(at, background, PAGE);
    }
  }
  for (int i = 0; i < 2; i++) {
    if (memcmp(codes[i], code_image[i], CODE_SIZE) == 0) continue;
    changed = 1;
    hash = mix(hash ^ (uint32_t)((uint64_t)codes[i] >> 12), codes[i], CODE_SIZE);
    memcpy(codes[i], code_image[i], CODE_SIZE);
  }
  return changed ? hash : 0;
}

/* Takes the windows' bytes out, leaving background, or puts bytes in. */
static void exchange_windows(unsigned char *to, const unsigned char *from) {
  for (size_t i = 0, at = 0; i < WINDOWS; at += windows[i++].size) {
    unsigned char *window = windows[i].at;
    if (window >= READ_ONLY && window < READ_ONLY + PAGE) window = read_only_alias + (window - READ_ONLY);
    if (to) {
      memcpy(to + at, window, windows[i].size);
      memcpy(window, background + ((uint64_t)window & (PAGE - 1)), windows[i].size);
    } else memcpy(window, from + at, windows[i].size);
  }
}

/* Reads the next program when all runs of the last are done. */
static int next_run(void) {
  while (left == 0) {
    if (!get(&program, offsetof(struct program, code))) return 0;
    if (program.length > CODE_LIMIT || !get(program.code, program.length)) return 0;
    left = program.runs;
    for (int i = 0; i < 2; i++) {
      memset(code_image[i], 0xcc, CODE_SIZE);
      uint64_t offset = program.entry - (uint64_t)codes[i];
      if (offset < CODE_SIZE) memcpy(code_image[i] + offset, program.code, program.length);
      memcpy(codes[i], code_image[i], CODE_SIZE);
    }
  }
  left--;
  return get(&before, sizeof before);
}

static void on_signal(int number, siginfo_t *info, void *context) {
  ucontext_t *u = context;
  greg_t *g = u->uc_mcontext.gregs;
  unsigned char *fp = (unsigned char *)u->uc_mcontext.fpregs;
  (void)info;
  if (number == SIGVTALRM && seen != serial) {
    seen = serial;
    return;
  }
  if (started) {
    struct result r;
    memset(&r, 0, sizeof r);
    r.vector = number == SIGSYS ? SYSTEM_CALL : number == SIGVTALRM ? ENDLESS : (uint32_t)g[REG_TRAPNO];
    r.code = (uint32_t)g[REG_ERR];
    r.address = r.vector == 14 ? (uint64_t)g[REG_CR2] : 0;
    r.rip = (uint64_t)g[REG_RIP];
    for (int i = 0; i < 16; i++) r.after.general[i] = (uint64_t)g[order[i]];
    r.after.flags = (uint64_t)g[REG_EFL];
    memcpy(r.after.fx, fp, 512);
    memcpy(r.after.upper, fp + 576, 256);
    exchange_windows(r.after.memory, NULL);
    r.outside = restore();
    put(&r, sizeof r);
  }
  if (!next_run()) {
    flush();
    _exit(0);
  }
  started = 1;
  serial++;
  exchange_windows(NULL, before.memory);
  for (int i = 0; i < 16; i++) g[order[i]] = (greg_t)before.general[i];
  g[REG_EFL] = (greg_t)before.flags;
  g[REG_RIP] = (greg_t)program.entry;
  memcpy(fp, before.fx, 464); /* the rest describes the frame */
  memcpy(fp + 576, before.upper, 256);
  *(uint64_t *)(fp + 512) |= 7; /* x87, SSE and AVX are not in their initial state (SDM vol. 1, 13.4.2) */
}

/* System calls in the code under test come as SIGSYS: wild jumps must not do anything. */
static int forbid_system_calls(void) {
#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, instruction_pointer) + (field))
  struct sock_filter filter[] = {
      LOAD(4),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 3),
      LOAD(0),
      BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x10000000, 0, 3),
      BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 0x10000000 + CODE_SIZE, 2, 1),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x5000, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog rules = {sizeof filter / sizeof *filter, filter};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &rules);
}

static int map_areas(void) {
  int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE | MAP_POPULATE;
  for (size_t i = 0; i < AREAS; i++) {
    int shared = areas[i].at == READ_ONLY;
    int file = shared ? memfd_create("read-only", 0) : -1;
    if (shared && ftruncate(file, (off_t)areas[i].size)) return 1;
    int how = shared ? MAP_SHARED | MAP_FIXED_NOREPLACE | MAP_POPULATE : flags;
    if (mmap(areas[i].at, areas[i].size, areas[i].protection, how, file, 0) != areas[i].at) return 1;
    if (shared) read_only_alias = mmap(NULL, areas[i].size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  }
  for (int i = 0; i < 2; i++)
    if (mmap(codes[i], CODE_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC, flags, -1, 0) != codes[i]) return 1;
  return 0;
}

int main(void) {
  if (map_areas()) return 3;
  for (int i = 0; i < 2 * PAGE; i++) background[i] = (unsigned char)((i & (PAGE - 1)) * 37 >> 3);
  for (size_t i = 0; i < AREAS; i++) {
    unsigned char *at = areas[i].at == READ_ONLY ? read_only_alias : areas[i].at;
    for (size_t page = 0; page < areas[i].size; page += PAGE) memcpy(at + page, background, PAGE);
  }
  stack_t alternate = {.ss_sp = malloc(1 << 18), .ss_size = 1 << 18};
  sigaltstack(&alternate, NULL);
  struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  sigfillset(&action.sa_mask);
  int signals[] = {SIGTRAP, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGSYS, SIGVTALRM};
  for (unsigned i = 0; i < sizeof signals / sizeof *signals; i++) sigaction(signals[i], &action, NULL);
  if (forbid_system_calls()) return 4;
  struct itimerval tick = {{0, 100000}, {0, 100000}};
  setitimer(ITIMER_VIRTUAL, &tick, NULL);
  raise(SIGTRAP);
  return 0;
}
