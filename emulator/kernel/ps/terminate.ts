/** PspExitThread and PspExitProcess: threads and processes end, and leave nothing behind. */

import { setEvent } from '../ke/event.ts';
import { endWait } from '../ke/wait.ts';
import type { Kernel } from '../kernel.ts';
import { deleteAddressSpace } from '../mm/addressSpaces.ts';
import { deleteUserMemory } from '../mm/virtualMemory.ts';
import { closeAllHandles } from '../ob/handleTable.ts';
import { dereferenceObject, getObject } from '../ob/object.ts';
import type { NtStatus } from '../status.ts';
import type { Process } from './process.ts';
import type { Thread } from './thread.ts';

/** Ends a thread; with its last thread the process ends too. */
export function terminateThread(kernel: Kernel, thread: Thread, status: NtStatus): void {
  if (thread.state === 'terminated') return;
  const process = kernel.state.processes.get(thread.process);
  if (thread.state === 'waiting') endWait(kernel, thread, { kind: 'alerted' });
  const ready = kernel.state.ready.indexOf(thread.id);
  if (ready >= 0) kernel.state.ready.splice(ready, 1);
  if (kernel.loaded?.thread === thread) kernel.loaded = undefined;
  if (kernel.state.current === thread.id) kernel.state.current = 0;
  thread.state = 'terminated';
  thread.exitStatus = status;
  if (process) {
    kernel.providers[process.provider]?.routines.exitThread(thread);
    process.threads.splice(process.threads.indexOf(thread.id), 1);
  }
  setEvent(kernel, thread.exitEvent);
  dereferenceObject(kernel, getObject(kernel, thread.object));
  kernel.debugPort?.threadExited(thread);
  if (process && process.threads.length === 0) exitProcess(kernel, process, status);
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
  setEvent(kernel, process.exitEvent);
  dereferenceObject(kernel, getObject(kernel, process.object));
}
