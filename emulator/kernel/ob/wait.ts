/** NtWaitForSingleObject and NtWaitForMultipleObjects: waits for what handles stand for. */

import { createEvent } from '../ke/event.ts';
import { takeWaitStatus, waitForObjects } from '../ke/wait.ts';
import type { Kernel } from '../kernel.ts';
import { getProcess } from '../ps/process.ts';
import { getThread } from '../ps/thread.ts';
import type { Thread } from '../ps/thread.ts';
import { STATUS_INVALID_PARAMETER_1, STATUS_INVALID_PARAMETER_MIX, STATUS_SUCCESS, succeeded } from '../status.ts';
import type { NtStatus } from '../status.ts';
import { SYNCHRONIZE } from './access.ts';
import { referenceObjectByHandle } from './handleTable.ts';
import { dereferenceObject, getObject, referenceObject } from './object.ts';
import type { ObjectHeader } from './object.ts';

/** MAXIMUM_WAIT_OBJECTS (winnt.h). */
export const MAXIMUM_WAIT_OBJECTS = 64;

export interface HandleWait {
  readonly handles: readonly number[];
  /** WaitAll, not WaitAny. */
  readonly all: boolean;
  readonly alertable: boolean;
  /** Absolute virtual time in ns, or undefined to wait for ever. */
  readonly due?: number;
}

/**
 * The status that the service answers with, or undefined: then the thread waits, and the service is called again from
 * its start when the wait has ended. Objects live while a thread waits for them, whoever closes their handles.
 */
export function waitForHandles(kernel: Kernel, thread: Thread, request: HandleWait): NtStatus | undefined {
  const isAgain = thread.outcome !== undefined;
  const ended = takeWaitStatus(thread);
  if (ended !== undefined) {
    for (const id of thread.waitReferences.splice(0)) dereferenceObject(kernel, getObject(kernel, id));
    return ended;
  }
  if (!isAgain) {
    const status = referenceAll(kernel, thread, request);
    if (!succeeded(status)) return status;
  }
  const objects = thread.waitReferences.map(id => waitObject(kernel, getObject(kernel, id)));
  const { all, alertable, due } = request;
  waitForObjects(kernel, thread, { objects, all, alertable, due, reason: 'UserRequest' });
  return undefined;
}

function referenceAll(kernel: Kernel, thread: Thread, { handles, all }: HandleWait): NtStatus {
  if (handles.length === 0 || handles.length > MAXIMUM_WAIT_OBJECTS) return STATUS_INVALID_PARAMETER_1;
  const process = getProcess(kernel, thread.process);
  const found: ObjectHeader[] = [];
  for (const handle of handles) {
    const { status, object } = referenceObjectByHandle(kernel, process, handle, SYNCHRONIZE);
    if (!object) return status;
    found.push(object);
  }
  if (all && new Set(found).size < found.length) return STATUS_INVALID_PARAMETER_MIX;
  for (const object of found) referenceObject(object);
  thread.waitReferences = found.map(({ id }) => id);
  return STATUS_SUCCESS;
}

/** The dispatcher object that stands for an object in waits. */
export function waitObject(kernel: Kernel, object: ObjectHeader): number {
  switch (object.type) {
    case 'Process':
      return getProcess(kernel, object.body).header;
    case 'Thread':
      return getThread(kernel, object.body).header;
    case 'Event':
    case 'Mutant':
    case 'Semaphore':
    case 'Timer':
      return object.body;
    default:
      return defaultObject(kernel);
  }
}

/** ObpDefaultObject, always signaled: for types without one of their own, and for files, whose operations are complete. */
function defaultObject(kernel: Kernel): number {
  kernel.state.defaultObject ||= createEvent(kernel, 'notification', true);
  return kernel.state.defaultObject;
}
