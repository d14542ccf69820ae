/**
 * Fault injection: the debug port has a system call answered without being served, or has its thread wait before or after
 * it is. What is left to do of it is part of the thread, so that it survives waits and snapshots.
 */

import { RAX } from '../../cpu/registers.ts';
import { dispatchSystemCall } from '../ke/trap.ts';
import { waitForObjects } from '../ke/wait.ts';
import type { Kernel } from '../kernel.ts';
import type { TrapFrame } from '../ps/pico.ts';
import type { Thread } from '../ps/thread.ts';

/** What the debug port makes of one system call. */
export interface Injection {
  /** RAX instead of what the call would answer; it is not served then. */
  readonly result: bigint | undefined;
  /** Virtual ns that the thread waits before the call is served, and after it has answered. */
  readonly delayEnter: number;
  readonly delayExit: number;
}

export interface InjectedCall extends Injection {
  stage: 'enter' | 'serve' | 'exit';
  /** Virtual time at which the delay that has begun is over, or -1. */
  due: number;
}

export function injectedCall(injection: Injection): InjectedCall {
  return { ...injection, stage: 'enter', due: -1 };
}

/**
 * Serves `thread.injected` in place of `dispatchSystemCall`, and like that: the call has answered unless the thread waits
 * now or has `inSystemCall`; then it is called again when the wait has ended.
 */
export function dispatchInjectedCall(kernel: Kernel, thread: Thread, frame: TrapFrame, injected: InjectedCall): void {
  if (injected.stage === 'enter') {
    if (isDelayed(kernel, thread, injected, injected.delayEnter)) return;
    injected.stage = 'serve';
  }
  if (injected.stage === 'serve') {
    if (injected.result === undefined) dispatchSystemCall(kernel, thread, frame);
    else frame.setBig(RAX, injected.result);
    if (thread.state !== 'running' || thread.inSystemCall) return;
    // Its provider has failed: the thread is before its call again.
    if (thread.injected !== injected) return;
    injected.stage = 'exit';
  }
  isDelayed(kernel, thread, injected, injected.delayExit);
}

/** Lets the thread wait until `delay` ns after it was first called; false when that is over. Nothing else ends the wait. */
function isDelayed(kernel: Kernel, thread: Thread, injected: InjectedCall, delay: number): boolean {
  if (injected.due < 0) injected.due = kernel.state.time + delay;
  // How this wait has ended is no business of the call.
  thread.outcome = undefined;
  thread.inSystemCall = kernel.state.time < injected.due;
  if (thread.inSystemCall) waitForObjects(kernel, thread, { objects: [], due: injected.due, reason: 'injected delay' });
  else injected.due = -1;
  return thread.inSystemCall;
}
