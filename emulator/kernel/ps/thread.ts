/** Threads, as data (`ETHREAD`), and looking them up. */

import type { Kernel } from '../kernel.ts';
import { assert } from '../../base/assert.ts';

export type ThreadId = number;

/** What a waiting thread waits for, and how its last wait ended. */
export interface WaitBlock {
  objects: number[];
  all: boolean;
  alertable: boolean;
  /** Virtual time (ns) at which the wait gives up, or -1. */
  due: number;
  /** What a person reads in the threads view, such as `pipe read`. */
  reason: string;
}

/** `object` is the index in the wait's list of the object that ended it. */
export type WaitOutcome = { kind: 'object'; object: number } | { kind: 'timeout' } | { kind: 'alerted' };

export interface Thread {
  id: ThreadId;
  process: number;
  name: string;
  /** Header.Minimal: system calls go to the pico path. */
  minimal: boolean;
  /** Its object header; the kernel holds a reference until the thread has ended. */
  object: number;
  /** The thread has opted in to names that differ in case (ThreadExplicitCaseSensitivity). */
  explicitCaseSensitivity: boolean;
  /** Address of its TEB, or 0. */
  teb: number;
  picoContext: unknown;
  state: 'initialized' | 'ready' | 'running' | 'waiting' | 'terminated';
  priority: number;
  suspendCount: number;
  /** Register file while the thread is not loaded on the processor. */
  context: Uint8Array;
  wait: WaitBlock | undefined;
  /** How the last wait ended, until the restarted system call has read it. */
  outcome: WaitOutcome | undefined;
  /** The thread is inside a system call that has not answered yet; it starts again when the thread runs. */
  inSystemCall: boolean;
  /** User APCs to deliver before the thread returns to user mode: names of the provider's APC routines. */
  apcs: string[];
  exitStatus: number;
  exitEvent: number;
  created: number;
  instructions: number;
  /** Left over of its time slice, in instructions. */
  quantum: number;
}

export function findThread(kernel: Kernel, id: ThreadId): Thread | undefined {
  return kernel.state.threads.get(id);
}

export function getThread(kernel: Kernel, id: ThreadId): Thread {
  const thread = kernel.state.threads.get(id);
  assert(thread, `there is no thread ${id}`);
  return thread;
}
