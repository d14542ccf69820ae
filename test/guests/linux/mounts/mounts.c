// Mounts that a program makes: memory, bound folders and files, flags, remounting, what is in use, refusals.
// Build: gcc -static -O1 mounts.c -o mounts
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *outcome(int result) { return result < 0 ? strerror(errno) : "done"; }

static int make(const char *name) {
  int fd = open(name, O_CREAT | O_WRONLY, 0644);
  if (fd >= 0) close(fd);
  return fd < 0 ? -1 : 0;
}

static void listed(const char *place) {
  FILE *file = fopen("/proc/mounts", "r");
  char line[1000], source[200], target[200], type[40], options[200];
  while (fgets(line, sizeof line, file)) {
    sscanf(line, "%199s %199s %39s %199s", source, target, type, options);
    if (strncmp(target, place, strlen(place)) == 0)
      printf("listed: %s %s %s, read-only %d, nosuid %d\n", source, target + strlen(place), type,
             strncmp(options, "ro", 2) == 0, strstr(options, "nosuid") != 0);
  }
  fclose(file);
}

int main(void) {
  char place[] = "/tmp/mounts-XXXXXX";
  mkdtemp(place);
  chdir(place);
  mkdir("m", 0755);
  mkdir("bound", 0755);
  mkdir("source", 0755);
  make("source/inside");
  make("m/below");
  make("target");
  if (geteuid() != 0 || mount("memory", "m", "tmpfs", MS_NOSUID, "mode=711") < 0) {
    printf("only for root: %s\nok\n", strerror(errno));
    return 0;
  }
  struct stat status;
  stat("m", &status);
  printf("memory: %o, below is hidden: %s\n", status.st_mode & 07777, outcome(access("m/below", F_OK)));
  printf("made: %s", outcome(make("m/file")));
  printf(", linked out: %s", outcome(link("m/file", "out")));
  printf(", moved out: %s\n", outcome(rename("m/file", "out")));
  listed(place);
  printf("parent: %s", outcome(chdir("m/..")));
  char here[200];
  printf(" %d\n", strcmp(getcwd(here, sizeof here), place));
  printf("busy: %s", outcome(rmdir("m")));
  int fd = open("m/file", O_RDONLY);
  printf(", %s\n", outcome(umount("m")));
  printf("read-only: %s", outcome(mount(0, "m", 0, MS_REMOUNT | MS_RDONLY, 0)));
  printf(", %s", outcome(make("m/other")));
  printf(", %s", outcome(open("m/file", O_WRONLY)));
  printf(", %s", outcome(unlink("m/file")));
  printf(", %s", outcome(mkdir("m/folder", 0700)));
  printf(", %s\n", outcome(chmod("m/file", 0600)));
  struct statvfs volume;
  statvfs("m", &volume);
  printf("flags: %lx\n", volume.f_flag & (ST_RDONLY | ST_NOSUID));
  listed(place);
  printf("writable: %s", outcome(mount(0, "m", 0, MS_REMOUNT, 0)));
  printf(", %s\n", outcome(make("m/other")));
  close(fd);
  printf("away: %s", outcome(umount("m")));
  printf(", %s", outcome(access("m/below", F_OK)));
  printf(", again: %s\n", outcome(umount("m")));

  printf("bound: %s", outcome(mount("source", "bound", 0, MS_BIND, 0)));
  printf(", %s", outcome(make("bound/new")));
  printf(", %s\n", outcome(access("source/new", F_OK)));
  printf("a file: %s", outcome(mount("source/inside", "target", 0, MS_BIND, 0)));
  fd = open("target", O_WRONLY);
  write(fd, "text", 4);
  close(fd);
  stat("source/inside", &status);
  printf(", %ld bytes\n", (long)status.st_size);
  printf("mixed: %s", outcome(mount("source", "target", 0, MS_BIND, 0)));
  printf(", no source: %s\n", outcome(mount("nothing", "bound", 0, MS_BIND, 0)));
  printf("away: %s", outcome(umount("bound")));
  printf(" %s", outcome(umount("target")));
  printf(", %s\n", outcome(access("bound/new", F_OK)));

  mount("memory", "m", "tmpfs", MS_NOEXEC, 0);
  fd = open("m/script", O_CREAT | O_WRONLY, 0755);
  write(fd, "#!/bin/sh\n", 10);
  close(fd);
  fflush(stdout);
  if (fork() == 0) {
    execl("m/script", "script", NULL);
    printf("no programs: %s", strerror(errno));
    printf(", %s\n", outcome(access("m/script", X_OK)));
    fflush(stdout);
    _exit(0);
  }
  wait(0);
  chdir("m");
  printf("in use: %s", outcome(umount2(place, 0)));
  chdir(place);
  chdir("m");
  char point[100];
  snprintf(point, sizeof point, "%s/m", place);
  printf(", %s", outcome(umount(point)));
  printf(", detached: %s", outcome(umount2(point, MNT_DETACH)));
  printf(", still here: %s\n", outcome(access("script", F_OK)));
  chdir(place);
  printf("unknown: %s", outcome(mount("x", "m", "nosuchfs", 0, 0)));
  printf(", nowhere: %s", outcome(mount("x", "none", "tmpfs", 0, 0)));
  printf(", on a file: %s", outcome(mount("x", "target", "tmpfs", 0, 0)));
  printf(", remount of nothing: %s", outcome(mount(0, "m", 0, MS_REMOUNT | MS_RDONLY, 0)));
  printf(", flags: %s\n", outcome(umount2("m", 99)));
  printf("proc: %s", outcome(mount("proc", "m", "proc", 0, 0)));
  printf(", %s", outcome(access("m/self/status", R_OK)));
  printf(", %s\n", outcome(umount("m")));
  fflush(stdout);
  if (fork() == 0) {
    setuid(1);
    printf("others: %s", outcome(mount("x", "/tmp", "tmpfs", 0, 0)));
    printf(", %s\n", outcome(umount("/proc")));
    fflush(stdout);
    _exit(0);
  }
  wait(0);
  unlink("m/below");
  unlink("source/inside");
  unlink("source/new");
  unlink("target");
  rmdir("m");
  rmdir("bound");
  rmdir("source");
  chdir("/");
  printf("clean: %s\n", outcome(rmdir(place)));
  puts("ok");
  return 0;
}
