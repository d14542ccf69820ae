/** Processes and address spaces as people look at them. */

import { PAGE_SIZE } from '../base/pages.ts';
import { RIP } from '../cpu/registers.ts';
import { trapFrame } from '../kernel/ke/context.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { countVadPages } from '../kernel/mm/pageCounts.ts';
import { hasAddressSpace } from '../kernel/mm/addressSpaces.ts';
import { MEM_IMAGE, MEM_MAPPED, MEM_PRIVATE } from '../kernel/mm/protection.ts';
import { protectionName } from '../kernel/mm/protectionMask.ts';
import { memoryType, regionAt } from '../kernel/mm/query.ts';
import { getSection } from '../kernel/mm/section.ts';
import { VAD_TYPE_NAMES, chargedPages } from '../kernel/mm/vad.ts';
import type { Vad } from '../kernel/mm/vad.ts';
import { handleCount } from '../kernel/ob/handleTable.ts';
import { imageFileName } from '../kernel/ps/image.ts';
import type { Process } from '../kernel/ps/process.ts';
import { SYSTEM_PROCESS_ID } from '../kernel/ps/system.ts';
import type { Thread } from '../kernel/ps/thread.ts';
import type {
  AddressSpaceInformation,
  Allocation,
  ProcessInformation,
  ProcessKind,
  Region,
  ThreadInformation,
  WorkingSetColumn,
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
    image: imageFileName(kernel, process),
    kind: kindOf(process),
    provider: kernel.providers[process.provider]?.name ?? '',
    state: process.state,
    threads,
    commit: process.commit * PAGE_SIZE,
    workingSet: (kernel.spaces.get(process.id)?.resident ?? 0) * PAGE_SIZE,
    pageFaults: process.pageFaults,
    faults: { ...process.faults },
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

/** By allocation and region, as System Informer's memory tab groups them. */
function describeAllocation(kernel: Kernel, process: Process, vad: Vad): Allocation {
  const regions: Region[] = [];
  for (let page = vad.start; page < vad.end; ) {
    const region = regionAt(kernel, process, vad, page);
    regions.push(describeRegion(kernel, process, vad, page, region));
    page = region.end;
  }
  const sum = (field: 'committed' | WorkingSetColumn): number =>
    regions.reduce((total, region) => total + region[field], 0);
  return {
    base: vad.start * PAGE_SIZE,
    size: (vad.end - vad.start) * PAGE_SIZE,
    type: TYPES[memoryType(vad)],
    allocationProtection: protectionName(vad.protection),
    vadType: VAD_TYPE_NAMES[vad.vadType],
    use: vad.use,
    section: sectionName(kernel, vad),
    committed: sum('committed'),
    commitCharge: chargedPages(vad) * PAGE_SIZE,
    workingSet: sum('workingSet'),
    privateWorkingSet: sum('privateWorkingSet'),
    shareableWorkingSet: sum('shareableWorkingSet'),
    sharedWorkingSet: sum('sharedWorkingSet'),
    lockedWorkingSet: sum('lockedWorkingSet'),
    regions,
  };
}

function describeRegion(
  kernel: Kernel,
  process: Process,
  vad: Vad,
  first: number,
  { committed, protection, end }: ReturnType<typeof regionAt>,
): Region {
  const counts = countVadPages(kernel, process, vad, first, end);
  const rest = committed ? end - first - counts.total - counts.transition - counts.pagedOut : 0;
  return {
    base: first * PAGE_SIZE,
    size: (end - first) * PAGE_SIZE,
    state: committed ? 'commit' : 'reserve',
    protection: protectionName(protection),
    typeText: `${TYPES[memoryType(vad)]}: ${committed ? 'Commit' : 'Reserve'}`,
    workingSet: counts.total * PAGE_SIZE,
    privateWorkingSet: counts.private * PAGE_SIZE,
    shareableWorkingSet: counts.shareable * PAGE_SIZE,
    sharedWorkingSet: counts.shared * PAGE_SIZE,
    lockedWorkingSet: counts.locked * PAGE_SIZE,
    committed: committed ? (end - first) * PAGE_SIZE : 0,
    entries: {
      valid: counts.total * PAGE_SIZE,
      transition: counts.transition * PAGE_SIZE,
      demandZero: vad.privateMemory ? rest * PAGE_SIZE : 0,
      pageFile: counts.pagedOut * PAGE_SIZE,
      prototype: vad.privateMemory ? 0 : rest * PAGE_SIZE,
    },
  };
}

function sectionName(kernel: Kernel, vad: Vad): string {
  if (vad.privateMemory) return '';
  return getSection(kernel, vad.section).kind === 'pageFile' ? 'pagefile-backed section' : vad.use;
}
