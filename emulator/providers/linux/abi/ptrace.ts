/** ptrace(2): linux/ptrace.h, asm/ptrace-abi.h, linux/elf.h. */

import type { FlagNames } from './flagNames.ts';

export const PTRACE_TRACEME = 0;
export const PTRACE_PEEKTEXT = 1;
export const PTRACE_PEEKDATA = 2;
export const PTRACE_PEEKUSER = 3;
export const PTRACE_POKETEXT = 4;
export const PTRACE_POKEDATA = 5;
export const PTRACE_POKEUSER = 6;
export const PTRACE_CONT = 7;
export const PTRACE_KILL = 8;
export const PTRACE_SINGLESTEP = 9;
export const PTRACE_GETREGS = 12;
export const PTRACE_SETREGS = 13;
export const PTRACE_GETFPREGS = 14;
export const PTRACE_SETFPREGS = 15;
export const PTRACE_ATTACH = 16;
export const PTRACE_DETACH = 17;
export const PTRACE_SYSCALL = 24;
export const PTRACE_SETOPTIONS = 0x4200;
export const PTRACE_GETEVENTMSG = 0x4201;
export const PTRACE_GETSIGINFO = 0x4202;
export const PTRACE_GETREGSET = 0x4204;
export const PTRACE_SETREGSET = 0x4205;
export const PTRACE_SEIZE = 0x4206;
export const PTRACE_REQUESTS: FlagNames = [
  [PTRACE_TRACEME, 'PTRACE_TRACEME'],
  [PTRACE_PEEKTEXT, 'PTRACE_PEEKTEXT'],
  [PTRACE_PEEKDATA, 'PTRACE_PEEKDATA'],
  [PTRACE_PEEKUSER, 'PTRACE_PEEKUSER'],
  [PTRACE_POKETEXT, 'PTRACE_POKETEXT'],
  [PTRACE_POKEDATA, 'PTRACE_POKEDATA'],
  [PTRACE_POKEUSER, 'PTRACE_POKEUSER'],
  [PTRACE_CONT, 'PTRACE_CONT'],
  [PTRACE_KILL, 'PTRACE_KILL'],
  [PTRACE_SINGLESTEP, 'PTRACE_SINGLESTEP'],
  [PTRACE_GETREGS, 'PTRACE_GETREGS'],
  [PTRACE_SETREGS, 'PTRACE_SETREGS'],
  [PTRACE_GETFPREGS, 'PTRACE_GETFPREGS'],
  [PTRACE_SETFPREGS, 'PTRACE_SETFPREGS'],
  [PTRACE_ATTACH, 'PTRACE_ATTACH'],
  [PTRACE_DETACH, 'PTRACE_DETACH'],
  [PTRACE_SYSCALL, 'PTRACE_SYSCALL'],
  [PTRACE_SETOPTIONS, 'PTRACE_SETOPTIONS'],
  [PTRACE_GETEVENTMSG, 'PTRACE_GETEVENTMSG'],
  [PTRACE_GETSIGINFO, 'PTRACE_GETSIGINFO'],
  [PTRACE_GETREGSET, 'PTRACE_GETREGSET'],
  [PTRACE_SETREGSET, 'PTRACE_SETREGSET'],
  [PTRACE_SEIZE, 'PTRACE_SEIZE'],
  [0x4207, 'PTRACE_INTERRUPT'],
  [0x420e, 'PTRACE_GET_SYSCALL_INFO'],
];

export const PTRACE_O_TRACESYSGOOD = 1;
export const PTRACE_O_TRACEFORK = 1 << 1;
export const PTRACE_O_TRACEVFORK = 1 << 2;
export const PTRACE_O_TRACECLONE = 1 << 3;
export const PTRACE_O_TRACEEXEC = 1 << 4;
export const PTRACE_O_TRACEVFORKDONE = 1 << 5;
export const PTRACE_O_TRACEEXIT = 1 << 6;
export const PTRACE_O_EXITKILL = 1 << 20;
/** Those that are served; vfork's end and the beginning of exits are taken and never told. */
export const PTRACE_O_MASK =
  PTRACE_O_TRACESYSGOOD |
  PTRACE_O_TRACEFORK |
  PTRACE_O_TRACEVFORK |
  PTRACE_O_TRACECLONE |
  PTRACE_O_TRACEEXEC |
  PTRACE_O_TRACEVFORKDONE |
  PTRACE_O_TRACEEXIT |
  PTRACE_O_EXITKILL;
export const PTRACE_EVENT_FORK = 1;
export const PTRACE_EVENT_VFORK = 2;
export const PTRACE_EVENT_CLONE = 3;
export const PTRACE_EVENT_EXEC = 4;

/** Register sets (linux/elf.h). */
export const NT_PRSTATUS = 1;
export const NT_PRFPREG = 2;
export const NT_X86_XSTATE = 0x202;
/** Bytes of `struct user_regs_struct`, and of `struct user`, whose start it is. */
export const USER_REGISTERS_SIZE = 27 * 8;
export const USER_SIZE = 912;
/** `u_debugreg`: eight of them, to the end. */
export const USER_DEBUG_REGISTERS = 848;
/** Offsets of registers that are not simply there. */
export const USER_RAX = 10 * 8;
export const USER_ORIG_RAX = 15 * 8;
