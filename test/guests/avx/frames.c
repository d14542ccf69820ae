// YMM registers in signal frames: where the frame says they are, that handlers may change them there, and that the
// handler's own use of them does not matter. Runs where there is AVX.
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <ucontext.h>

static int changes;

static void clobber(void) {
  asm volatile("vpcmpeqd %%ymm0, %%ymm0, %%ymm0; vmovdqa %%ymm0, %%ymm5; vzeroupper" : : : "xmm0", "xmm5");
}

static void handler(int number, siginfo_t *info, void *context) {
  ucontext_t *uc = context;
  unsigned char *area = (unsigned char *)uc->uc_mcontext.fpregs;
  uint32_t magic1, extended, size, magic2;
  uint64_t features, present;
  memcpy(&magic1, area + 464, 4);
  memcpy(&extended, area + 468, 4);
  memcpy(&features, area + 472, 8);
  memcpy(&size, area + 480, 4);
  memcpy(&present, area + 512, 8);
  memcpy(&magic2, area + size, 4);
  printf("signal %d: flags %d, magic %x %x, behind it %d, features %d, present %d, aligned %d\n", number,
         (int)(uc->uc_flags & 1), magic1, magic2, (int)(extended - size), (int)(features & 7), (int)(present & 7),
         (int)((uintptr_t)area % 64));
  unsigned char *upper = area + 576 + 16 * 5;
  printf("ymm5 in the frame: %02x %02x\n", area[160 + 16 * 5], upper[15]);
  if (changes == 1) upper[15] = 0x77;
  if (changes == 2) area[512] &= ~4; // back to the state of a new thread
  if (changes == 3) memset(area + 464, 0, 4); // an image of FXSAVE alone
  clobber();
}

static void round_trip(const char *what) {
  unsigned char before[32], after[32];
  for (int i = 0; i < 32; i++) before[i] = (unsigned char)(i * 7 + changes);
  asm volatile("vmovdqu %1, %%ymm5\n\t"
               "mov $186, %%eax\n\tsyscall\n\t" // gettid
               "mov %%eax, %%edi\n\tmov $200, %%eax\n\tmov $10, %%esi\n\tsyscall\n\t" // tkill(self, SIGUSR1)
               "vmovdqu %%ymm5, %0"
               : "=m"(after)
               : "m"(before)
               : "rax", "rcx", "rdx", "rdi", "rsi", "r11", "memory", "xmm5");
  printf("%s: %s; low %02x, high %02x\n", what, memcmp(before, after, 32) ? "changed" : "kept", after[0], after[31]);
}

int main(void) {
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
  sigaction(SIGUSR1, &action, 0);
  round_trip("untouched");
  changes = 1;
  round_trip("edited");
  changes = 2;
  round_trip("without AVX state");
  changes = 3;
  round_trip("without the magic number");
  puts("ok");
  return 0;
}
