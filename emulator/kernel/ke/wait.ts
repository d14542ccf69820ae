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
 * KeWaitForMultipleObjects. Returns at once: either the thread waits now, or what it would wait for has happened and it
 * keeps the processor; its call starts again in both cases. A wait that a kernel APC interrupted and that begins again
 * keeps its old time-out.
 */
export function waitForObjects(kernel: Kernel, thread: Thread, request: WaitRequest): void {
  assert(thread.state === 'running', `thread ${thread.id}, which is ${thread.state}, cannot begin to wait`);
  const { objects, all = false, alertable = false, reason } = request;
  const due = thread.outcome?.kind === 'interrupted' ? thread.outcome.due : (request.due ?? -1);
  thread.inSystemCall = true;
  thread.outcome = satisfy(kernel, thread, objects, all);
  if (!thread.outcome && nextKernelApc(thread) >= 0) thread.outcome = { kind: 'interrupted', due };
  if (!thread.outcome && alertable) thread.outcome = takeAlert(thread);
  if (thread.outcome) return;
  thread.wait = { objects: [...objects], all, alertable, due, reason, suspended: false };
  thread.state = 'waiting';
  for (const id of objects) getDispatcherObject(kernel, id).waiters.push(thread.id);
  if (due >= 0 && kernel.nextDue !== undefined && due < kernel.nextDue) kernel.nextDue = due;
}

/** What an alertable wait ends with if there is something to be alerted to: an alert, then user APCs. */
function takeAlert(thread: Thread): WaitOutcome | undefined {
  if (thread.alerted) {
    thread.alerted = false;
    return { kind: 'alerted' };
  }
  if (thread.userApcs.length === 0) return undefined;
  thread.userApcPending = true;
  return { kind: 'userApc' };
}

/** Ends the thread's wait if it is alertable and there is something to be alerted to. */
export function endByAlert(kernel: Kernel, thread: Thread): void {
  const outcome = thread.wait?.alertable ? takeAlert(thread) : undefined;
  if (outcome) endWait(kernel, thread, outcome);
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

/** How a wait for these ends, if they allow it, having taken from them what it takes: from all or from none. */
function satisfy(kernel: Kernel, thread: Thread, objects: readonly number[], all: boolean): WaitOutcome | undefined {
  let first = -1;
  for (let i = 0; i < objects.length; i++) {
    const isSignaled = isSignaledFor(getDispatcherObject(kernel, objects[i]), thread.id);
    if (all && !isSignaled) return undefined;
    if (!isSignaled) continue;
    first = i;
    if (!all) break;
  }
  if (first < 0) return undefined;
  if (!all)
    return { kind: 'object', object: first, abandoned: take(getDispatcherObject(kernel, objects[first]), thread) };
  let abandoned = false;
  for (const id of objects) if (take(getDispatcherObject(kernel, id), thread)) abandoned = true;
  return { kind: 'object', object: 0, abandoned };
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
    assert(thread?.wait, 'waiters are threads that wait');
    const outcome = satisfy(kernel, thread, thread.wait.objects, thread.wait.all);
    // One that goes leaves the list.
    if (outcome) endWait(kernel, thread, outcome, increment);
    else i++;
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
