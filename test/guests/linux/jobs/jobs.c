// Process groups, sessions, orphans, and who may be waited for.
// Build: gcc -static -O1 jobs.c -o jobs
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
  setvbuf(stdout, 0, _IOLBF, 0);
  int fds[2];
  pipe(fds);
  pid_t child = fork();
  if (child == 0) {
    if (fork() == 0) {
      usleep(20000);
      dprintf(fds[1], "orphan has another parent: %d\n", getppid() != 0);
      _exit(0);
    }
    _exit(0);
  }
  waitpid(child, 0, 0);
  char text[100] = {0};
  read(fds[0], text, 99);
  fputs(text, stdout);

  pid_t group = 0;
  for (int i = 0; i < 3; i++) {
    pid_t member = fork();
    if (member == 0) {
      setpgid(0, group);
      for (;;) pause();
    }
    setpgid(member, group ? group : member);
    if (!group) group = member;
  }
  printf("own group differs: %d\n", getpgrp() != group);
  printf("kill the group: %d\n", kill(-group, SIGTERM));
  int status, count = 0;
  while (waitpid(-group, &status, 0) > 0) count += WTERMSIG(status) == SIGTERM;
  printf("%d ended by it, %s\n", count, strerror(errno));
  printf("gone: %d %s\n", kill(-group, 0), strerror(errno));

  child = fork();
  if (child == 0) {
    pid_t session = setsid();
    int good = session == getpid() && getpgrp() == session && getsid(0) == session;
    _exit(good + 2 * (setsid() == -1));
  }
  waitpid(child, &status, 0);
  printf("session: %d\n", WEXITSTATUS(status));
  signal(SIGCHLD, SIG_IGN);
  if (fork() == 0) _exit(0);
  printf("ignored children leave nothing: %d %s\n", wait(&status), strerror(errno));
  puts("ok");
  return 0;
}
