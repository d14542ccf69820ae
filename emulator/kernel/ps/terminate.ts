/** PspExitThread and PspExitProcess: threads and processes end, and leave nothing behind. */

import { clearDebugRegisters } from '../ke/debugRegisters.ts';
import { getDispatcherObject } from '../ke/dispatcherObject.ts';
import { abandonMutants } from '../ke/mutant.ts';
import { removeReady } from '../ke/ready.ts';
import { cancelTimersOf } from '../ke/timer.ts';
import { leaveWait, releaseWaiters } from '../ke/wait.ts';
import type { Kernel } from '../kernel.ts';
import { deleteAddressSpace } from '../mm/addressSpaces.ts';
import { deleteUserMemory } from '../mm/virtualMemory.ts';
import { closeAllHandles } from '../ob/handleTable.ts';
import { dereferenceObject, getObject } from '../ob/object.ts';
import { tidyStore } from '../sm/region.ts';
import { STATUS_PROCESS_IS_TERMINATING, STATUS_SUCCESS } from '../status.ts';
import type { NtStatus } from '../status.ts';
import type { Process } from './process.ts';
import type { Thread } from './thread.ts';

/** Ends a thread; with its last thread the process ends too. */
export function terminateThread(kernel: Kernel, thread: Thread, status: NtStatus): void {
  if (thread.state === 'terminated') return;
  const process = kernel.state.processes.get(thread.process);
  if (thread.state === 'waiting') leaveWait(kernel, thread);
  if (thread.state === 'ready') removeReady(kernel, thread);
  if (kernel.loaded?.thread === thread) kernel.loaded = undefined;
  if (kernel.state.current === thread.id) kernel.state.current = 0;
  thread.state = 'terminated';
  thread.exitStatus = status;
  thread.kernelApcs.length = 0;
  thread.userApcs.length = 0;
  cancelTimersOf(kernel, thread);
  if (process) {
    kernel.providers[process.provider]?.routines.exitThread(thread);
    clearDebugRegisters(kernel, process, thread);
    process.threads.splice(process.threads.indexOf(thread.id), 1);
  }
  abandonMutants(kernel, thread);
  for (const id of thread.waitReferences.splice(0)) dereferenceObject(kernel, getObject(kernel, id));
  signalEnd(kernel, thread.header);
  dereferenceObject(kernel, getObject(kernel, thread.object));
  kernel.debugPort?.threadExited(thread);
  if (process && process.threads.length === 0) exitProcess(kernel, process, status);
}

/** NtTerminateProcess and the like: how a pico process ends is its provider's business, which is asked instead. */
export function requestTermination(kernel: Kernel, process: Process, status: NtStatus): NtStatus {
  const provider = process.picoContext === undefined ? undefined : kernel.providers[process.provider];
  if (provider) return provider.routines.terminateProcess(process, status);
  if (process.state !== 'running') return STATUS_PROCESS_IS_TERMINATING;
  terminateProcess(kernel, process, status);
  return STATUS_SUCCESS;
}

/** Ends all threads of a process, and with them the process. */
export function terminateProcess(kernel: Kernel, process: Process, status: NtStatus): void {
  if (process.state !== 'running') return;
  process.state = 'terminating';
  process.exitStatus = status;
  for (const id of process.threads.slice()) {
    const thread = kernel.state.threads.get(id);
    if (thread) terminateThread(kernel, thread, status);
  }
  exitProcess(kernel, process, status);
}

function exitProcess(kernel: Kernel, process: Process, status: NtStatus): void {
  if (process.state === 'terminated') return;
  if (process.state === 'running') process.exitStatus = status;
  process.state = 'terminated';
  kernel.providers[process.provider]?.routines.exitProcess(process);
  kernel.debugPort?.processExited(process);
  closeAllHandles(kernel, process);
  deleteUserMemory(kernel, process);
  deleteAddressSpace(kernel, process);
  tidyStore(kernel);
  signalEnd(kernel, process.header);
  dereferenceObject(kernel, getObject(kernel, process.object));
}

/** Those who wait for the end of a process or thread go, and nobody waits for it any more. */
function signalEnd(kernel: Kernel, header: number): void {
  const object = getDispatcherObject(kernel, header);
  object.signalState = 1;
  releaseWaiters(kernel, object);
}
