/**
 * One running Linux (lxcore calls it an instance): what it acts on, and everything it remembers. What it remembers is
 * plain data in `kernel.state.providers`, because snapshots copy and restores replace it: never keep a record across
 * calls, look it up again.
 */

import type { Host } from '../../base/host.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { PicoRoutines } from '../../kernel/ps/pico.ts';
import type { EpollSet } from './files/epoll.ts';
import type { EventCounter } from './files/eventCounter.ts';
import type { Superblock } from './files/inode.ts';
import type { LeaseState } from './files/leases.ts';
import type { LockState } from './files/locks.ts';
import type { Watcher } from './files/watches.ts';
import type { PseudoTerminal } from './files/pseudoTerminal.ts';
import type { OpenFile } from './files/openFile.ts';
import type { Pipe } from './files/pipe.ts';
import type { ProcessFile } from './files/processFile.ts';
import type { SignalFile } from './files/signalFile.ts';
import type { StreamState } from './files/streams.ts';
import type { TimerFile } from './files/timerFile.ts';
import type { PosixQueueState } from './ipc/queueFile.ts';
import type { IpcState } from './ipc/state.ts';
import type { FutexWaiter } from './process/futex.ts';
import type { Zombie } from './process/zombie.ts';
import type { Socket } from './sockets/socket.ts';
import type { Adjustment } from './process/adjustment.ts';
import type { Row } from './syscalls/row.ts';
import type { Task } from './task.ts';
import type { Extending, RunningExtension } from './syscalls/extend.ts';

/** A folder of the host that the guest sees. */
export interface MountOption {
  readonly guest: string;
  readonly host: string;
  /** `overlay`: the guest may write, the host keeps what it has; changes live in the machine. */
  readonly mode: 'ro' | 'overlay' | 'rw';
}

export interface LinuxLimits {
  /** Processes, zombies among them: where a fork bomb ends. */
  readonly processes: number;
  readonly threads: number;
  /** Highest descriptor plus one that a process may ask for. */
  readonly openFiles: number;
  readonly sockets: number;
  /** Bytes that all sockets together may hold unread. */
  readonly socketBytes: number;
  /** Bytes that one process may commit: mmap and brk beyond answer ENOMEM. */
  readonly memory: number;
}

export interface LinuxOptions {
  readonly host: Host;
  readonly mounts?: readonly MountOption[];
  readonly limits?: Partial<LinuxLimits>;
  readonly hostname?: string;
  readonly uid?: number;
  readonly gid?: number;
  /** Names are told apart by case, as `case=force` of WSL's DrvFs does; true unless given. */
  readonly caseSensitive?: boolean | undefined;
  /** Standard streams are a terminal, /dev/pts/0, whose other side is the host's console, instead of pipes. */
  readonly terminal?: boolean | undefined;
  /** Sentences for the person who runs the machine, such as a system call that is missing or a limit that was met. */
  readonly log?: (sentence: string) => void;
  /** Handlers of a user's in place of some of the provider's own. */
  readonly extend?: Extending | undefined;
}

const DEFAULT_LIMITS: LinuxLimits = {
  processes: 256,
  threads: 1024,
  openFiles: 1024,
  sockets: 4096,
  socketBytes: 64 * 1024 * 1024,
  memory: Number.POSITIVE_INFINITY,
};

/** Bytes that one read or write moves at a time between files and guest memory. */
export const TRANSFER_SIZE = 0x1_0000;

/** The instance while it runs: what it may call, and room to work in. Nothing here is remembered of the guest. */
export interface Linux {
  readonly kernel: Kernel;
  readonly host: Host;
  readonly options: LinuxOptions;
  readonly limits: LinuxLimits;
  routines: PicoRoutines;
  /** By number: the provider's own rows, or those of an extension in their places. */
  table: readonly (Row | undefined)[];
  extension: RunningExtension | undefined;
  /** Bytes on their way between files and guest memory; contents mean nothing between calls. */
  readonly transfer: Uint8Array;
  /** The task that is being served, refilled at every entry so that a system call allocates nothing. */
  readonly current: Task;
}

/** What sockets share. */
export interface Network {
  /** Bytes that sockets hold unread. */
  queued: number;
  /** The last port of those given in turn, and the last abstract name. */
  nextPort: number;
  nextName: number;
  /** Files in flight that nobody takes any more; empty between calls. */
  orphans: number[];
}

export interface LinuxState {
  superblocks: Map<number, Superblock>;
  /** Root inode of what is mounted on a directory inode. */
  mounts: Map<number, number>;
  files: Map<number, OpenFile>;
  pipes: Map<number, Pipe>;
  sockets: Map<number, Socket>;
  network: Network;
  counters: Map<number, EventCounter>;
  epolls: Map<number, EpollSet>;
  locks: LockState;
  leases: LeaseState;
  /** Open files with O_ASYNC, and the descriptors by which they got it. */
  asynchronous: Map<number, number>;
  watchers: Map<number, Watcher>;
  ptys: Map<number, PseudoTerminal>;
  timerFiles: Map<number, TimerFile>;
  signalFiles: Map<number, SignalFile>;
  processFiles: Map<number, ProcessFile>;
  /** Waiters by futex word, first come first served. */
  futexes: Map<string, FutexWaiter[]>;
  zombies: Map<number, Zombie>;
  ipc: IpcState;
  posixQueues: PosixQueueState;
  streams: StreamState;
  root: number;
  /** Section with the vDSO, or 0 before the first program. */
  vdso: number;
  /** File system that pipes and other files without a name live in. */
  anonymous: number;
  nextId: number;
  hostname: string;
  domainname: string;
  /** What adjtimex(2) was told. */
  adjustment: Adjustment;
  /** Things that were said once and need not be said again. */
  said: Set<string>;
}

export function resolveLimits(options: LinuxOptions): LinuxLimits {
  return { ...DEFAULT_LIMITS, ...options.limits };
}

/** The provider's state as it is now. */
export function stateOf(linux: Linux): LinuxState {
  return linux.kernel.state.providers.get('linux') as LinuxState;
}

/** A fresh id for open files, pipes and the like: one space for all. */
export function takeId(linux: Linux): number {
  return stateOf(linux).nextId++;
}

/** Tells the person running the machine, once per sentence. */
export function sayOnce(linux: Linux, sentence: string): void {
  const { said } = stateOf(linux);
  if (said.has(sentence)) return;
  said.add(sentence);
  linux.options.log?.(sentence);
}
