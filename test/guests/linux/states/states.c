/* XSAVE and its relatives with x87 and SSE state: what they write and what they bring back. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static unsigned char area[832] __attribute__((aligned(64)));

static void show(const char *what) {
  uint64_t header[4];
  uint32_t mxcsr[2];
  memcpy(header, area + 512, sizeof header);
  memcpy(mxcsr, area + 24, sizeof mxcsr);
  printf("%s: %llx %llx %llx, fcw %02x%02x, mxcsr %x, st0 %02x, xmm0 %02x, xmm1 %02x\n", what,
         (unsigned long long)header[0], (unsigned long long)header[1], (unsigned long long)header[2], area[1], area[0],
         mxcsr[0], area[32 + 7], area[160], area[176]);
}

#define SAVE(name, mask)                                                                  \
  asm volatile(name " %0" : "+m"(area) : "a"(mask), "d"(0) : "memory")
#define RESTORE(mask) asm volatile("xrstor64 %0" : : "m"(area), "a"(mask), "d"(0) : "memory", "xmm0", "xmm1")

static void clear(unsigned char byte) {
  memset(area, byte, 512);
  memset(area + 512, 0, sizeof area - 512);
}


static void busy(void) {
  asm volatile("fld1; fldpi; pcmpeqb %%xmm1,%%xmm1; pxor %%xmm0,%%xmm0; psubb %%xmm1,%%xmm0" : : : "xmm0", "xmm1");
}

int main(void) {
  const char *names[] = {"xsave64", "xsaveopt64", "xsavec64"};
  /* All components in use: of initial ones processors may say either. */
  for (int mask = 0; mask < 4; mask++) {
    for (int i = 0; i < 3; i++) {
      clear(0x55);
      busy();
      if (i == 0) SAVE("xsave64", mask);
      else if (i == 1) SAVE("xsaveopt64", mask);
      else SAVE("xsavec64", mask);
      asm volatile("fninit");
      printf("%d ", mask);
      show(names[i]);
    }
  }
  /* Compacted areas of other contents, and what comes back. */
  for (int form = 0; form < 2; form++) {
    for (int mask = 0; mask < 4; mask++) {
      unsigned char xmm[16], st[10];
      uint16_t fcw;
      uint32_t mxcsr = 0x3f80;
      uint64_t header[2] = {(uint64_t)mask, form ? 0x8000000000000003ull : 0};
      clear(0x11);
      area[0] = 0x7f, area[1] = 3, area[2] = 0, area[3] = 0, area[4] = 0xff, area[25] = 0x9f, area[24] = 0x80, area[26] = 0, area[27] = 0;
      memcpy(area + 512, header, sizeof header);
      asm volatile("ldmxcsr %0; fninit; fld1; pcmpeqb %%xmm0,%%xmm0" : : "m"(mxcsr) : "xmm0");
      RESTORE(3);
      asm volatile("movups %%xmm0,%0; fnstcw %1; stmxcsr %2; fstpt %3" : "=m"(xmm), "=m"(fcw), "=m"(mxcsr), "=m"(st));
      asm volatile("fninit");
      printf("restored %d %d: %02x %x %x %02x%02x\n", form, mask, xmm[0], fcw, mxcsr, st[9], st[7]);
      mxcsr = 0x1f80;
      asm volatile("ldmxcsr %0" : : "m"(mxcsr));
    }
  }
  uint32_t low, high;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  printf("enabled %x\nok\n", low & 3);
  return 0;
}
