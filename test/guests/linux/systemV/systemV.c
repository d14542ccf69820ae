// System V shared memory, semaphores and message queues.
// Build: gcc -static -O1 systemV.c -o systemV
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int said(long result) { return result < 0 ? -errno : result > 0; }
static void show(const char *what, long result) {
  int value = said(result);
  printf("%s: %d\n", what, value);
}
static void nap(void) { usleep(200000); }

static void memory(void) {
  key_t key = 0x70690000 + (getpid() & 0xffff);
  show("no key", shmget(key, 4096, 0600));
  int id = shmget(key, 5000, IPC_CREAT | IPC_EXCL | 0640);
  show("again exclusively", shmget(key, 5000, IPC_CREAT | IPC_EXCL | 0640));
  show("too large", shmget(key, 9000, 0));
  show("empty", shmget(IPC_PRIVATE, 0, 0600));
  printf("the same: %d\n", shmget(key, 100, 0) == id);
  char *at = shmat(id, 0, 0);
  char *readable = shmat(id, 0, SHM_RDONLY);
  strcpy(at, "shared");
  printf("seen twice: %s\n", readable);
  show("attach nowhere", (long)shmat(id, (void *)1, 0));
  struct shmid_ds status;
  show("stat", shmctl(id, IPC_STAT, &status));
  printf("size %zu, attached %lu, mode %o, creator %d\n", status.shm_segsz, (unsigned long)status.shm_nattch,
         status.shm_perm.mode, status.shm_cpid == getpid());
  if (fork() == 0) {
    strcpy(at, "from the child");
    shmctl(id, IPC_STAT, &status);
    printf("attached in both: %lu\n", (unsigned long)status.shm_nattch);
    fflush(stdout);
    show("detach", shmdt(at));
    show("detach again", shmdt(at));
    fflush(stdout);
    _exit(0);
  }
  wait(0);
  printf("%s\n", at);
  shmctl(id, IPC_STAT, &status);
  printf("attached: %lu\n", (unsigned long)status.shm_nattch);
  show("remove", shmctl(id, IPC_RMID, 0));
  show("by its key", shmget(key, 100, 0));
  show("stat of the doomed", shmctl(id, IPC_STAT, &status));
  printf("doomed: %d\n", (status.shm_perm.mode & SHM_DEST) != 0);
  show("detach", shmdt(at));
  show("detach the other", shmdt(readable));
  show("stat of nothing", shmctl(id, IPC_STAT, &status));
}

union semun { int val; struct semid_ds *buf; unsigned short *array; };

static void semaphores(void) {
  int id = semget(IPC_PRIVATE, 3, 0600);
  union semun argument = {.val = 5};
  show("set", semctl(id, 0, SETVAL, argument));
  argument.val = 40000;
  show("set too high", semctl(id, 0, SETVAL, argument));
  show("no such semaphore", semctl(id, 7, GETVAL));
  struct sembuf both[2] = {{0, -2, 0}, {1, 1, 0}};
  show("two at once", semop(id, both, 2));
  printf("values %d %d, pid %d\n", semctl(id, 0, GETVAL), semctl(id, 1, GETVAL), semctl(id, 1, GETPID) == getpid());
  struct sembuf never[2] = {{1, 1, 0}, {0, -100, IPC_NOWAIT}};
  show("not now", semop(id, never, 2));
  printf("nothing changed: %d\n", semctl(id, 1, GETVAL));
  struct sembuf wrong = {9, 1, 0};
  show("out of range", semop(id, &wrong, 1));
  show("none", semop(id, &wrong, 0));
  struct timespec soon = {0, 10000000};
  struct sembuf take = {2, -1, 0};
  show("timed", semtimedop(id, &take, 1, &soon));
  pid_t child = fork();
  if (child == 0) {
    struct sembuf undone = {0, 10, SEM_UNDO};
    semop(id, &undone, 1);
    struct sembuf wait = {2, -1, 0};
    _exit(semop(id, &wait, 1) == 0 ? 7 : 1);
  }
  while (semctl(id, 2, GETNCNT) == 0) usleep(1000);
  printf("waiting: %d, for zero: %d, value %d\n", semctl(id, 2, GETNCNT), semctl(id, 2, GETZCNT), semctl(id, 0, GETVAL));
  struct sembuf give = {2, 1, 0};
  semop(id, &give, 1);
  int status;
  wait(&status);
  printf("child: %d, undone: %d\n", WEXITSTATUS(status), semctl(id, 0, GETVAL));
  unsigned short all[3] = {1, 2, 3};
  argument.array = all;
  show("set all", semctl(id, 0, SETALL, argument));
  memset(all, 0, sizeof all);
  semctl(id, 0, GETALL, argument);
  printf("all: %d %d %d\n", all[0], all[1], all[2]);
  struct semid_ds ds;
  argument.buf = &ds;
  semctl(id, 0, IPC_STAT, argument);
  printf("semaphores: %lu\n", (unsigned long)ds.sem_nsems);
  if (fork() == 0) {
    struct sembuf zero = {1, 0, 0};
    int result = semop(id, &zero, 1);
    _exit(result == 0 ? 1 : errno == EIDRM ? 9 : 2);
  }
  while (semctl(id, 1, GETZCNT) == 0) usleep(1000);
  show("remove", semctl(id, 0, IPC_RMID));
  wait(&status);
  printf("removed under it: %d\n", WEXITSTATUS(status));
}

static void onAlarm(int signal) { (void)signal; }

static void messages(void) {
  struct { long type; char text[64]; } message = {3, "three"};
  int id = msgget(IPC_PRIVATE, 0600);
  show("send", msgsnd(id, &message, 6, 0));
  message.type = 0;
  show("type 0", msgsnd(id, &message, 6, 0));
  message.type = 1;
  strcpy(message.text, "one, and longer");
  show("send", msgsnd(id, &message, 16, 0));
  message.type = 2;
  strcpy(message.text, "two");
  show("send", msgsnd(id, &message, 4, 0));
  struct msqid_ds status;
  msgctl(id, IPC_STAT, &status);
  printf("messages %lu, bytes at most %lu\n", (unsigned long)status.msg_qnum, (unsigned long)status.msg_qbytes);
  show("no such type", msgrcv(id, &message, 64, 9, IPC_NOWAIT));
  show("too long", msgrcv(id, &message, 4, 1, 0));
  printf("cut: %zd\n", msgrcv(id, &message, 4, 1, MSG_NOERROR));
  printf("lowest: %zd %ld %s\n", msgrcv(id, &message, 64, -5, 0), message.type, message.text);
  printf("except: %zd %ld %s\n", msgrcv(id, &message, 64, 2, MSG_EXCEPT), message.type, message.text);
  show("empty", msgrcv(id, &message, 64, 0, IPC_NOWAIT));
  int status2;
  if (fork() == 0) {
    ssize_t got = msgrcv(id, &message, 64, 0, 0);
    printf("child got %zd: %s\n", got, message.text);
    fflush(stdout);
    got = msgrcv(id, &message, 64, 0, 0);
    _exit(errno == EIDRM ? 4 : 1);
  }
  nap();
  message.type = 8;
  strcpy(message.text, "hello");
  msgsnd(id, &message, 6, 0);
  nap();
  signal(SIGALRM, onAlarm);
  msgctl(id, IPC_STAT, &status);
  status.msg_qbytes = 20;
  show("smaller", msgctl(id, IPC_SET, &status));
  message.type = 99;
  show("full", msgsnd(id, &message, 64, IPC_NOWAIT));
  struct sigaction action = {.sa_handler = onAlarm, .sa_flags = SA_RESTART};
  sigaction(SIGALRM, &action, 0);
  alarm(1);
  show("interrupted", msgsnd(id, &message, 64, 0));
  show("remove", msgctl(id, IPC_RMID, 0));
  wait(&status2);
  printf("removed under it: %d\n", WEXITSTATUS(status2));
  show("gone", msgctl(id, IPC_STAT, &status));
}

int main(void) {
  setvbuf(stdout, 0, _IOLBF, 0);
  memory();
  semaphores();
  messages();
  puts("ok");
}
