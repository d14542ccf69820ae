// What only root may do to a system, asked by somebody else and with mistakes: names, reboot, vhangup, unshare, sysfs.
// Build: gcc -static -O1 administration.c -o administration
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

static const char *outcome(long answer) {
  return answer == -1 ? strerror(errno) : "done";
}

int main(void) {
  if (getuid() == 0 && setresuid(65534, 65534, 65534) != 0) return 1;
  printf("setdomainname: %s", outcome(setdomainname("example", 7)));
  printf(" %s\n", outcome(setdomainname("example", -1)));
  printf("reboot: %s", outcome(reboot(RB_ENABLE_CAD)));
  printf(" %s\n", outcome(reboot(12345)));
  printf("vhangup: %s\n", outcome(vhangup()));
  printf("unshare nothing: %s", outcome(unshare(0)));
  printf(", files: %s", outcome(unshare(CLONE_FILES | CLONE_FS)));
  printf(", host name: %s", outcome(unshare(CLONE_NEWUTS)));
  printf(", all: %s\n", outcome(unshare(-1)));

  char name[64] = {0};
  long count = syscall(SYS_sysfs, 3), proc = syscall(SYS_sysfs, 1, "proc");
  printf("sysfs: some %d, proc %d", count > 3, proc >= 0 && proc < count);
  printf(" %ld", syscall(SYS_sysfs, 2, proc, name));
  printf(" %s", name);
  printf(", no such name: %s", outcome(syscall(SYS_sysfs, 1, "none")));
  printf(", number: %s", outcome(syscall(SYS_sysfs, 2, count, name)));
  printf(", option: %s", outcome(syscall(SYS_sysfs, 4)));
  printf(", address: %s\n", outcome(syscall(SYS_sysfs, 1, 1)));

  struct utsname found;
  char domain[100] = {0};
  uname(&found);
  FILE *file = fopen("/proc/sys/kernel/domainname", "r");
  fgets(domain, sizeof domain, file);
  printf("the same domain: %d\n", strncmp(found.domainname, domain, strlen(found.domainname)) == 0);
  puts("ok");
  return 0;
}
