/** What can be looked at in a machine: processes, threads, objects, memory, registers. Sizes are in bytes. */

import type { FaultCounts } from '../kernel/mm/paging.ts';

export type { FaultCounts };

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

/** System Informer's columns of what is in the working set. */
export type WorkingSetColumn =
  | 'workingSet'
  | 'privateWorkingSet'
  | 'shareableWorkingSet'
  | 'sharedWorkingSet'
  | 'lockedWorkingSet';

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
