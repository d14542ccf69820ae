/** Signals: asm/signal.h, asm-generic/siginfo.h. */

import type { FlagNames } from './flagNames.ts';

export const SIGHUP = 1;
export const SIGINT = 2;
export const SIGQUIT = 3;
export const SIGILL = 4;
export const SIGTRAP = 5;
export const SIGABRT = 6;
export const SIGBUS = 7;
export const SIGFPE = 8;
export const SIGKILL = 9;
export const SIGUSR1 = 10;
export const SIGSEGV = 11;
export const SIGUSR2 = 12;
export const SIGPIPE = 13;
export const SIGALRM = 14;
export const SIGTERM = 15;
export const SIGSTKFLT = 16;
export const SIGCHLD = 17;
export const SIGCONT = 18;
export const SIGSTOP = 19;
export const SIGTSTP = 20;
export const SIGTTIN = 21;
export const SIGTTOU = 22;
export const SIGURG = 23;
export const SIGXCPU = 24;
export const SIGXFSZ = 25;
export const SIGVTALRM = 26;
export const SIGPROF = 27;
export const SIGWINCH = 28;
export const SIGIO = 29;
export const SIGPWR = 30;
export const SIGSYS = 31;
export const SIGRTMIN = 32;
export const SIGRTMAX = 64;

const NAMES = [
  '0',
  'SIGHUP',
  'SIGINT',
  'SIGQUIT',
  'SIGILL',
  'SIGTRAP',
  'SIGABRT',
  'SIGBUS',
  'SIGFPE',
  'SIGKILL',
  'SIGUSR1',
  'SIGSEGV',
  'SIGUSR2',
  'SIGPIPE',
  'SIGALRM',
  'SIGTERM',
  'SIGSTKFLT',
  'SIGCHLD',
  'SIGCONT',
  'SIGSTOP',
  'SIGTSTP',
  'SIGTTIN',
  'SIGTTOU',
  'SIGURG',
  'SIGXCPU',
  'SIGXFSZ',
  'SIGVTALRM',
  'SIGPROF',
  'SIGWINCH',
  'SIGIO',
  'SIGPWR',
  'SIGSYS',
] as const;

/** `SIGSEGV`, `SIGRT_3`, or the number. */
export function signalName(signal: number): string {
  if (signal >= 0 && signal < NAMES.length) return NAMES[signal];
  if (signal >= SIGRTMIN && signal <= SIGRTMAX) return `SIGRT_${signal - SIGRTMIN}`;
  return String(signal);
}

/** Special handlers. */
export const SIG_DFL = 0;
export const SIG_IGN = 1;

export const SA_NOCLDSTOP = 1;
export const SA_NOCLDWAIT = 2;
export const SA_SIGINFO = 4;
export const SA_RESTORER = 0x0400_0000;
export const SA_ONSTACK = 0x0800_0000;
export const SA_RESTART = 0x1000_0000;
export const SA_NODEFER = 0x4000_0000;
export const SA_RESETHAND = 0x8000_0000;
export const SA_FLAGS: FlagNames = [
  [SA_RESTORER, 'SA_RESTORER'],
  [SA_ONSTACK, 'SA_ONSTACK'],
  [SA_RESTART, 'SA_RESTART'],
  [SA_NODEFER, 'SA_NODEFER'],
  [SA_RESETHAND, 'SA_RESETHAND'],
  [SA_SIGINFO, 'SA_SIGINFO'],
  [SA_NOCLDSTOP, 'SA_NOCLDSTOP'],
  [SA_NOCLDWAIT, 'SA_NOCLDWAIT'],
];

export const SIG_BLOCK = 0;
export const SIG_UNBLOCK = 1;
export const SIG_SETMASK = 2;
export const SIGPROCMASK_NAMES: FlagNames = [
  [SIG_BLOCK, 'SIG_BLOCK'],
  [SIG_UNBLOCK, 'SIG_UNBLOCK'],
  [SIG_SETMASK, 'SIG_SETMASK'],
];

export const SS_ONSTACK = 1;
export const SS_DISABLE = 2;
export const SS_AUTODISARM = 0x8000_0000;
/** Smallest alternate stack; the kernel's AT_MINSIGSTKSZ without XSAVE is 1376 (sigaltstack(2)). */
export const MINSIGSTKSZ = 2048;

/** si_code */
export const SI_USER = 0;
export const SI_KERNEL = 0x80;
export const SI_QUEUE = -1;
export const SI_TIMER = -2;
export const SI_MESGQ = -3;
export const SI_TKILL = -6;
export const ILL_ILLOPN = 2;
export const FPE_INTDIV = 1;
export const FPE_FLTDIV = 3;
export const FPE_FLTOVF = 4;
export const FPE_FLTUND = 5;
export const FPE_FLTRES = 6;
export const FPE_FLTINV = 7;
export const SEGV_MAPERR = 1;
export const SEGV_ACCERR = 2;
export const BUS_ADRALN = 1;
export const BUS_ADRERR = 2;
export const TRAP_BRKPT = 1;
export const TRAP_TRACE = 2;
export const TRAP_HWBKPT = 4;
export const CLD_EXITED = 1;
export const CLD_KILLED = 2;
export const CLD_DUMPED = 3;
export const CLD_TRAPPED = 4;
export const CLD_STOPPED = 5;
export const CLD_CONTINUED = 6;

export const SIGSET_SIZE = 8;

/** A set of signals: bit n - 1 stands for signal n. */
export type SignalSet = bigint;

export function signalBit(signal: number): SignalSet {
  return 1n << BigInt(signal - 1);
}

export function hasSignal(set: SignalSet, signal: number): boolean {
  return (set & signalBit(signal)) !== 0n;
}

/** Signals that can be neither blocked nor handled (signal(7)). */
export const UNBLOCKABLE: SignalSet = signalBit(SIGKILL) | signalBit(SIGSTOP);

/** `[INT CHLD]`, or `~[KILL]` when most are in. */
export function signalSetText(set: SignalSet): string {
  const names = (wanted: boolean): string[] => {
    const list: string[] = [];
    for (let signal = 1; signal <= SIGRTMAX; signal++)
      if (hasSignal(set, signal) === wanted) list.push(signalName(signal).replace(/^SIG/, ''));
    return list;
  };
  const inside = names(true);
  return inside.length > 32 ? `~[${names(false).join(' ')}]` : `[${inside.join(' ')}]`;
}

/** What a signal does when nothing was said (signal(7)). */
export function defaultAction(signal: number): 'terminate' | 'core' | 'stop' | 'continue' | 'ignore' {
  switch (signal) {
    case SIGCHLD:
    case SIGURG:
    case SIGWINCH:
      return 'ignore';
    case SIGCONT:
      return 'continue';
    case SIGSTOP:
    case SIGTSTP:
    case SIGTTIN:
    case SIGTTOU:
      return 'stop';
    case SIGQUIT:
    case SIGILL:
    case SIGTRAP:
    case SIGABRT:
    case SIGBUS:
    case SIGFPE:
    case SIGSEGV:
    case SIGXCPU:
    case SIGXFSZ:
    case SIGSYS:
      return 'core';
    default:
      return 'terminate';
  }
}
