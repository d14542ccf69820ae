// The vDSO: clocks that are no system calls agree with the system calls, and its symbols are found as libraries look for
// them.
#define _GNU_SOURCE
#include <elf.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long long ns(struct timespec t) { return t.tv_sec * 1000000000LL + t.tv_nsec; }

static void *find(const char *base, const char *wanted) {
  const Elf64_Ehdr *header = (void *)base;
  const Elf64_Phdr *segment = (void *)(base + header->e_phoff);
  const Elf64_Dyn *dynamic = 0;
  const char *bias = base;
  for (int i = 0; i < header->e_phnum; i++) {
    if (segment[i].p_type == PT_LOAD) bias = base + segment[i].p_offset - segment[i].p_vaddr;
    if (segment[i].p_type == PT_DYNAMIC) dynamic = (void *)(base + segment[i].p_offset);
  }
  const char *strings = 0;
  const Elf64_Sym *symbols = 0;
  const unsigned *hash = 0;
  for (; dynamic->d_tag; dynamic++) {
    if (dynamic->d_tag == DT_STRTAB) strings = bias + dynamic->d_un.d_ptr;
    if (dynamic->d_tag == DT_SYMTAB) symbols = (void *)(bias + dynamic->d_un.d_ptr);
    if (dynamic->d_tag == DT_HASH) hash = (void *)(bias + dynamic->d_un.d_ptr);
  }
  // Linux of late has DT_GNU_HASH alone in some builds.
  for (unsigned i = 1; i < (hash ? hash[1] : 32); i++)
    if (!strcmp(strings + symbols[i].st_name, wanted)) return (void *)(bias + symbols[i].st_value);
  return 0;
}

int main(void) {
  const char *base = (void *)getauxval(AT_SYSINFO_EHDR);
  printf("there %d, ELF %d\n", base != 0, base && !memcmp(base, "\177ELF", 4));
  int (*gettime)(clockid_t, struct timespec *) = find(base, "__vdso_clock_gettime");
  int (*getday)(struct timeval *, void *) = find(base, "__vdso_gettimeofday");
  time_t (*gettime_seconds)(time_t *) = find(base, "__vdso_time");
  int (*cpu)(unsigned *, unsigned *, void *) = find(base, "__vdso_getcpu");
  printf("found %d %d %d %d\n", gettime != 0, getday != 0, gettime_seconds != 0, cpu != 0);
  static const int clocks[] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_MONOTONIC_RAW, CLOCK_BOOTTIME};
  for (int i = 0; i < 4; i++) {
    struct timespec before, inside, after;
    syscall(SYS_clock_gettime, clocks[i], &before);
    int answer = gettime(clocks[i], &inside);
    syscall(SYS_clock_gettime, clocks[i], &after);
    printf("clock %d: %d %d %d\n", clocks[i], answer, ns(before) <= ns(inside), ns(inside) <= ns(after));
  }
  struct timespec spent;
  printf("others: %d", gettime(CLOCK_PROCESS_CPUTIME_ID, &spent));
  printf(" %d %d\n", ns(spent) > 0, gettime(99, &spent) != 0);
  struct timespec now;
  struct timeval day;
  struct timezone zone = {5, 6};
  syscall(SYS_clock_gettime, CLOCK_REALTIME, &now);
  printf("day: %d", getday(&day, &zone));
  long long passed = day.tv_sec * 1000000LL + day.tv_usec - ns(now) / 1000;
  printf(" %d, zone %d %d, none %d\n", passed >= 0 && passed < 10000000, zone.tz_minuteswest, zone.tz_dsttime, getday(0, 0));
  time_t seconds = 0, same = gettime_seconds(&seconds);
  printf("time: %d %d %d\n", same == seconds, seconds >= now.tv_sec, gettime_seconds(0) >= seconds);
  unsigned processor = 99, node = 99;
  printf("cpu: %d %d\n", cpu(&processor, &node, 0), processor < 99 && node < 99);
  puts("ok");
  return 0;
}
