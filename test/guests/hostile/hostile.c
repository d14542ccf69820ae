// What badly behaved programs do; the first argument says which. Build: musl-gcc -static -O0 hostile.c -o hostile
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int deeper(int depth) {
  volatile char room[4096];
  room[0] = depth;
  return deeper(depth + 1) + room[0];
}

// Says what a name leads to, if that is the secret beside the mount.
static void tell(const char *name) {
  char bytes[64] = "";
  int file = open(name, O_RDWR);
  if (file < 0) file = open(name, O_RDONLY);
  if (file < 0) return;
  int count = read(file, bytes, sizeof bytes - 1);
  if (count > 0 && strstr(bytes, "secret")) printf("%s: %s\n", name, bytes);
  if (write(file, "stolen", 6) == 6 && strstr(bytes, "secret")) printf("%s was written\n", name);
  close(file);
}

// Every way out of /mnt that is known to have worked somewhere. /mnt/out leads to the secret's folder on the host.
static void escape(const char *outside) {
  static const char *const names[] = {
      "/mnt/../secret/key",  "/mnt/out/key",       "/mnt/key",          "/mnt/absolute",
      "/mnt/./sub/../../secret/key", "/proc/self/root/mnt/out/key", "/proc/self/cwd/../secret/key", "out/key",
      "/proc/self/fd/9/../secret/key", "//mnt//out//key"};
  char name[4096];
  chdir("/mnt");
  dup2(open("/mnt", O_RDONLY | O_DIRECTORY), 9);
  for (unsigned i = 0; i < sizeof names / sizeof *names; i++) tell(names[i]);
  snprintf(name, sizeof name, "%s/key", outside);
  tell(name);
  snprintf(name, sizeof name, "/proc/self/root%s/key", outside);
  tell(name);
  link("/mnt/key", "/mnt/hard"), tell("/mnt/hard");
  link("/mnt/out/key", "/mnt/hard2"), tell("/mnt/hard2");
  rename("/mnt/out", "/mnt/sub/out"), tell("/mnt/sub/out/key");
  mkdir("/mnt/out/made", 0755), rename("/mnt/file", "/mnt/out/file"), unlink("/mnt/out/key");
  symlink(outside, "/mnt/mine"), tell("/mnt/mine/key");
  chroot("/mnt/sub"), chdir("../../../.."), tell("secret/key"), tell("../secret/key");
  puts("done");
}

// A folder and a link out of the mount change places while another process opens what is below.
static void race(const char *outside) {
  mkdir("/mnt/folder", 0755), symlink(outside, "/mnt/link");
  close(open("/mnt/folder/key", O_CREAT | O_WRONLY, 0644));
  if (fork() == 0)
    for (int i = 0; i < 300; i++) {
      rename("/mnt/folder", "/mnt/third"), rename("/mnt/link", "/mnt/folder");
      rename("/mnt/folder", "/mnt/link"), rename("/mnt/third", "/mnt/folder");
    }
  else
    for (int i = 0; i < 1000; i++) tell("/mnt/folder/key"), tell("/mnt/link/key");
  puts("done");
}

int main(int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : "";
  if (!strcmp(what, "jump")) ((void (*)(void))0xdeadbeef000)();
  if (!strcmp(what, "read")) return *(volatile char *)0x10;
  if (!strcmp(what, "constant")) *(volatile char *)what = 0, *(volatile char *)"text" = 0;
  if (!strcmp(what, "stack")) return deeper(0);
  if (!strcmp(what, "divide")) { volatile int zero = argc - 2; return 7 / zero; }
  if (!strcmp(what, "invalid")) __asm__("ud2");
  if (!strcmp(what, "privileged")) __asm__("hlt");
  if (!strcmp(what, "forks")) for (;;) if (fork() < 0) _exit(9);
  if (!strcmp(what, "memory"))
    for (;;) {
      char *more = malloc(1 << 20);
      if (!more) _exit(9);
      memset(more, 1, 1 << 20);
    }
  if (!strcmp(what, "descriptors")) {
    int count = 0;
    while (dup(0) >= 0) count++;
    printf("%d\n", count);
  }
  if (!strcmp(what, "loop")) for (;;);
  if (!strcmp(what, "output")) {
    static char block[1 << 16];
    memset(block, 'y', sizeof block);
    for (;;) write(1, block, sizeof block);
  }
  if (!strcmp(what, "huge")) {
    int file = open("/tmp/huge", O_CREAT | O_RDWR, 0644);
    static char block[1 << 20];
    long written = 0, count;
    while ((count = write(file, block, sizeof block)) > 0) written += count;
    perror("write");
  }
  if (!strcmp(what, "escape")) escape(argv[2]);
  if (!strcmp(what, "race")) race(argv[2]);
  return 0;
}
