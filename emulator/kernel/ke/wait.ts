/**
 * Waiting. A wait holds no stack: the thread is taken off the processor, and when the wait ends its system call starts
 * again from the beginning and finds in `thread.outcome` how it ended.
 */

import { assert } from '../../base/assert.ts';
import type { Kernel } from '../kernel.ts';
import type { Thread, WaitOutcome } from '../ps/thread.ts';
import { STATUS_ABANDONED_WAIT_0, STATUS_ALERTED, STATUS_TIMEOUT, STATUS_USER_APC, STATUS_WAIT_0 } from '../status.ts';
import type { NtStatus } from '../status.ts';
import { nextKernelApc } from './apcQueue.ts';
import { getDispatcherObject, isSignaledFor } from './dispatcherObject.ts';
import type { DispatcherObject } from './dispatcherObject.ts';
import { boost } from './priority.ts';
import { readyThread } from './ready.ts';

export interface WaitRequest {
  /** Dispatcher objects; may be empty for a mere delay. */
  readonly objects: readonly number[];
  /** All of them, not any. */
  readonly all?: boolean;
  /** Absolute virtual time in ns at which the wait gives up. */
  readonly due?: number;
  /** A user APC or an alert ends the wait. */
  readonly alertable?: boolean;
  /** For people: `pipe read`. */
  readonly reason: string;
}

/**
 * KeWaitForMultipleObjects. Returns at once; the thread may already be ready again when its objects are signaled. A wait
 * that a kernel APC interrupted and that begins again keeps its old time-out.
 */
export function waitForObjects(kernel: Kernel, thread: Thread, request: WaitRequest): void {
  assert(thread.state !== 'waiting', 'a thread waits once at a time');
  const { outcome } = thread;
  const due = outcome?.kind === 'interrupted' ? outcome.due : (request.due ?? -1);
  thread.wait = {
    objects: [...request.objects],
    all: request.all ?? false,
    alertable: request.alertable ?? false,
    due,
    reason: request.reason,
    suspended: false,
  };
  if (due >= 0) noteDue(kernel, due);
  thread.outcome = undefined;
  thread.state = 'waiting';
  thread.inSystemCall = true;
  for (const id of thread.wait.objects) getDispatcherObject(kernel, id).waiters.push(thread.id);
  if (thread.wait.objects.length && trySatisfy(kernel, thread)) return;
  if (nextKernelApc(thread) >= 0) endWait(kernel, thread, { kind: 'interrupted', due });
  else if (thread.wait.alertable) endByAlert(kernel, thread);
}

/** Ends an alertable wait if there is something to be alerted to: an alert, then user APCs (TestForAlertPending). */
export function endByAlert(kernel: Kernel, thread: Thread): void {
  if (thread.alerted) {
    thread.alerted = false;
    endWait(kernel, thread, { kind: 'alerted' });
  } else if (thread.userApcs.length) {
    thread.userApcPending = true;
    endWait(kernel, thread, { kind: 'userApc' });
  }
}

/** A time-out is known to be due at `due`. */
function noteDue(kernel: Kernel, due: number): void {
  if (kernel.nextDue !== undefined && due < kernel.nextDue) kernel.nextDue = due;
}

/** Makes the thread ready again; `increment` is its boost. */
export function endWait(kernel: Kernel, thread: Thread, outcome: WaitOutcome, increment = 0): void {
  leaveWait(kernel, thread);
  thread.outcome = outcome;
  boost(thread, increment);
  readyThread(kernel, thread);
}

/** Takes the thread from what it waits for, without saying how that ended. */
export function leaveWait(kernel: Kernel, thread: Thread): void {
  const { wait } = thread;
  assert(wait, 'a thread whose wait ends waits');
  for (const id of wait.objects) {
    const waiters = kernel.state.dispatcherObjects.get(id)?.waiters;
    const index = waiters ? waiters.indexOf(thread.id) : -1;
    if (waiters && index >= 0) waiters.splice(index, 1);
  }
  if (wait.due >= 0 && wait.due === kernel.nextDue) kernel.nextDue = undefined;
  thread.wait = undefined;
}

/** Ends the thread's wait if its objects allow it, and takes from them what the wait takes: from all or from none. */
function trySatisfy(kernel: Kernel, thread: Thread, increment = 0): boolean {
  const { wait } = thread;
  assert(wait, 'a waiter waits');
  const { objects, all } = wait;
  let first = -1;
  for (let i = 0; i < objects.length; i++) {
    const isSignaled = isSignaledFor(getDispatcherObject(kernel, objects[i]), thread.id);
    if (isSignaled && first < 0) first = i;
    if (isSignaled !== all) break;
  }
  if (first < 0 || (all && !objects.every(id => isSignaledFor(getDispatcherObject(kernel, id), thread.id))))
    return false;
  let abandoned = false;
  if (all) for (const id of objects) abandoned = take(getDispatcherObject(kernel, id), thread) || abandoned;
  else abandoned = take(getDispatcherObject(kernel, objects[first]), thread);
  endWait(kernel, thread, { kind: 'object', object: all ? 0 : first, abandoned }, increment);
  return true;
}

/** KiWaitSatisfyOther and KiWaitSatisfyMutant; true if its owner had abandoned it. */
function take(object: DispatcherObject, thread: Thread): boolean {
  switch (object.type) {
    case 'event':
    case 'timer':
      if (object.kind === 'synchronization') object.signalState = 0;
      return false;
    case 'semaphore':
      object.signalState--;
      return false;
    case 'mutant': {
      if (--object.signalState > 0 || object.owner === thread.id) return false;
      object.owner = thread.id;
      thread.mutants.push(object.id);
      const { abandoned } = object;
      object.abandoned = false;
      return abandoned;
    }
    default:
      return false;
  }
}

/** KiWaitTest: lets waiters go, in their order, as long as the object is signaled. */
export function releaseWaiters(kernel: Kernel, object: DispatcherObject, increment = 0): void {
  for (let i = 0; i < object.waiters.length && object.signalState > 0; ) {
    const thread = kernel.state.threads.get(object.waiters[i]);
    assert(thread, 'waiters are threads');
    // One that goes has left the list.
    if (!trySatisfy(kernel, thread, increment)) i++;
  }
}

/** Ends the object. Threads that still wait go as if it had been signaled. */
export function deleteDispatcherObject(kernel: Kernel, id: number): void {
  const object = getDispatcherObject(kernel, id);
  while (object.waiters.length) {
    const thread = kernel.state.threads.get(object.waiters[0]);
    assert(thread?.wait, 'waiters are threads that wait');
    const index = thread.wait.objects.indexOf(id);
    endWait(kernel, thread, { kind: 'object', object: thread.wait.all ? 0 : index, abandoned: false });
  }
  kernel.state.dispatcherObjects.delete(id);
}

/**
 * How the thread's last wait ended, as the wait services say it; undefined if it has not waited yet, or has to wait
 * again after a kernel APC. What it says is then forgotten.
 */
export function takeWaitStatus(thread: Thread): NtStatus | undefined {
  const { outcome } = thread;
  if (!outcome || outcome.kind === 'interrupted') return undefined;
  thread.outcome = undefined;
  switch (outcome.kind) {
    case 'object':
      return (outcome.abandoned ? STATUS_ABANDONED_WAIT_0 : STATUS_WAIT_0) + outcome.object;
    case 'timeout':
      return STATUS_TIMEOUT;
    case 'userApc':
      return STATUS_USER_APC;
    case 'alerted':
      return STATUS_ALERTED;
  }
}
