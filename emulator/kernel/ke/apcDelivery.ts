/** KiDeliverApc: runs the APCs of the thread that is on the processor. */

import { assert } from '../../base/assert.ts';
import type { Kernel } from '../kernel.ts';
import type { TrapFrame } from '../ps/pico.ts';
import { getProcess } from '../ps/process.ts';
import type { Thread } from '../ps/thread.ts';
import { nextKernelApc } from './apcQueue.ts';
import { SUSPEND_APC, waitToBeResumed } from './suspend.ts';

/** Kernel mode: special ones first, until none is left that may run, or one has made the thread wait. */
export function deliverKernelApcs(kernel: Kernel, thread: Thread): void {
  for (let next = nextKernelApc(thread); next >= 0 && thread.state === 'running'; next = nextKernelApc(thread)) {
    const [{ routine, context }] = thread.kernelApcs.splice(next, 1);
    if (routine === SUSPEND_APC) waitToBeResumed(kernel, thread);
    else kernelRoutine(kernel, routine)(thread, context);
  }
}

function kernelRoutine(kernel: Kernel, name: string): (thread: Thread, context: readonly number[]) => void {
  const routine = kernel.kernelApcRoutines.get(name);
  assert(routine, `there is no kernel APC routine ${name}`);
  return routine;
}

/**
 * User mode, on the way out: the process's provider or subsystem sends the thread where the APC says. Special ones all
 * at once; of others one, whose end asks for the next (NtContinue tests for alerts). Answers with what they were for, or
 * undefined when the thread does not go out to user mode.
 */
export function deliverUserApcs(kernel: Kernel, thread: Thread, frame: TrapFrame): readonly string[] | undefined {
  const process = getProcess(kernel, thread.process);
  const all: string[] = [];
  thread.userApcPending = false;
  while (thread.userApcs.length) {
    const apc = thread.userApcs.shift() as Thread['userApcs'][number];
    const routine =
      kernel.providers[process.provider]?.routines.apcRoutines[apc.routine] ?? kernel.userApcRoutines.get(apc.routine);
    assert(routine, `there is no user APC routine ${apc.routine}`);
    all.push(...routine(thread, frame, apc.context));
    if (thread.state !== 'running') return undefined;
    if (!apc.special) break;
  }
  if (thread.userApcs[0]?.special) thread.userApcPending = true;
  return all;
}
