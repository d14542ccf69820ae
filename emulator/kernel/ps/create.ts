/** PsCreateMinimalProcess and PspCreateThread: processes and threads come into being. */

import { initialRegisters } from '../../cpu/registers.ts';
import type { Registers } from '../../cpu/registers.ts';
import { createDispatcherObject } from '../ke/dispatcherObject.ts';
import { NORMAL_PRIORITY, QUANTUM } from '../ke/priority.ts';
import type { Kernel } from '../kernel.ts';
import { nextId } from '../kernel.ts';
import { newFaultCounts } from '../mm/paging.ts';
import { defaultWorkingSet } from '../mm/workingSet.ts';
import { createAddressSpace, hasAddressSpace } from '../mm/addressSpaces.ts';
import { createObject, getObject, referenceObject } from '../ob/object.ts';
import {
  STATUS_ACCESS_DENIED,
  STATUS_PROCESS_IS_TERMINATING,
  STATUS_QUOTA_EXCEEDED,
  STATUS_SUCCESS,
} from '../status.ts';
import type { NtStatus } from '../status.ts';
import type { Process } from './process.ts';
import type { Thread } from './thread.ts';

export interface ProcessOptions {
  readonly parent: number;
  readonly name: string;
  readonly commandLine: string;
  /** The kernel cannot go on without it (BreakOnTermination): nobody may end it. */
  readonly critical?: boolean;
}

/** An empty process: no PEB, no thread, no handles, nothing mapped. */
export function createMinimalProcess(kernel: Kernel, options: ProcessOptions): { status: NtStatus; process?: Process } {
  if (!options.critical && kernel.spaces.size >= kernel.limits.processes) return { status: STATUS_QUOTA_EXCEEDED };
  const process = createProcessRecord(kernel, options);
  createAddressSpace(kernel, process);
  return { status: STATUS_SUCCESS, process };
}

/** A process that has no user address space yet. */
export function createProcessRecord(kernel: Kernel, options: ProcessOptions): Process {
  const id = nextId(kernel);
  const process: Process = {
    id,
    parent: options.parent,
    name: options.name,
    commandLine: options.commandLine,
    minimal: true,
    critical: options.critical ?? false,
    secure: false,
    picoCreated: false,
    provider: -1,
    picoContext: undefined,
    peb: 0,
    threads: [],
    state: 'running',
    exitStatus: 0,
    header: createDispatcherObject(kernel, { type: 'process', signalState: 0 }),
    basePriority: NORMAL_PRIORITY,
    object: createObject(kernel, 'Process', id).id,
    handleTable: undefined,
    vads: [],
    placeHint: undefined,
    commit: 0,
    peakCommit: 0,
    reducedCommit: 0,
    pageFaults: 0,
    faults: newFaultCounts(),
    workingSet: defaultWorkingSet(),
    created: kernel.state.time,
    instructions: 0,
    kernelTime: 0,
  };
  kernel.state.processes.set(process.id, process);
  return process;
}

/** A thread, suspended; minimal in a minimal process, else as `userThread.ts` completes it. */
export function createThread(
  kernel: Kernel,
  process: Process,
  options: { registers: Registers; context: unknown; name: string },
): { status: NtStatus; thread?: Thread } {
  if (process.state !== 'running') return { status: STATUS_PROCESS_IS_TERMINATING };
  if (!hasAddressSpace(kernel, process)) return { status: STATUS_ACCESS_DENIED };
  const registers = initialRegisters();
  registers.copyFrom(options.registers);
  const id = nextId(kernel);
  const thread: Thread = {
    id,
    process: process.id,
    name: options.name,
    minimal: process.minimal,
    object: createObject(kernel, 'Thread', id).id,
    explicitCaseSensitivity: false,
    teb: 0,
    picoContext: options.context,
    state: 'initialized',
    priority: process.basePriority,
    basePriority: process.basePriority,
    priorityDecrement: 0,
    readySince: 0,
    suspendCount: 1,
    context: registers.bytes,
    wait: undefined,
    outcome: undefined,
    inSystemCall: false,
    injected: undefined,
    kernelApcs: [],
    userApcs: [],
    userApcPending: false,
    kernelApcDisable: 0,
    specialApcDisable: 0,
    alerted: false,
    mutants: [],
    waitReferences: [],
    exitStatus: 0,
    header: createDispatcherObject(kernel, { type: 'thread', signalState: 0 }),
    created: kernel.state.time,
    instructions: 0,
    kernelTime: 0,
    debugRegisters: undefined,
    quantum: QUANTUM,
  };
  kernel.state.threads.set(thread.id, thread);
  process.threads.push(thread.id);
  referenceObject(getObject(kernel, process.object));
  kernel.debugPort?.threadCreated(thread);
  return { status: STATUS_SUCCESS, thread };
}
