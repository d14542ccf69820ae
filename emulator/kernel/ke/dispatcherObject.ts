/** DISPATCHER_HEADER: what threads can wait for, as data. All kinds begin alike and differ in what a wait takes. */

import { assert } from '../../base/assert.ts';
import type { Kernel } from '../kernel.ts';
import { nextObject } from '../kernel.ts';
import type { Timer } from './timer.ts';

export interface DispatcherHeader {
  readonly id: number;
  /** Positive: signaled. A semaphore's count; a mutant's 1 when free, and one less for each time it is owned. */
  signalState: number;
  /** Waiting threads, first come first served; one that waits for it twice is in it twice. */
  readonly waiters: number[];
}

/** A notification object stays signaled; a synchronization object is taken by the one waiter that it lets go. */
export type SignalKind = 'notification' | 'synchronization';

export interface Event extends DispatcherHeader {
  readonly type: 'event';
  readonly kind: SignalKind;
}

export interface Mutant extends DispatcherHeader {
  readonly type: 'mutant';
  /** Thread that owns it, or 0. */
  owner: number;
  /** Its last owner ended without releasing it; whoever gets it next is told. */
  abandoned: boolean;
}

export interface Semaphore extends DispatcherHeader {
  readonly type: 'semaphore';
  readonly limit: number;
}

/** Signaled when the process or thread has ended. */
export interface EndHeader extends DispatcherHeader {
  readonly type: 'process' | 'thread';
}

export type DispatcherObject = Event | Mutant | Semaphore | Timer | EndHeader;

/** Members that `createDispatcherObject` fills in itself. */
type Rest<Each> = Each extends DispatcherObject ? Omit<Each, 'id' | 'waiters'> : never;

export function createDispatcherObject(kernel: Kernel, object: Rest<DispatcherObject>): number {
  const id = nextObject(kernel);
  kernel.state.dispatcherObjects.set(id, { id, waiters: [], ...object } as DispatcherObject);
  return id;
}

export function getDispatcherObject(kernel: Kernel, id: number): DispatcherObject {
  const object = kernel.state.dispatcherObjects.get(id);
  assert(object, `there is no dispatcher object ${id}`);
  return object;
}

/** The object, which must be of that type. */
export function dispatcherObjectOf<Type extends DispatcherObject['type']>(
  kernel: Kernel,
  id: number,
  type: Type,
): Extract<DispatcherObject, { type: Type }> {
  const object = getDispatcherObject(kernel, id);
  assert(object.type === type, `dispatcher object ${id} is a ${object.type}, no ${type}`);
  return object as Extract<DispatcherObject, { type: Type }>;
}

/** Whether a wait of that thread for the object would end at once. */
export function isSignaledFor(object: DispatcherObject, thread: number): boolean {
  return object.signalState > 0 || (object.type === 'mutant' && object.owner === thread);
}
