/** Processes and address spaces as people look at them. */

import { PAGE_SIZE } from '../base/pages.ts';
import { RIP } from '../cpu/registers.ts';
import { trapFrame } from '../kernel/ke/context.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { hasAddressSpace } from '../kernel/mm/addressSpaces.ts';
import { MEM_IMAGE, MEM_MAPPED, MEM_PRIVATE } from '../kernel/mm/protection.ts';
import { protectionName } from '../kernel/mm/protectionMask.ts';
import { memoryType } from '../kernel/mm/query.ts';
import { committedPages } from '../kernel/mm/vad.ts';
import type { Vad } from '../kernel/mm/vad.ts';
import { handleCount } from '../kernel/ob/handleTable.ts';
import type { Process } from '../kernel/ps/process.ts';
import { SYSTEM_PROCESS_ID } from '../kernel/ps/system.ts';
import type { Thread } from '../kernel/ps/thread.ts';
import { PRESENT } from '../memory/pageTable.ts';
import type {
  AddressSpaceInformation,
  Allocation,
  ProcessInformation,
  ProcessKind,
  Region,
  ThreadInformation,
} from './face.ts';
import { describeWaitObject } from './objectViews.ts';

/** What a traditional process has and others lack. */
const FACTS: Readonly<Record<ProcessKind, readonly string[]>> = {
  system: ['no user address space'],
  traditional: [],
  minimal: ['no PEB', 'no TEB', 'no ntdll', 'no shared user data'],
  secure: ['no PEB', 'no TEB', 'no ntdll', 'opaque'],
  pico: ['no PEB', 'no TEB', 'no ntdll', 'no shared user data'],
};

function kindOf(process: Process): ProcessKind {
  if (process.id === SYSTEM_PROCESS_ID) return 'system';
  if (process.secure) return 'secure';
  if (process.picoCreated) return 'pico';
  return process.minimal ? 'minimal' : 'traditional';
}

/** Why nobody can look into the process's memory, or undefined. */
export function memoryRefusal(kernel: Kernel, process: Process): string | undefined {
  if (process.secure)
    return `The memory of ${process.name} belongs to the secure kernel (VTL 1): neither this kernel nor its providers nor a debugger of theirs can read or write it.`;
  if (hasAddressSpace(kernel, process)) return undefined;
  return `${process.name} has no user address space: what it works with lies in the kernel.`;
}

export function describeProcess(kernel: Kernel, process: Process): ProcessInformation {
  const threads = process.threads.flatMap(id => {
    const thread = kernel.state.threads.get(id);
    return thread ? [describeThread(kernel, thread)] : [];
  });
  return {
    id: process.id,
    parent: process.parent,
    name: process.name,
    commandLine: process.commandLine,
    kind: kindOf(process),
    provider: kernel.providers[process.provider]?.name ?? '',
    state: process.state,
    threads,
    commit: process.commit * PAGE_SIZE,
    workingSet: (kernel.spaces.get(process.id)?.resident ?? 0) * PAGE_SIZE,
    pageFaults: process.pageFaults,
    instructions: process.instructions,
    handleCount: handleCount(process),
    facts: FACTS[kindOf(process)],
  };
}

function describeThread(kernel: Kernel, thread: Thread): ThreadInformation {
  return {
    id: thread.id,
    process: thread.process,
    name: thread.name,
    state: thread.state,
    waitReason: thread.wait?.reason ?? '',
    waitObjects: (thread.wait?.objects ?? []).map(id => describeWaitObject(kernel, id)),
    priority: thread.priority,
    basePriority: thread.basePriority,
    quantum: thread.quantum,
    suspendCount: thread.suspendCount,
    instructions: thread.instructions,
    rip: trapFrame(kernel, thread).number(RIP),
  };
}

export function describeAddressSpace(kernel: Kernel, process: Process): AddressSpaceInformation {
  return {
    process: process.id,
    name: process.name,
    facts: FACTS[kindOf(process)],
    refusal: memoryRefusal(kernel, process) ?? '',
    allocations: process.vads.map(vad => describeAllocation(kernel, process, vad)),
  };
}

const TYPES: Readonly<Record<number, Allocation['type']>> = {
  [MEM_PRIVATE]: 'Private',
  [MEM_MAPPED]: 'Mapped',
  [MEM_IMAGE]: 'Image',
};

function describeAllocation(kernel: Kernel, process: Process, vad: Vad): Allocation {
  const regions = vad.runs.map((run): Region => {
    const first = vad.start + run.first;
    return {
      base: first * PAGE_SIZE,
      size: run.count * PAGE_SIZE,
      state: run.committed ? 'commit' : 'reserve',
      protection: protectionName(run.protection),
      workingSet: presentPages(kernel, process, first, first + run.count) * PAGE_SIZE,
      committed: run.committed ? run.count * PAGE_SIZE : 0,
    };
  });
  return {
    base: vad.start * PAGE_SIZE,
    size: (vad.end - vad.start) * PAGE_SIZE,
    type: TYPES[memoryType(vad)],
    allocationProtection: protectionName(vad.protection),
    use: vad.use,
    committed: committedPages(vad) * PAGE_SIZE,
    workingSet: regions.reduce((sum, region) => sum + region.workingSet, 0),
    regions,
  };
}

function presentPages(kernel: Kernel, process: Process, first: number, end: number): number {
  return kernel.spaces.get(process.id)?.countPages(first, end, PRESENT) ?? 0;
}
