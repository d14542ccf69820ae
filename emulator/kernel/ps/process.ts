/** Processes, as data (`EPROCESS`), and looking them up. */

import type { Kernel } from '../kernel.ts';
import type { HandleTable } from '../ob/handleTable.ts';
import type { FaultCounts } from '../mm/paging.ts';
import type { PlaceHint } from '../mm/place.ts';
import type { Vad } from '../mm/vad.ts';
import type { WorkingSetLimits } from '../mm/workingSet.ts';
import { assert } from '../../base/assert.ts';

export type ProcessId = number;

export interface Process {
  id: ProcessId;
  parent: ProcessId;
  /** ImageFileName: what tools show. */
  name: string;
  commandLine: string;
  /** Flags3.Minimal: no PEB, no TEBs, no ntdll, no shared user data. */
  minimal: boolean;
  /** BreakOnTermination: the kernel cannot go on without it. */
  critical: boolean;
  /** IsSecureProcess: its memory belongs to virtual trust level 1. */
  secure: boolean;
  /** Flags2.PicoCreated. */
  picoCreated: boolean;
  /** Which registered provider owns it, or -1. */
  provider: number;
  /** The provider's own record of it; plain data. */
  picoContext: unknown;
  /** Address of its PEB, or 0. */
  peb: number;
  threads: number[];
  state: 'running' | 'terminating' | 'terminated';
  exitStatus: number;
  /** Dispatcher object that is signaled when the process has terminated. */
  header: number;
  /** What its threads begin with. */
  basePriority: number;
  /** Its object header; the kernel holds a reference until the process has ended. */
  object: number;
  /** None until the process needs one: minimal and pico processes have no handles. */
  handleTable: HandleTable | undefined;
  /** Sorted by start page. */
  vads: Vad[];
  placeHint: PlaceHint | undefined;
  /** Pages it was promised: committed private memory and write-copy views (`mm/charge.ts`). */
  commit: number;
  peakCommit: number;
  /** Of these, pages that a clone got without the system being charged. */
  reducedCommit: number;
  pageFaults: number;
  /** Of these, what the faults found that brought a page. */
  faults: FaultCounts;
  workingSet: WorkingSetLimits;
  /** Virtual time (ns) of creation. */
  created: number;
  /** Instructions retired by its threads. */
  instructions: number;
  /** Virtual ns of kernel mode that its system calls have taken. */
  kernelTime: number;
}

export function findProcess(kernel: Kernel, id: ProcessId): Process | undefined {
  return kernel.state.processes.get(id);
}

export function getProcess(kernel: Kernel, id: ProcessId): Process {
  const process = kernel.state.processes.get(id);
  assert(process, `there is no process ${id}`);
  return process;
}
