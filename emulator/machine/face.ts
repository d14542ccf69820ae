/**
 * The machine's face: what debuggers and command lines see of it, in plain data and in the subject's own words
 * (processes, threads, regions, stops), never in a protocol's. Every argument and result can be sent between threads.
 */

import type { DefinedProvider } from '../api/published.ts';
import type { CpuLevel } from '../cpu/levels.ts';
import type {
  ErrorDescription,
  Exchanged,
  GuestModule,
  Handler,
  SystemCallDescription,
  TerminalSize,
} from '../kernel/ps/pico.ts';
import type {
  AddressSpaceInformation,
  CompressionStore,
  GuestFrame,
  HandleInformation,
  ObjectInformation,
  ProcessInformation,
  RegisterValues,
  StructureInformation,
} from './information.ts';
import type { Answer, FaultInjection, InjectionProblem } from './injections.ts';
import type { Breakpoint, BreakpointProblem, Notice, Stop } from './stops.ts';

export type * from './information.ts';
export type * from './stops.ts';
export type { Answer, FaultInjection, InjectionProblem, When } from './injections.ts';
export type { CpuLevel, DefinedProvider, ErrorDescription, SystemCallDescription, GuestModule, TerminalSize };
export { CPU_LEVELS, DEFAULT_CPU } from '../cpu/levels.ts';

/** A folder of the host that the guest may see. */
export interface Mount {
  /** Absolute guest path. */
  readonly guest: string;
  readonly host: string;
  /** `overlay`: the guest may write, the host never sees it. */
  readonly mode: 'ro' | 'overlay' | 'rw';
}

export interface Limits {
  /** Live processes; the machine's windows reserve 4 GiB of host address space each. */
  readonly processes: number;
  /** Committed guest memory of all processes, in bytes. */
  readonly memory: number;
  /**
   * Bytes of it that may be resident, at least {@link LEAST_RESIDENT}: beyond that pages are trimmed from working sets and
   * compressed. Undefined: no limit.
   */
  readonly resident?: number | undefined;
}

/** Less would not hold what single instructions and system calls need. */
export const LEAST_RESIDENT = 0x10_0000;

export const DEFAULT_LIMITS: Limits = { processes: 256, memory: 0x8000_0000 };

export interface MachineOptions {
  readonly mounts: readonly Mount[];
  readonly limits?: Partial<Limits>;
  /** Seeds the machine's only source of chance. */
  readonly seed?: number;
  /** Wall clock at boot in ms since 1970; part of what makes two runs equal. */
  readonly bootTime?: number;
  /** Pico providers whose names know case tell files apart by it (WSL's `case=force`); true unless given. */
  readonly caseSensitive?: boolean;
  /** What the processor has; x86-64-v2 unless given. */
  readonly cpu?: CpuLevel;
  /** Virtualization-based security: the machine has a Secure System process. */
  readonly vbs?: boolean;
  /** Idle time passes as it does outside, for machines with callers from there; else the next timer is due at once. */
  readonly keepsTime?: boolean;
  /** Standard streams are a terminal, where the provider knows what that is: keys in, with echo and line editing of the guest. */
  readonly terminal?: boolean;
  /** Which provider owns the program, unless the host brings one: `linux`. */
  readonly provider?: string;
}

export interface Launch {
  /** Guest path of the program. */
  readonly program: string;
  /** Without the program itself. */
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly directory: string;
}

/** `trace`: where a provider of the user's has thrown, as the engine gives it. */
export interface LaunchProblem {
  readonly error: string;
  readonly trace?: string;
}

/** How a run of the machine ended. */
export type RunResult =
  | { readonly kind: 'stopped'; readonly stop: Stop }
  /** The slice is used up; run again. */
  | { readonly kind: 'running' }
  /** All threads wait for input from outside. */
  | { readonly kind: 'idle' }
  /** All threads wait, for input from outside or for a timer that is due after so many ns of {@link MachineFace.sleep}. */
  | { readonly kind: 'asleep'; readonly time: number }
  /** No process is left. `code` is the first program's exit code. */
  | { readonly kind: 'ended'; readonly code: number; readonly text: string };

/** `return`: from inside a system call or exception, to where the thread goes on in user mode. */
export type StepKind = 'in' | 'over' | 'out' | 'return';

export interface Disassembled {
  readonly address: number;
  readonly bytes: Uint8Array;
  readonly text: string;
  /** Branch or RIP-relative target, for symbols. */
  readonly target?: number;
  /** False for addresses that hold no code (unmapped or data that does not decode). */
  readonly valid: boolean;
}

/** A system call that a thread is about to make: nothing of it has happened. */
export interface PendingCall {
  readonly name: string;
  /** `openat(AT_FDCWD, "/etc/passwd", O_RDONLY)` */
  readonly text: string;
  /** What it will answer, if {@link MachineFace.answerCall} has said so: ` = -1 EPERM (Operation not permitted)`. */
  readonly answer: string | undefined;
}

/** All machines are driven through this. Calls never throw for guest or user mistakes; they say so in their results. */
export interface MachineFace {
  /** Loads the program; the machine stands before its first instruction. */
  launch(launch: Launch): { process: number; thread: number } | LaunchProblem;
  /** Runs until something happens or about `budget` instructions have retired. */
  run(budget: number): RunResult;
  /** So many ns have passed outside since {@link run} said that the machine is asleep. */
  sleep(time: number): void;
  /** The next {@link run}s end when the step is done. Another stop cancels it. Only `thread` is stepped; others run. */
  step(thread: number, kind: StepKind): void;
  /** Forgets the step that {@link step} began. */
  cancelStep(): void;
  /** The thread that the processor runs, or 0. */
  currentThread(): number;
  /**
   * The provider's function that the thread comes to next: the handler of the system call that its RAX names, or that of
   * exceptions. Undefined for a thread without a provider. Not data: for who shares this machine's thread only.
   */
  handler(thread: number, what: 'systemCall' | 'exception'): Handler | undefined;
  /**
   * Code of the user's provider gives way to another version of it; what it remembers stays. A sentence if it cannot. Not
   * data, as {@link handler}.
   */
  replaceProvider(defined: DefinedProvider): string | undefined;
  /** Makes the current or next {@link run} stop soon. */
  pause(): void;
  setBreakpoints(breakpoints: readonly Breakpoint[]): BreakpointProblem[];
  /** How often each breakpoint was hit (its condition held). */
  hitCounts(): ReadonlyMap<number, number>;
  /** Replaces the faults that are injected. If there is a problem with one of them nothing changes. */
  setInjections(injections: readonly FaultInjection[]): InjectionProblem[];
  /** What {@link setInjections} would say. */
  checkInjections(injections: readonly FaultInjection[]): InjectionProblem[];
  /** The texts of those that are set. */
  injections(): readonly string[];
  /** Errors that system calls can answer with: those of a process, or of all programs that were launched. */
  errors(process?: number): readonly ErrorDescription[];
  /** The call of the `syscall` instruction that the thread stands on; undefined if it stands elsewhere. */
  pendingCall(thread: number): PendingCall | undefined;
  /** Has the {@link pendingCall} answered so instead of served; without an answer it is served after all. */
  answerCall(thread: number, answer: Answer | undefined): PendingCall | { error: string };
  processes(): ProcessInformation[];
  addressSpace(process: number): AddressSpaceInformation | undefined;
  /** What Memory Compression holds; undefined while there is no such process. */
  compressionStore(): CompressionStore | undefined;
  /** PEB, TEBs, process parameters and shared user data of a traditional process; empty for others. */
  structures(process: number): StructureInformation[];
  /** Handles of a process by number; empty for one that has no handle table. */
  handles(process: number): HandleInformation[];
  /** The name space: every named object, a directory before what is in it. */
  objects(): ObjectInformation[];
  registers(thread: number): RegisterValues | undefined;
  /** `name` as in {@link RegisterValues}, `xmm0`…, `ymm0`…, `st0`…, or `mxcsr`. A sentence if refused. */
  setRegister(thread: number, name: string, value: bigint | Uint8Array): string | undefined;
  /** Why nobody can look into the memory of a process, in a sentence; undefined if it can be looked into. */
  memoryRefusal(process: number): string | undefined;
  /** As many bytes as are readable from `address`, at most `length`. */
  readMemory(process: number, address: number, length: number): Uint8Array;
  /** How many bytes of unreadable memory lie at `address`, up to `limit`. */
  unreadable(process: number, address: number, limit: number): number;
  /** Debugger's write: ignores protections as debuggers do, private copy of shared file pages. Returns bytes written. */
  writeMemory(process: number, address: number, bytes: Uint8Array): number;
  stack(thread: number, limit: number): GuestFrame[];
  /** `count` rows starting `offset` instructions from `address`; `anchors` are known instruction starts (symbols). */
  disassemble(
    process: number,
    address: number,
    offset: number,
    count: number,
    anchors?: readonly number[],
  ): Disassembled[];
  systemCalls(): readonly SystemCallDescription[];
  modules(process: number): GuestModule[];
  /** Contents of a guest file, for symbols. */
  readFile(path: string): Uint8Array | undefined;
  /** Evaluates the condition language in a stopped thread: value as text, or a sentence. */
  evaluate(thread: number, expression: string): { value: string } | { error: string };
  /** More standard input, or keys of its terminal; undefined ends the input, or closes the terminal. */
  input(bytes: Uint8Array | undefined): void;
  /** The terminal has another size now. False: no program that was launched has a terminal. */
  resizeTerminal(size: TerminalSize): boolean;
  /** A connection from outside to a TCP port of the machine: its number, or 0 if nobody listens there. */
  connectPort(port: number): number;
  /**
   * Gives a connection bytes, `isLast` if no more will come, and takes the guest's. What was not `taken` is to be given
   * again at the connection's next notice. Undefined: it is no more.
   */
  exchange(connection: number, bytes: Uint8Array, isLast: boolean): Exchanged | undefined;
  hangUp(connection: number): void;
  trace(on: boolean): void;
  /** Ends a process, or all but those that the kernel cannot go on without. A sentence if refused. */
  terminate(process?: number): string | undefined;
  terminateThread(thread: number): string | undefined;
  /** Total retired instructions: the position in time. */
  position(): number;
  snapshot(): number;
  restore(snapshot: number): string | undefined;
  /** Takes the notices since the last call. */
  takeNotices(): Notice[];
}
