/**
 * The machine's face: what debuggers and command lines see of it, in plain data and in the subject's own words
 * (processes, threads, regions, stops), never in a protocol's. Every argument and result can be sent between threads.
 */

import type { CpuLevel } from '../cpu/levels.ts';
import type { GuestModule, Handler, SystemCallDescription } from '../kernel/ps/pico.ts';

import type { FaultCounts } from '../kernel/mm/paging.ts';

export type { FaultCounts };
export type { CpuLevel, SystemCallDescription, GuestModule };
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

export const DEFAULT_LIMITS: Limits = { processes: 64, memory: 0x8000_0000 };

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
  /** Which provider owns the program: `linux`. */
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

/**
 * `system`: the kernel's own process, which has no user address space. `secure`: a minimal process whose memory belongs
 * to the secure kernel.
 */
export type ProcessKind = 'system' | 'traditional' | 'minimal' | 'secure' | 'pico';

export interface ProcessInformation {
  readonly id: number;
  readonly parent: number;
  readonly name: string;
  readonly commandLine: string;
  /** Whole path of the program, or the name of a process without one. */
  readonly image: string;
  readonly kind: ProcessKind;
  /** Name of the provider of a pico process, else ''. */
  readonly provider: string;
  readonly state: 'running' | 'terminating' | 'terminated';
  readonly threads: readonly ThreadInformation[];
  /** Bytes. */
  readonly commit: number;
  readonly workingSet: number;
  readonly pageFaults: number;
  /** Page faults by what they found; all but `hard` are soft. */
  readonly faults: FaultCounts;
  readonly instructions: number;
  /** Open handles; minimal and pico processes have none. */
  readonly handleCount: number;
  /** What a traditional process has and this one lacks, as facts: `no PEB`, `no TEB`, `no ntdll`, `no shared user data`. */
  readonly facts: readonly string[];
}

export interface ThreadInformation {
  readonly id: number;
  readonly process: number;
  readonly name: string;
  readonly state: 'initialized' | 'ready' | 'running' | 'waiting' | 'terminated';
  /** What it waits for, in words, else ''. */
  readonly waitReason: string;
  /** What it waits for, one entry for each object. */
  readonly waitObjects: readonly WaitObjectInformation[];
  /** 0 to 31; above the base while a boost lasts. */
  readonly priority: number;
  readonly basePriority: number;
  /** Instructions that are left of its turn. */
  readonly quantum: number;
  readonly suspendCount: number;
  readonly instructions: number;
  readonly rip: number;
}

/** A dispatcher object that a thread waits for. */
export interface WaitObjectInformation {
  /** `Event`, `Mutant`, `Semaphore`, `Timer`, `Process`, `Thread`. */
  readonly type: string;
  /** Its name in the name space, or ''. */
  readonly name: string;
  /** Its state in words: `notification, not signaled`; `owned by thread 12`. */
  readonly detail: string;
}

/** An object of the kernel's object manager. */
export interface ObjectInformation {
  readonly object: number;
  /** As WinObj shows it: `Event`, `Section`, `Directory`. */
  readonly type: string;
  /** Absolute path in the name space, or ''. */
  readonly name: string;
  /** What it is in words: where a link leads, whose process it is. */
  readonly detail: string;
  readonly pointerCount: number;
  readonly handleCount: number;
}

/** A handle, with the object behind it. */
export interface HandleInformation extends ObjectInformation {
  /** A multiple of 4. */
  readonly handle: number;
  /** Access mask that it grants. */
  readonly access: number;
  /** OBJ_PROTECT_CLOSE 1, OBJ_INHERIT 2. */
  readonly attributes: number;
}

/** One region: pages in a row with equal state and protection. Sizes in bytes. */
export interface Region {
  readonly base: number;
  readonly size: number;
  readonly state: 'commit' | 'reserve';
  /** Short form, such as `RW+G`; '' while reserved. */
  readonly protection: string;
  /** System Informer's: `Private: Commit`, `Mapped: Reserve`. */
  readonly typeText: string;
  /** Bytes in the working set. */
  readonly workingSet: number;
  /** Of the working set: used by nobody else; could be used by others; are used by others; may not leave. */
  readonly privateWorkingSet: number;
  readonly shareableWorkingSet: number;
  readonly sharedWorkingSet: number;
  readonly lockedWorkingSet: number;
  readonly committed: number;
  /** What page table entries are, in bytes. */
  readonly entries: EntryStates;
}

/** Committed memory by the state of its page table entries, in bytes. */
export interface EntryStates {
  readonly valid: number;
  /** Out of the working set, the frame still there. */
  readonly transition: number;
  /** Committed and not touched yet. */
  readonly demandZero: number;
  /** Out of the working set, the contents in the compression store. */
  readonly pageFile: number;
  /** The section's page is shown when it is touched. */
  readonly prototype: number;
}

/** One allocation (VAD) and its regions. */
export interface Allocation {
  readonly base: number;
  readonly size: number;
  readonly type: 'Private' | 'Mapped' | 'Image';
  readonly allocationProtection: string;
  /** MI_VAD_TYPE: `VadNone`, `VadImageMap`. */
  readonly vadType: string;
  readonly use: string;
  /** What views show, as the control area says: a file's path or `pagefile-backed section`. '' for private memory. */
  readonly section: string;
  readonly committed: number;
  /** Bytes the process is charged for. */
  readonly commitCharge: number;
  readonly workingSet: number;
  readonly privateWorkingSet: number;
  readonly shareableWorkingSet: number;
  readonly sharedWorkingSet: number;
  readonly lockedWorkingSet: number;
  readonly regions: readonly Region[];
}

/** The store of the process Memory Compression. Sizes in bytes. */
export interface CompressionStore {
  readonly process: number;
  readonly statistics: {
    /** Pages in the store now. */
    readonly pages: number;
    /** Of these, pages of zeros, and pages that did not become smaller. */
    readonly zeroPages: number;
    readonly rawPages: number;
    /** What the pages are, what is left of them, and the first divided by the second. */
    readonly originalSize: number;
    readonly compressedSize: number;
    readonly ratio: number;
    readonly regions: number;
    readonly regionSize: number;
    /** Of the regions, what holds no page but lies before the end of what was given away. */
    readonly wasted: number;
    /** Since boot: pages stored, pages brought back by compression faults, regions emptied to save room. */
    readonly storedPages: number;
    readonly compressionFaults: number;
    readonly compactions: number;
  };
  readonly regions: readonly StoreRegion[];
  /** Pages of zeros, which take no room in any region. */
  readonly zeroRecords: readonly StoreRecord[];
}

export interface StoreRegion {
  readonly base: number;
  readonly size: number;
  readonly used: number;
  readonly live: number;
  /** In order of their offsets. */
  readonly records: readonly StoreRecord[];
}

/** A page in the store. */
export interface StoreRecord {
  /** SM_PAGE_KEY, and its parts: virtual paging file and offset in pages. */
  readonly key: number;
  readonly pagingFile: number;
  readonly pageOffset: number;
  /** CompressedSize: 0 for zeros, 0x1000 for a page kept as it is. */
  readonly size: number;
  /** In the region, a multiple of 16. */
  readonly offset: number;
  /** Page table entries that mean it. */
  readonly references: number;
}

export interface AddressSpaceInformation {
  readonly process: number;
  readonly name: string;
  readonly facts: readonly string[];
  /** Why there is nothing to see here, in a sentence, or ''. */
  readonly refusal: string;
  readonly allocations: readonly Allocation[];
}

/** A structure of a traditional process that kernel and user code share, as it is now. */
export interface StructureInformation {
  /** `PEB`, `TEB (thread 12)`. */
  readonly title: string;
  /** As headers call it: `TEB`. */
  readonly name: string;
  readonly address: number;
  readonly size: number;
  readonly fields: readonly FieldInformation[];
}

export interface FieldInformation {
  readonly name: string;
  readonly offset: number;
  /** Bytes. */
  readonly size: number;
  /** C's name of it: `ULONG`, `PVOID`, `UNICODE_STRING`. */
  readonly type: string;
  readonly value: string;
  /** Where it points, if it is an address. */
  readonly target?: number;
  /** What it is, for people, or ''. */
  readonly documentation: string;
}

/** 64-bit values as bigint; vector registers as 16 bytes; x87 registers as 10 bytes by their place on the stack. */
export interface RegisterValues {
  /** `rax` … `r15`, `rip`, `rflags`, `fs_base`, `gs_base`. */
  readonly general: Readonly<Record<string, bigint>>;
  readonly mxcsr: number;
  /** XMM registers, 16 bytes each; where the processor has AVX the YMM registers that contain them, 32 bytes. */
  readonly vectors: readonly Uint8Array[];
  readonly x87: {
    readonly control: number;
    readonly status: number;
    readonly tag: number;
    readonly stack: readonly Uint8Array[];
  };
}

export interface GuestFrame {
  /** Address of the next instruction in this frame (return address for outer frames). */
  readonly rip: number;
  readonly rsp: number;
  readonly rbp: number;
}

/** What a breakpoint waits for. */
export type BreakpointTarget =
  | {
      readonly kind: 'address';
      readonly address: number /** Of one process, else of all. */;
      readonly process?: number;
    }
  /** `name` is a call's name or '*'. */
  | { readonly kind: 'systemCall'; readonly name: string; readonly when: 'entry' | 'exit' | 'failed' | 'unimplemented' }
  /** `name` is `#PF`, a signal's name, or '*'. */
  | { readonly kind: 'exception'; readonly name: string }
  | { readonly kind: 'signal'; readonly name: string }
  | { readonly kind: 'event'; readonly event: MachineEvent };

export type MachineEvent = 'processCreate' | 'processExit' | 'threadCreate' | 'threadExit' | 'exec';

export interface Breakpoint {
  readonly id: number;
  readonly target: BreakpointTarget;
  /** In the condition language (`docs`: conditions), such as `name in (openat, read) && ret < 0`. */
  readonly condition?: string;
  /** `5`, `>= 5`, `% 5`, `== 5`. */
  readonly hitCondition?: string;
  /** With this the machine does not stop but logs; `{expression}` parts are evaluated. */
  readonly logMessage?: string;
}

export interface BreakpointProblem {
  readonly id: number;
  readonly message: string;
}

export type StopReason = 'entry' | 'step' | 'breakpoint' | 'systemCall' | 'exception' | 'signal' | 'event' | 'pause';

export interface Stop {
  readonly reason: StopReason;
  readonly process: number;
  readonly thread: number;
  readonly breakpoints: readonly number[];
  /** One line for people: `write(1, "hello\n", 6)`, `#PF reading 0x10 (SIGSEGV)`. */
  readonly text: string;
  readonly exception?: ExceptionInformation;
}

export interface ExceptionInformation {
  readonly vector: string;
  readonly code: number;
  readonly address: number;
  readonly description: string;
  /** What the provider makes of it, such as `SIGSEGV`. */
  readonly meaning: string;
}

/** What the machine reports while it runs, in order. */
export type Notice =
  | { readonly kind: 'output'; readonly stream: 1 | 2; readonly bytes: Uint8Array }
  | {
      readonly kind: 'log';
      readonly text: string;
      readonly breakpoint?: number;
      readonly process?: number;
      readonly thread?: number;
    }
  | { readonly kind: 'trace'; readonly text: string }
  | {
      readonly kind: 'thread';
      readonly thread: number;
      readonly process: number;
      readonly name: string;
      readonly event: 'started' | 'exited';
    }
  | {
      readonly kind: 'process';
      readonly process: number;
      readonly parent: number;
      readonly name: string;
      readonly event: 'started' | 'exited' | 'exec';
      readonly exitCode?: number;
      readonly text: string;
    };

/** How a run of the machine ended. */
export type RunResult =
  | { readonly kind: 'stopped'; readonly stop: Stop }
  /** The slice is used up; run again. */
  | { readonly kind: 'running' }
  /** All threads wait for input from outside. */
  | { readonly kind: 'idle' }
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

/** All machines are driven through this. Calls never throw for guest or user mistakes; they say so in their results. */
export interface MachineFace {
  /** Loads the program; the machine stands before its first instruction. */
  launch(launch: Launch): { process: number; thread: number } | { error: string };
  /** Runs until something happens or about `budget` instructions have retired. */
  run(budget: number): RunResult;
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
  /** Makes the current or next {@link run} stop soon. */
  pause(): void;
  setBreakpoints(breakpoints: readonly Breakpoint[]): BreakpointProblem[];
  /** How often each breakpoint was hit (its condition held). */
  hitCounts(): ReadonlyMap<number, number>;
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
  input(bytes: Uint8Array | undefined): void;
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
