/** MmCreatePeb, MmCreateTeb and the stack: what a traditional process and its threads find in their address space. */

import { PAGE_SIZE, roundUp } from '../../base/pages.ts';
import { copyToUser } from '../mm/copy.ts';
import type { Kernel } from '../kernel.ts';
import { MAP_LOW, NT_GRANULARITY, findFreeRange } from '../mm/place.ts';
import { MEM_COMMIT, MEM_DOS_LIM, MEM_RESERVE, PAGE_GUARD, PAGE_READWRITE } from '../mm/protection.ts';
import { allocateVirtualMemory, freeVirtualMemory } from '../mm/virtualMemory.ts';
import { MEM_RELEASE } from '../mm/protection.ts';
import * as blocks from '../rtl/environmentBlocks.ts';
import { encodeStructure } from '../rtl/structure.ts';
import type { FieldValue, Structure } from '../rtl/structure.ts';
import { STATUS_NO_MEMORY, STATUS_SUCCESS, succeeded } from '../status.ts';
import type { NtStatus } from '../status.ts';
import { BUILD_NUMBER, MAJOR_VERSION, MINOR_VERSION } from '../version.ts';
import type { Process } from './process.ts';

/** PEB and TEBs lie together, below all other allocations. */
const BLOCKS_LOW = MAP_LOW - 0x20_0000;
const BLOCKS_HIGH = MAP_LOW;
/** VER_PLATFORM_WIN32_NT. */
const PLATFORM = 2;
const HEAP_SEGMENT_RESERVE = 0x10_0000;
const HEAP_SEGMENT_COMMIT = 0x2000;
/** -2,592,000 seconds in 100 ns. */
const CRITICAL_SECTION_TIMEOUT = -2_592_000 * 10_000_000;

export interface PebValues {
  readonly imageBase: number;
  readonly processParameters: number;
  readonly subsystem: number;
  readonly subsystemVersion: { readonly major: number; readonly minor: number };
  readonly beingDebugged: boolean;
}

export interface Block {
  readonly status: NtStatus;
  readonly address: number;
}

export function createPeb(kernel: Kernel, process: Process, values: PebValues): Block {
  return createBlock(kernel, process, blocks.peb(), 'PEB', () => ({
    BeingDebugged: Number(values.beingDebugged),
    BitField: 4,
    Mutant: -1,
    ImageBaseAddress: values.imageBase,
    ProcessParameters: values.processParameters,
    NumberOfProcessors: 1,
    CriticalSectionTimeout: CRITICAL_SECTION_TIMEOUT,
    HeapSegmentReserve: HEAP_SEGMENT_RESERVE,
    HeapSegmentCommit: HEAP_SEGMENT_COMMIT,
    OSMajorVersion: MAJOR_VERSION,
    OSMinorVersion: MINOR_VERSION,
    OSBuildNumber: BUILD_NUMBER,
    OSPlatformId: PLATFORM,
    ImageSubsystem: values.subsystem,
    ImageSubsystemMajorVersion: values.subsystemVersion.major,
    ImageSubsystemMinorVersion: values.subsystemVersion.minor,
    ActiveProcessAffinityMask: 1,
  }));
}

export interface TebValues {
  readonly thread: number;
  readonly stack: UserStack;
  readonly isInitial: boolean;
}

export function createTeb(kernel: Kernel, process: Process, { thread, stack, isInitial }: TebValues): Block {
  return createBlock(kernel, process, blocks.teb(), `TEB (thread ${thread})`, address => ({
    StackBase: stack.base,
    StackLimit: stack.limit,
    Self: address,
    'ClientId.UniqueProcess': process.id,
    'ClientId.UniqueThread': thread,
    ProcessEnvironmentBlock: process.peb,
    DeallocationStack: stack.bottom,
    SameTebFlags: isInitial ? blocks.INITIAL_THREAD : 0,
  }));
}

function createBlock(
  kernel: Kernel,
  process: Process,
  layout: Structure,
  use: string,
  values: (address: number) => Readonly<Record<string, FieldValue>>,
): Block {
  const size = roundUp(layout.size);
  const base = findFreeRange(process, size, { low: BLOCKS_LOW, high: BLOCKS_HIGH });
  const type = MEM_RESERVE | MEM_COMMIT | MEM_DOS_LIM;
  const placed = allocateVirtualMemory(kernel, process, { base, size, type, protection: PAGE_READWRITE, use });
  if (!succeeded(placed.status)) return { status: placed.status, address: 0 };
  const bytes = encodeStructure(layout, values(placed.base));
  if (copyToUser(kernel, process, placed.base, bytes) < bytes.length) return { status: STATUS_NO_MEMORY, address: 0 };
  return { status: STATUS_SUCCESS, address: placed.base };
}

/** Gives the pages of a PEB or TEB back. */
export function releaseBlock(kernel: Kernel, process: Process, address: number, layout: Structure): void {
  freeVirtualMemory(kernel, process, address, roundUp(layout.size), MEM_RELEASE | MEM_DOS_LIM);
}

/** A stack: reserved from `bottom` to `base`, committed from `limit` on, with a guard page below that. */
export interface UserStack {
  readonly base: number;
  readonly limit: number;
  readonly bottom: number;
}

/** RtlCreateUserStack. Sizes in bytes. */
export function createUserStack(
  kernel: Kernel,
  process: Process,
  options: { reserve: number; commit: number; use: string },
): { status: NtStatus; stack: UserStack } {
  const commit = roundUp(Math.max(options.commit, PAGE_SIZE));
  // A stack that is committed whole would have no room for its guard page.
  const size = roundUp(Math.max(options.reserve, commit + 2 * PAGE_SIZE), NT_GRANULARITY);
  const none = { base: 0, limit: 0, bottom: 0 };
  const { status, base } = allocateVirtualMemory(kernel, process, {
    size,
    type: MEM_RESERVE,
    protection: PAGE_READWRITE,
    use: options.use,
  });
  if (!succeeded(status)) return { status, stack: none };
  const stack = { base: base + size, limit: base + size - commit, bottom: base };
  for (const [at, length, protection] of [
    [stack.limit, commit, PAGE_READWRITE],
    [stack.limit - PAGE_SIZE, PAGE_SIZE, PAGE_READWRITE | PAGE_GUARD],
  ]) {
    const committed = allocateVirtualMemory(kernel, process, { base: at, size: length, type: MEM_COMMIT, protection });
    if (!succeeded(committed.status)) return { status: committed.status, stack: none };
  }
  return { status: STATUS_SUCCESS, stack };
}
