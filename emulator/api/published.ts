/**
 * What authors of providers see, version 1: the types that `pico-provider` publishes. The build makes its declaration file
 * of this file and `define.ts`, so nothing here comes from anywhere else.
 */

/** What a handler answers with, an integer: RAX of the guest. Larger words go into `registers`, with UNANSWERED. */
export type Answer = number;

/** A register by its name in the SDM. `fsBase` and `gsBase` are the bases of the two segments. */
export type RegisterName =
  | 'rax'
  | 'rbx'
  | 'rcx'
  | 'rdx'
  | 'rsi'
  | 'rdi'
  | 'rbp'
  | 'rsp'
  | 'r8'
  | 'r9'
  | 'r10'
  | 'r11'
  | 'r12'
  | 'r13'
  | 'r14'
  | 'r15'
  | 'rip'
  | 'rflags'
  | 'fsBase'
  | 'gsBase';

/** The registers of a thread in the kernel: its trap frame. */
export interface Registers {
  get(name: RegisterName): bigint;
  /** As a number, exact up to 2^53. */
  number(name: RegisterName): number;
  set(name: RegisterName, value: number | bigint): void;
}

export type Protection = 'none' | 'r' | 'rw' | 'rx' | 'rwx';

/** User memory of a process. Addresses come from guests: nothing here trusts them, and nothing throws for them. */
export interface Memory {
  /** All `size` bytes, or undefined if one of them cannot be read. */
  read(address: number, size: number): Uint8Array | undefined;
  /** The same, to take numbers from: `view.getUint32(0, true)`. */
  view(address: number, size: number): DataView | undefined;
  /** UTF-8 up to a zero byte, which must come within `limit` bytes (4096 unless given). */
  readText(address: number, limit?: number): string | undefined;
  /** Whether all bytes could be written. A text is written as UTF-8, without a zero byte. */
  write(address: number, contents: Uint8Array | string): boolean;
  /**
   * Reserves and commits whole pages; they are zero. Answers with their address: `address` if it was given and is free,
   * else one that the kernel chooses; undefined if there is no room. `use` is what the address space view calls it.
   */
  allocate(size: number, options?: { address?: number; protection?: Protection; use?: string }): number | undefined;
  /** Whether all pages from `address` on could get the protection. */
  protect(address: number, size: number, protection: Protection): boolean;
  /** Gives pages back, whatever lies there. */
  free(address: number, size: number): boolean;
}

/** A process of this provider. Records of it are found again by id: keep the id, not this. */
export interface PicoProcess<ProcessState = unknown> {
  readonly id: number;
  readonly parent: number;
  readonly name: string;
  readonly commandLine: string;
  readonly memory: Memory;
  /** Its pico context: what the provider remembers of it, plain data. */
  state: ProcessState;
  /** Ids of threads that have not ended. */
  readonly threads: readonly number[];
}

/** A thread of this provider. */
export interface PicoThread<ThreadState = unknown> {
  readonly id: number;
  readonly process: number;
  readonly name: string;
  /** Its pico context: what the provider remembers of it, plain data. */
  state: ThreadState;
}

/** How the wait before this run of the handler ended; undefined in the first run. */
export type WaitOutcome =
  /** `index` is that of the event in the list. */
  { readonly kind: 'event'; readonly index: number } | { readonly kind: 'timeout' } | { readonly kind: 'alerted' };

export interface WaitOptions {
  /** Virtual time in ns since boot at which the wait gives up; for ever unless given. */
  readonly until?: number;
  /** For people who look at the thread: `waits for a message`. */
  readonly reason?: string;
}

/** What the kernel does for every handler. */
export interface KernelServices {
  /** Nanoseconds since boot, virtual: an instruction takes one, and waits are jumped over. */
  readonly time: number;
  /** Wall clock, milliseconds since 1970; goes with {@link time}. */
  readonly wallClock: number;
  /** From 0 up to, not including, 1; by the machine's seed. */
  random(): number;
  /** Standard output (1) or error output (2) of the debug session. */
  write(stream: 1 | 2, contents: Uint8Array | string): void;
  /** A sentence for the person at the debugger. */
  log(sentence: string): void;
  /** Contents of a file below the launch configuration's mounts, by its guest path. */
  readFile(path: string): Uint8Array | undefined;
  process(id: number): PicoProcess | undefined;
  thread(id: number): PicoThread | undefined;
  registers(thread: PicoThread): Registers;
  /** An event that somebody sets and threads wait for; by id, so that it can be kept in the state. */
  createEvent(options?: { readonly kind?: 'notification' | 'synchronization'; readonly signaled?: boolean }): number;
  setEvent(event: number): void;
  clearEvent(event: number): void;
  deleteEvent(event: number): void;
}

/** What the kernel does for a provider of its own: the routines that go down through the pico door. */
export interface PicoKernel extends KernelServices {
  /** Standard input that has come, at most `size` bytes; empty when none has, undefined when it has ended. */
  read(size: number): Uint8Array | undefined;
  /** An event that {@link SystemCall.wait} can wait for until there is standard input, or its end. */
  readonly inputEvent: number;
  /**
   * PsPicoCreateProcess. The new process has no thread; with `clone` its memory is a copy of that process's, made page by
   * page as they are written. Undefined where the machine cannot hold another.
   */
  createProcess(options: {
    readonly name: string;
    readonly commandLine?: string;
    readonly parent?: PicoProcess;
    readonly clone?: PicoProcess;
    readonly state?: unknown;
  }): PicoProcess | undefined;
  /**
   * PsPicoCreateThread, and PsPicoResumeThread unless it is to stay suspended. Registers that are not given are zero; with
   * `like` those of that thread. Undefined where the process has ended.
   */
  createThread(
    process: PicoProcess,
    options: {
      readonly registers: Partial<Record<RegisterName, number | bigint>>;
      readonly like?: PicoThread;
      readonly name?: string;
      readonly state?: unknown;
      readonly suspended?: boolean;
    },
  ): PicoThread | undefined;
  suspendThread(thread: PicoThread): void;
  resumeThread(thread: PicoThread): void;
  terminateThread(thread: PicoThread, code?: number): void;
  /** Ends the process and its threads; `code` is what the session reports. */
  terminateProcess(process: PicoProcess, code?: number): void;
}

/** One system call of a guest, while a handler serves it. */
export interface SystemCall<State = unknown, Kernel = PicoKernel> {
  readonly number: number;
  readonly name: string;
  readonly registers: Registers;
  readonly process: PicoProcess;
  readonly thread: PicoThread;
  readonly kernel: Kernel;
  /** What the provider remembers: plain data, which snapshots copy. */
  readonly state: State;
  /** How the wait ended that an earlier run of this handler began. */
  readonly outcome: WaitOutcome | undefined;
  /**
   * Lets the thread wait for one of `events`. The handler must answer with what this gives, UNANSWERED; when the wait has
   * ended the call starts again from the handler's first line, with {@link outcome} set.
   */
  wait(events: readonly number[], options?: WaitOptions): Answer;
}

/** One argument of a system call: how it is fetched from its register, and how it prints. */
export interface Argument<Value = unknown> {
  readonly name: string;
  /** As C declares it. */
  readonly type: string;
  readonly kind: 'int' | 'unsigned' | 'long' | 'pointer' | 'text';
  /** Only for the checker: the type of the value. */
  readonly value?: Value;
}

/** The values that handlers get for a list of arguments. */
export type Values<Arguments extends readonly Argument[]> = {
  -readonly [Index in keyof Arguments]: Arguments[Index] extends Argument<infer Value> ? Value : never;
};

/** One row of a provider's table. */
export interface SystemCallRow<State = unknown, Arguments extends readonly Argument[] = readonly Argument[]> {
  readonly number: number;
  readonly arguments: readonly [...Arguments];
  /** Must come back: what has to wait, waits with {@link SystemCall.wait}. */
  readonly handler: (call: SystemCall<State>, ...values: Values<Arguments>) => Answer;
}

/** EXCEPTION_RECORD: a fault of user code that the memory manager could not serve. */
export interface PicoException<State = unknown> {
  /** NTSTATUS, such as 0xC0000005. */
  readonly code: number;
  /** The processor's word for it: `#PF`. */
  readonly vector: string;
  readonly instruction: number;
  /** Of page faults: the address, and what was tried. */
  readonly address: number | undefined;
  readonly access: 'read' | 'write' | 'execute' | undefined;
  readonly registers: Registers;
  readonly process: PicoProcess;
  readonly thread: PicoThread;
  readonly kernel: PicoKernel;
  readonly state: State;
}

/** What a launch asks a provider to start. Paths are the guest's. */
export interface Program {
  readonly path: string;
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly directory: string;
  readonly contents: Uint8Array;
}

/** Where the first thread of a program starts. */
export interface ProgramEntry {
  readonly registers: Partial<Record<RegisterName, number | bigint>>;
  readonly processState?: unknown;
  readonly threadState?: unknown;
}

/** A provider of your own. */
export interface ProviderDefinition<
  State = unknown,
  Rows extends Record<string, readonly Argument[]> = Record<string, never>,
> {
  /** One word; the views show it. */
  readonly name: string;
  /** What the provider remembers at boot. */
  readonly state?: () => State;
  /** By name. Number in RAX, arguments in RDI, RSI, RDX, R10, R8, R9, the answer in RAX, as `syscall` code has them. */
  readonly systemCalls: { readonly [Name in keyof Rows]: SystemCallRow<State, Rows[Name]> };
  /** Numbers that no row has; without it they answer -1, and the person at the debugger hears of them. */
  readonly unknownSystemCall?: (call: SystemCall<State>) => Answer;
  /**
   * Puts a program into its new, empty process. Without it a static ELF file is mapped as its program headers say and
   * starts with the stack of the System V ABI (3.4.1). A text says why the program cannot be loaded.
   */
  readonly load?: (process: PicoProcess, program: Program, kernel: PicoKernel) => ProgramEntry | string;
  /** First chance at exceptions of user code. True: handled, the thread goes on with its (edited) registers. */
  readonly dispatchException?: (exception: PicoException<State>) => boolean;
  /** A thread or a process has ended. */
  readonly exitThread?: (thread: PicoThread, kernel: PicoKernel, state: State) => void;
  readonly exitProcess?: (process: PicoProcess, kernel: PicoKernel, state: State) => void;
  /** Answers that mean that a call failed, by name: `{ EFAULT: -14 }`. Debuggers show and inject them. */
  readonly errors?: Readonly<Record<string, number>>;
}

/** A call that an extension of another provider serves. */
export interface ExtendedCall<Arguments extends readonly unknown[], State = unknown>
  extends SystemCall<State, KernelServices> {
  /**
   * What the provider itself does with the call; with arguments, instead of the guest's. It may answer UNANSWERED: then
   * answer with that too, for the thread waits and the call will start again.
   */
  next(...values: Arguments | []): Answer;
}

/** Handlers instead of those of the provider that is extended, by name of the call. */
export type Extension<Calls, State = unknown> = {
  readonly [Name in keyof Calls]?: (
    call: ExtendedCall<Calls[Name] extends readonly unknown[] ? Calls[Name] : never, State>,
    ...values: Calls[Name] extends readonly unknown[] ? Calls[Name] : never
  ) => Answer;
};

export interface ExtensionOptions<State = unknown> {
  /** One word; `linux+` and the extension's own by default. */
  readonly name?: string;
  /** What the extension remembers at boot, beside what the provider itself does. */
  readonly state?: () => State;
}

/** A provider that can be extended. */
export interface BuiltInProvider<Calls> {
  readonly builtIn: string;
  /** Only for the checker: arguments of its calls by name. */
  readonly calls?: Calls;
}

/** What `definePicoProvider` and `extendProvider` give: a provider's file exports it as its default. */
export interface DefinedProvider {
  /** The version of these types that the file was written for. */
  readonly apiVersion: number;
  readonly definition: ProviderDefinition<never> | undefined;
  readonly extension:
    | {
        readonly of: string;
        readonly calls: Readonly<Record<string, unknown>>;
        readonly options: ExtensionOptions<never>;
      }
    | undefined;
}
