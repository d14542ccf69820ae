/**
 * OBJECT_HEADER: what all objects have in common, and how long they live. The body is the component's own record (an
 * event, a section, a process), found by its id; an object ends when nobody points at it any more.
 */

import { assert } from '../../base/assert.ts';
import { closeKey } from '../cm/keyControlBlock.ts';
import { closeFileObject } from '../io/fileObject.ts';
import { deleteEvent } from '../ke/event.ts';
import { deleteMutant } from '../ke/mutant.ts';
import { deleteTimer } from '../ke/timer.ts';
import { deleteDispatcherObject } from '../ke/wait.ts';
import type { Kernel } from '../kernel.ts';
import { nextObject } from '../kernel.ts';
import { closeSection } from '../mm/section.ts';
import type { ObjectTypeName } from './objectType.ts';

export interface ObjectHeader {
  readonly id: number;
  readonly type: ObjectTypeName;
  /** Id of the body among its kind: an event's, a section's, a process id. */
  readonly body: number;
  /** Everything that keeps it alive, handles included, as `!object` counts. */
  pointerCount: number;
  handleCount: number;
  /** Its own name inside `directory`, or ''. */
  name: string;
  /** Directory object that its name stands in, or 0. */
  directory: number;
  /** OBJ_PERMANENT: its name stays when the last handle is closed. */
  permanent: boolean;
}

/** What ends the body when its object does. Types whose bodies outlive their objects have no row. */
const DELETE_PROCEDURES: Partial<Record<ObjectTypeName, (kernel: Kernel, body: number) => void>> = {
  Directory: (kernel, body) => void kernel.state.directories.delete(body),
  SymbolicLink: (kernel, body) => void kernel.state.symbolicLinks.delete(body),
  Process: deleteProcess,
  Thread: deleteThread,
  Event: deleteEvent,
  Mutant: deleteMutant,
  Semaphore: deleteDispatcherObject,
  Timer: deleteTimer,
  Section: closeSection,
  File: closeFileObject,
  Key: closeKey,
};

/** ObCreateObject: a header for `body`, with the creator's own reference. */
export function createObject(kernel: Kernel, type: ObjectTypeName, body: number): ObjectHeader {
  const id = nextObject(kernel);
  const header: ObjectHeader = {
    id,
    type,
    body,
    pointerCount: 1,
    handleCount: 0,
    name: '',
    directory: 0,
    permanent: false,
  };
  kernel.state.objects.set(id, header);
  return header;
}

export function getObject(kernel: Kernel, id: number): ObjectHeader {
  const object = kernel.state.objects.get(id);
  assert(object, `there is no object ${id}`);
  return object;
}

export function referenceObject(object: ObjectHeader): void {
  object.pointerCount++;
}

/** ObDereferenceObject: the last reference ends the object and its body. */
export function dereferenceObject(kernel: Kernel, object: ObjectHeader): void {
  assert(object.pointerCount > 0, `object ${object.id} is dereferenced more often than referenced`);
  if (--object.pointerCount > 0) return;
  kernel.state.objects.delete(object.id);
  DELETE_PROCEDURES[object.type]?.(kernel, object.body);
}

/** The record of a process that has ended (`ps/terminate.ts`). */
function deleteProcess(kernel: Kernel, body: number): void {
  const process = kernel.state.processes.get(body);
  assert(process?.state === 'terminated', `process ${body} has not ended`);
  deleteDispatcherObject(kernel, process.header);
  kernel.state.processes.delete(body);
}

/** A thread keeps its process. */
function deleteThread(kernel: Kernel, body: number): void {
  const thread = kernel.state.threads.get(body);
  assert(thread?.state === 'terminated', `thread ${body} has not ended`);
  deleteDispatcherObject(kernel, thread.header);
  kernel.state.threads.delete(body);
  const process = kernel.state.processes.get(thread.process);
  if (process) dereferenceObject(kernel, getObject(kernel, process.object));
}
