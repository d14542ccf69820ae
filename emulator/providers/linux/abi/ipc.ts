/** System V IPC: linux/ipc.h, linux/shm.h, linux/sem.h, linux/msg.h, and their limits (proc_sys_kernel(5)). */

import type { FlagNames } from './flagNames.ts';

export const IPC_PRIVATE = 0;
export const IPC_CREAT = 0o1000;
export const IPC_EXCL = 0o2000;
export const IPC_NOWAIT = 0o4000;
export const IPC_GET_FLAGS: FlagNames = [
  [IPC_CREAT, 'IPC_CREAT'],
  [IPC_EXCL, 'IPC_EXCL'],
];

export const IPC_RMID = 0;
export const IPC_SET = 1;
export const IPC_STAT = 2;
export const IPC_INFO = 3;
const COMMON_COMMANDS: FlagNames = [
  [IPC_RMID, 'IPC_RMID'],
  [IPC_SET, 'IPC_SET'],
  [IPC_STAT, 'IPC_STAT'],
  [IPC_INFO, 'IPC_INFO'],
];

export const SHM_RDONLY = 0o10000;
export const SHM_RND = 0o20000;
export const SHM_REMAP = 0o40000;
export const SHM_EXEC = 0o100000;
export const SHM_FLAGS: FlagNames = [
  [SHM_RDONLY, 'SHM_RDONLY'],
  [SHM_RND, 'SHM_RND'],
  [SHM_REMAP, 'SHM_REMAP'],
  [SHM_EXEC, 'SHM_EXEC'],
];
export const SHM_HUGETLB = 0o4000;
/** Bits of `shm_perm.mode` beside the permissions. */
export const SHM_DEST = 0o1000;
export const SHM_LOCKED = 0o2000;
export const SHM_LOCK = 11;
export const SHM_UNLOCK = 12;
export const SHM_STAT = 13;
export const SHM_INFO = 14;
export const SHM_STAT_ANY = 15;
export const SHMCTL_COMMANDS: FlagNames = [
  ...COMMON_COMMANDS,
  [SHM_LOCK, 'SHM_LOCK'],
  [SHM_UNLOCK, 'SHM_UNLOCK'],
  [SHM_STAT, 'SHM_STAT'],
  [SHM_INFO, 'SHM_INFO'],
  [SHM_STAT_ANY, 'SHM_STAT_ANY'],
];
/** ULONG_MAX - (1 << 24): more than any machine has. */
export const SHMMAX = 18_446_744_073_692_774_399n;
export const SHMMNI = 4096;

export const SEM_UNDO = 0x1000;
export const GETPID = 11;
export const GETVAL = 12;
export const GETALL = 13;
export const GETNCNT = 14;
export const GETZCNT = 15;
export const SETVAL = 16;
export const SETALL = 17;
export const SEM_STAT = 18;
export const SEM_INFO = 19;
export const SEM_STAT_ANY = 20;
export const SEMCTL_COMMANDS: FlagNames = [
  ...COMMON_COMMANDS,
  [GETPID, 'GETPID'],
  [GETVAL, 'GETVAL'],
  [GETALL, 'GETALL'],
  [GETNCNT, 'GETNCNT'],
  [GETZCNT, 'GETZCNT'],
  [SETVAL, 'SETVAL'],
  [SETALL, 'SETALL'],
  [SEM_STAT, 'SEM_STAT'],
  [SEM_INFO, 'SEM_INFO'],
  [SEM_STAT_ANY, 'SEM_STAT_ANY'],
];
export const SEMMSL = 32_000;
export const SEMMNS = 1_024_000_000;
export const SEMOPM = 500;
export const SEMMNI = 32_000;
export const SEMVMX = 32_767;

export const MSG_NOERROR = 0o10000;
export const MSG_EXCEPT = 0o20000;
export const MSG_COPY = 0o40000;
export const MSG_FLAGS: FlagNames = [
  [IPC_NOWAIT, 'IPC_NOWAIT'],
  [MSG_NOERROR, 'MSG_NOERROR'],
  [MSG_EXCEPT, 'MSG_EXCEPT'],
  [MSG_COPY, 'MSG_COPY'],
];
export const MSG_STAT = 11;
export const MSG_INFO = 12;
export const MSG_STAT_ANY = 13;
export const MSGCTL_COMMANDS: FlagNames = [
  ...COMMON_COMMANDS,
  [MSG_STAT, 'MSG_STAT'],
  [MSG_INFO, 'MSG_INFO'],
  [MSG_STAT_ANY, 'MSG_STAT_ANY'],
];
export const MSGMAX = 8192;
export const MSGMNB = 16_384;
export const MSGMNI = 32_000;
