// Asynchronous input and output: io_setup, io_submit, io_getevents, io_cancel, io_destroy.
// Build: gcc -static -O1 aio.c -o aio
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct request {
  uint64_t data;
  uint32_t key, rw_flags;
  uint16_t opcode;
  int16_t priority;
  uint32_t fd;
  uint64_t buffer, bytes;
  int64_t offset;
  uint64_t reserved;
  uint32_t flags, result_fd;
};

struct event {
  uint64_t data, object;
  int64_t result, more;
};

enum { READ, WRITE, FSYNC, FDSYNC, READV = 7, WRITEV = 8 };

static unsigned long context;
static struct event events[8];

static const char *why(long result) {
  static char text[32];
  if (result < 0) return strerror(errno);
  sprintf(text, "%ld", result);
  return text;
}

static long submit(struct request *one) { return syscall(SYS_io_submit, context, 1, &one); }

static void fetch(long least, long most) {
  struct timespec soon = {0, 1000000};
  long count = syscall(SYS_io_getevents, context, least, most, events, &soon);
  printf("%s events", why(count));
  for (int i = 0; i < count; i++) printf(": %d gave %ld", (int)events[i].data, (long)events[i].result);
  printf("\n");
}

int main(void) {
  setvbuf(stdout, NULL, _IONBF, 0);
  char name[] = "/tmp/aio-XXXXXX", buffer[64] = "";
  int fd = mkstemp(name), counter = eventfd(0, 0);
  unlink(name);
  printf("no room: %s\n", why(syscall(SYS_io_setup, 0, &context)));
  printf("too much room: %s\n", why(syscall(SYS_io_setup, -1, &context)));
  printf("nowhere: %s\n", why(syscall(SYS_io_setup, 4, NULL)));
  printf("set up: %s\n", why(syscall(SYS_io_setup, 4, &context)));
  printf("twice: %s\n", why(syscall(SYS_io_setup, 4, &context)));
  printf("a name: %d\n", context != 0);

  struct request write_one = {.data = 1, .opcode = WRITE, .fd = fd, .buffer = (uintptr_t) "hello, world", .bytes = 12};
  struct request read_one = {.data = 2, .opcode = READ, .fd = fd, .buffer = (uintptr_t)buffer, .bytes = 5, .offset = 7};
  read_one.flags = 1;
  read_one.result_fd = counter;
  struct iovec parts[] = {{buffer + 8, 2}, {buffer + 16, 3}};
  struct request read_parts = {.data = 3, .opcode = READV, .fd = fd, .buffer = (uintptr_t)parts, .bytes = 2};
  struct request *all[] = {&write_one, &read_one, &read_parts, NULL};
  printf("submitted: %s\n", why(syscall(SYS_io_submit, context, 4, all)));
  uint64_t told = 0;
  read(counter, &told, 8);
  printf("told %d\n", (int)told);
  fetch(1, 2);
  printf("its request: %d\n", events[1].object == (uintptr_t)&read_one);
  fetch(1, 8);
  fetch(1, 8);
  printf("%s %s %s\n", buffer, buffer + 8, buffer + 16);

  struct request sync_one = {.data = 4, .opcode = FSYNC, .fd = fd};
  printf("fsync: %s\n", why(submit(&sync_one)));
  // The system does this one later.
  syscall(SYS_io_getevents, context, 1, 1, events, NULL);
  printf("%d gave %d\n", (int)events[0].data, (int)events[0].result);
  read_one.flags = 0;
  read_one.offset = 100;
  printf("past the end: %s\n", why(submit(&read_one)));
  read_one.offset = 0;
  read_one.buffer = 16;
  printf("into nothing: %s\n", why(submit(&read_one)));
  fetch(0, 8);
  read_one.fd = 99;
  printf("no file: %s\n", why(submit(&read_one)));
  int writer = open("/dev/null", O_WRONLY);
  read_one.fd = writer;
  printf("not for reading: %s\n", why(submit(&read_one)));
  read_one.opcode = 77;
  printf("no such thing: %s\n", why(submit(&read_one)));
  write_one.reserved = 1;
  printf("reserved: %s\n", why(submit(&write_one)));
  printf("nothing: %s\n", why(syscall(SYS_io_submit, context, 0, NULL)));
  printf("less: %s\n", why(syscall(SYS_io_submit, context, -1, NULL)));
  printf("no list: %s\n", why(syscall(SYS_io_submit, context, 1, NULL)));
  printf("more than most: %s\n", why(syscall(SYS_io_getevents, context, 3, 2, events, NULL)));
  printf("cancelling nothing: %s\n", why(syscall(SYS_io_cancel, context, NULL, events)));
  printf("cancelling what is done: %s\n", why(syscall(SYS_io_cancel, context, &sync_one, events)));
  if (fork() == 0) {
    printf("a child: %s\n", why(syscall(SYS_io_getevents, context, 0, 1, events, NULL)));
    _exit(0);
  }
  wait(NULL);
  printf("destroyed: %s\n", why(syscall(SYS_io_destroy, context)));
  printf("again: %s\n", why(syscall(SYS_io_destroy, context)));
  printf("gone: %s\n", why(submit(&sync_one)));
  printf("ok\n");
}
