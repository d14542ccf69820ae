/**
 * The door between the kernel and pico providers, member for member as Windows has it: the table that a provider hands
 * in (up) and the table that it gets (down). The kernel calls a provider through nothing else.
 */

import type { Registers } from '../../cpu/registers.ts';
import type { Kernel } from '../kernel.ts';
import type { NtStatus } from '../status.ts';
import type { Process } from './process.ts';
import type { Thread } from './thread.ts';

/** The registers of a thread that entered the kernel: a view of the live register file. */
export type TrapFrame = Registers;

/** PS_PICO_SYSTEM_CALL_INFORMATION. */
export interface PicoSystemCallInformation {
  readonly thread: Thread;
  readonly trapFrame: TrapFrame;
}

/** EXCEPTION_RECORD, with the processor's own words beside NT's. */
export interface ExceptionRecord {
  /** NTSTATUS, such as STATUS_ACCESS_VIOLATION. */
  readonly exceptionCode: NtStatus;
  readonly exceptionAddress: number;
  /** EXCEPTION_NONCONTINUABLE, of exceptions that software raises; 0 unless given. */
  readonly exceptionFlags?: number;
  /** For access violations: 0 read, 1 write, 8 execute; then the address. */
  readonly exceptionInformation: readonly number[];
  readonly vector: number;
  readonly errorCode: number;
}

/**
 * Called on the way out to user mode; may edit the trap frame, for example to enter a signal handler. The answer names
 * what the thread was sent to, for the debug port: `SIGCHLD`.
 */
export type UserApcRoutine = (thread: Thread, trapFrame: TrapFrame, context: readonly number[]) => readonly string[];

/** Provider to kernel: PS_PICO_PROVIDER_ROUTINES (0x58 bytes in Windows). */
export interface PicoProviderRoutines {
  readonly size: number;
  /**
   * Serves a system call. Leaves the answer in RAX of the trap frame; or has put the thread to wait
   * (`ke.waitForObjects`), then the call starts again from here when the wait ends.
   */
  dispatchSystemCall(information: PicoSystemCallInformation): void;
  exitThread(thread: Thread): void;
  exitProcess(process: Process): void;
  /** First chance, before anything else sees the exception. True: handled, go on with the (edited) trap frame. */
  dispatchException(record: ExceptionRecord, thread: Thread, trapFrame: TrapFrame): boolean;
  /** Asked instead of the kernel ending the process itself. */
  terminateProcess(process: Process, status: NtStatus): NtStatus;
  /** Return addresses of the user stack, innermost first, at most `count`. */
  walkUserStack(thread: Thread, trapFrame: TrapFrame, count: number): number[];
  getAllocatedProcessImageName(process: Process): string;
  /** Rights that processes outside may get on the provider's processes and threads. */
  readonly openProcess: number;
  readonly openThread: number;
  /** Win32 0, WSL 1. */
  readonly subsystemInformationType: number;
  /**
   * Routines of user APCs by name (in Windows an APC carries its routine; state here is data).
   */
  readonly apcRoutines: Readonly<Record<string, UserApcRoutine>>;
}

export const PICO_PROVIDER_ROUTINES_SIZE = 0x58;
export const PICO_ROUTINES_SIZE = 0x60;

/** Flags of PS_PICO_PROCESS_ATTRIBUTES. */
export const PICO_CLONE_PARENT = 1;
export const PICO_INHERIT_HANDLES = 2;
export const PICO_CLONE_REDUCED_COMMIT = 4;
export const PICO_BREAKAWAY = 8;
export const PICO_PACKAGED_PROCESS = 0x10;

export interface PicoProcessAttributes {
  readonly parent: Process | undefined;
  readonly context: unknown;
  readonly flags: number;
}

/** PS_PICO_CREATE_INFO. */
export interface PicoCreateInfo {
  readonly imageFileName: string;
  readonly commandLine: string;
}

export interface PicoThreadAttributes {
  readonly process: Process;
  /** All general registers, FS and GS base: a register file. */
  readonly registers: Registers;
  readonly context: unknown;
}

/** Kernel to provider: PS_PICO_ROUTINES (0x60 bytes in Windows). */
export interface PicoRoutines {
  readonly size: number;
  createProcess(attributes: PicoProcessAttributes, info: PicoCreateInfo): { status: NtStatus; process?: Process };
  /** The thread is created suspended. */
  createThread(attributes: PicoThreadAttributes, name: string): { status: NtStatus; thread?: Thread };
  getProcessContext(process: Process): unknown;
  getThreadContext(thread: Thread): unknown;
  getContextThreadInternal(thread: Thread): Registers;
  setContextThreadInternal(thread: Thread, registers: Registers): NtStatus;
  terminateThread(thread: Thread, status: NtStatus): NtStatus;
  /** `previous` is the suspend count before. */
  resumeThread(thread: Thread): { status: NtStatus; previous: number };
  suspendThread(thread: Thread): { status: NtStatus; previous: number };
  /** Acts on the current thread. */
  setThreadDescriptorBase(type: 'fs' | 'gs', base: number): void;
  terminateProcess(process: Process, status: NtStatus): NtStatus;
}

/** What a provider's author writes, and what a launch names. */
export interface PicoProvider {
  readonly name: string;
  /**
   * Called once at boot, before the registration gate closes: registers with `registerPicoProvider` and may keep the
   * kernel and the routines; everything it remembers of the guest goes into `kernel.state.providers` and contexts.
   */
  initialize(kernel: Kernel): ProviderServices;
}

/** A system call as a provider's row describes it, for debuggers. */
export interface SystemCallDescription {
  readonly number: number;
  readonly name: string;
  readonly arguments: readonly { readonly name: string; readonly type: string }[];
  readonly support: 'full' | 'partial' | 'missing';
  readonly note: string;
  /** It does not come back with an answer of its own, so none can be put in its place. */
  readonly isOneWay?: boolean | undefined;
}

/** An answer of system calls that says what went wrong. */
export interface ErrorDescription {
  /** `ENOENT`, `STATUS_ACCESS_DENIED`. */
  readonly name: string;
  /** RAX, signed. */
  readonly result: number;
  /** For people. */
  readonly meaning: string;
}

/** What a launch gives a provider to start a program. Paths are the guest's. */
export interface ProgramStart {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly directory: string;
}

/** A function that a debugger of the provider's own code can stop in; nobody calls it through this. */
export type Handler = (...values: never[]) => unknown;

export interface GuestModule {
  readonly path: string;
  /** Lowest mapped address. */
  readonly base: number;
  readonly size: number;
  /** Run-time address minus link-time address. */
  readonly bias: number;
}

/** In characters. */
export interface TerminalSize {
  readonly rows: number;
  readonly columns: number;
}

/**
 * What machine and debugger ask of whoever serves a process's system calls, beyond the door: a provider, or for
 * traditional processes the kernel's own services. Everything is an answer in plain data.
 */
export interface ProviderServices {
  readonly systemCalls: readonly SystemCallDescription[];
  /** Loads `start` as a process whose first thread stands suspended before its first instruction. A sentence if it cannot. */
  createProgram(start: ProgramStart): { process: Process } | { error: string };
  /** The system call that `frame` asks for, such as `write(1, "hello\n", 6)`, with its values for conditions. */
  describeSystemCall(thread: Thread, frame: TrapFrame): DescribedCall;
  /** A result as text: ` = 6`, ` = -1 ENOENT (No such file or directory)`. `value` is RAX, signed. */
  describeResult(number: number, value: number): string;
  /** What calls can fail with, in the order in which people look for it. */
  readonly errors: readonly ErrorDescription[];
  /** Whether `value`, RAX signed, says that the call failed. */
  hasFailed(value: number): boolean;
  /** Name of a signal or such that an exception or APC stands for, or ''. */
  describeException(record: ExceptionRecord): string;
  /** The provider's function that serves the call with this number, for debuggers that step into it. */
  handler(number: number): Handler | undefined;
  /** The same for exceptions; unless there is one, the routine that the provider registered. */
  exceptionHandler?(): Handler | undefined;
  modules(process: Process): GuestModule[];
  /** Contents of a guest file for symbol readers, or undefined. */
  readFile(path: string): Uint8Array | undefined;
  /** More standard input; `undefined` ends it. */
  input(bytes: Uint8Array | undefined): void;
  /** Connections from outside to its TCP ports; absent where there are none. */
  readonly connections?: OutsideConnections;
  /** Of the terminal that standard streams are; absent where they are none. */
  resizeTerminal?(size: TerminalSize): void;
  /** Exit code to report for an ended process: 0 to 255, or 128 + signal. */
  exitCode(process: Process): number;
  /** How an ended process ended, in words: `exited with code 0`, `killed by SIGSEGV`. */
  describeExit(process: Process): string;
  /** Code that a user wrote gives way to another version of it; the state stays. A sentence if it cannot. */
  replace?(defined: never): string | undefined;
}

export interface OutsideConnections {
  /** The number of a new connection, or 0 if nobody listens at the port. */
  connect(port: number): number;
  /** Gives bytes, `isLast` if no more will come, and takes the guest's; undefined if there is no such connection. */
  exchange(connection: number, bytes: Uint8Array, isLast: boolean): Exchanged | undefined;
  hangUp(connection: number): void;
}

export interface Exchanged {
  /** Bytes of the host's that the guest has room for; the rest is to be offered again when the connection changes. */
  readonly taken: number;
  /** Bytes of the guest's. */
  readonly bytes: Uint8Array;
  /** The guest sends no more. */
  readonly ended: boolean;
}

export interface DescribedCall {
  readonly number: number;
  readonly name: string;
  /** `name(arguments…)` */
  readonly text: string;
  /** Argument values by name; pointers to strings also as strings under the same name with `$` in front. */
  readonly values: Readonly<Record<string, number | string>>;
}
