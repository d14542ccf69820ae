/** Making and ending processes: linux/sched.h, linux/wait.h, asm/prctl.h, asm-generic/resource.h. */

import type { FlagNames } from './flagNames.ts';

export const CSIGNAL = 0xff;
export const CLONE_VM = 0x100;
export const CLONE_FS = 0x200;
export const CLONE_FILES = 0x400;
export const CLONE_SIGHAND = 0x800;
export const CLONE_PIDFD = 0x1000;
export const CLONE_VFORK = 0x4000;
export const CLONE_PARENT = 0x8000;
export const CLONE_THREAD = 0x1_0000;
export const CLONE_SYSVSEM = 0x4_0000;
export const CLONE_SETTLS = 0x8_0000;
export const CLONE_PARENT_SETTID = 0x10_0000;
export const CLONE_CHILD_CLEARTID = 0x20_0000;
export const CLONE_DETACHED = 0x40_0000;
export const CLONE_CHILD_SETTID = 0x100_0000;
/** CLONE_CLEAR_SIGHAND, 1 << 32, in the upper half of the flags of clone3(2). */
export const CLONE_CLEAR_SIGHAND_HIGH = 1;
/** Namespaces, cgroups and tracing: what this provider refuses. */
export const CLONE_REFUSED = 0x7e02_0000;
export const CLONE_FLAGS: FlagNames = [
  [CLONE_VM, 'CLONE_VM'],
  [CLONE_FS, 'CLONE_FS'],
  [CLONE_FILES, 'CLONE_FILES'],
  [CLONE_SIGHAND, 'CLONE_SIGHAND'],
  [CLONE_PIDFD, 'CLONE_PIDFD'],
  [0x2000, 'CLONE_PTRACE'],
  [CLONE_VFORK, 'CLONE_VFORK'],
  [CLONE_PARENT, 'CLONE_PARENT'],
  [CLONE_THREAD, 'CLONE_THREAD'],
  [0x2_0000, 'CLONE_NEWNS'],
  [CLONE_SYSVSEM, 'CLONE_SYSVSEM'],
  [CLONE_SETTLS, 'CLONE_SETTLS'],
  [CLONE_PARENT_SETTID, 'CLONE_PARENT_SETTID'],
  [CLONE_CHILD_CLEARTID, 'CLONE_CHILD_CLEARTID'],
  [CLONE_DETACHED, 'CLONE_DETACHED'],
  [0x80_0000, 'CLONE_UNTRACED'],
  [CLONE_CHILD_SETTID, 'CLONE_CHILD_SETTID'],
];

export const WNOHANG = 1;
export const WUNTRACED = 2;
export const WEXITED = 4;
export const WCONTINUED = 8;
export const WNOWAIT = 0x0100_0000;
export const WNOTHREAD = 0x2000_0000;
export const WALL = 0x4000_0000;
export const WCLONE = 0x8000_0000;
export const WAIT_FLAGS: FlagNames = [
  [WNOHANG, 'WNOHANG'],
  [WUNTRACED, 'WUNTRACED'],
  [WEXITED, 'WEXITED'],
  [WCONTINUED, 'WCONTINUED'],
  [WNOWAIT, 'WNOWAIT'],
  [WNOTHREAD, '__WNOTHREAD'],
  [WALL, '__WALL'],
  [WCLONE, '__WCLONE'],
];
export const P_ALL = 0;
export const P_PID = 1;
export const P_PGID = 2;
export const P_PIDFD = 3;
export const WAIT_ID_TYPES: FlagNames = [
  [P_ALL, 'P_ALL'],
  [P_PID, 'P_PID'],
  [P_PGID, 'P_PGID'],
  [P_PIDFD, 'P_PIDFD'],
];

/** Wait statuses (bits/waitstatus.h). */
export const CORE_DUMPED = 0x80;
export const CONTINUED_STATUS = 0xffff;

export function exitedStatus(code: number): number {
  return (code & 0xff) << 8;
}

export function stoppedStatus(signal: number): number {
  return (signal << 8) | 0x7f;
}

export const ARCH_SET_GS = 0x1001;
export const ARCH_SET_FS = 0x1002;
export const ARCH_GET_FS = 0x1003;
export const ARCH_GET_GS = 0x1004;
export const ARCH_PRCTL_CODES: FlagNames = [
  [ARCH_SET_GS, 'ARCH_SET_GS'],
  [ARCH_SET_FS, 'ARCH_SET_FS'],
  [ARCH_GET_FS, 'ARCH_GET_FS'],
  [ARCH_GET_GS, 'ARCH_GET_GS'],
];

export const RLIMIT_CPU = 0;
export const RLIMIT_FSIZE = 1;
export const RLIMIT_DATA = 2;
export const RLIMIT_STACK = 3;
export const RLIMIT_CORE = 4;
export const RLIMIT_RSS = 5;
export const RLIMIT_NPROC = 6;
export const RLIMIT_NOFILE = 7;
export const RLIMIT_MEMLOCK = 8;
export const RLIMIT_AS = 9;
export const RLIMIT_SIGPENDING = 11;
export const RLIMIT_MSGQUEUE = 12;
export const RLIMIT_NICE = 13;
export const RLIMIT_RTPRIO = 14;
export const RLIM_NLIMITS = 16;
/** All ones in a `struct rlimit`; Infinity inside the provider. */
export const RLIM_INFINITY = Number.POSITIVE_INFINITY;
export const RLIMIT_NAMES: FlagNames = [
  [RLIMIT_CPU, 'RLIMIT_CPU'],
  [RLIMIT_FSIZE, 'RLIMIT_FSIZE'],
  [RLIMIT_DATA, 'RLIMIT_DATA'],
  [RLIMIT_STACK, 'RLIMIT_STACK'],
  [RLIMIT_CORE, 'RLIMIT_CORE'],
  [RLIMIT_RSS, 'RLIMIT_RSS'],
  [RLIMIT_NPROC, 'RLIMIT_NPROC'],
  [RLIMIT_NOFILE, 'RLIMIT_NOFILE'],
  [RLIMIT_MEMLOCK, 'RLIMIT_MEMLOCK'],
  [RLIMIT_AS, 'RLIMIT_AS'],
  [10, 'RLIMIT_LOCKS'],
  [RLIMIT_SIGPENDING, 'RLIMIT_SIGPENDING'],
  [RLIMIT_MSGQUEUE, 'RLIMIT_MSGQUEUE'],
  [RLIMIT_NICE, 'RLIMIT_NICE'],
  [RLIMIT_RTPRIO, 'RLIMIT_RTPRIO'],
  [15, 'RLIMIT_RTTIME'],
];

export const RUSAGE_SELF = 0;
export const RUSAGE_CHILDREN = -1;
export const RUSAGE_THREAD = 1;
export const RUSAGE_NAMES: FlagNames = [
  [RUSAGE_SELF, 'RUSAGE_SELF'],
  [RUSAGE_CHILDREN, 'RUSAGE_CHILDREN'],
  [RUSAGE_THREAD, 'RUSAGE_THREAD'],
];

/** Clock ticks a second that times(2) and /proc count in. */
export const USER_HZ = 100;
