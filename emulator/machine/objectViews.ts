/** Handles of processes and the name space of objects as people look at them. */

import { getKeyControlBlock } from '../kernel/cm/keyControlBlock.ts';
import { getDispatcherObject } from '../kernel/ke/dispatcherObject.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { handleCount } from '../kernel/ob/handleTable.ts';
import { directoryEntries, fullName } from '../kernel/ob/nameSpace.ts';
import { getObject } from '../kernel/ob/object.ts';
import type { ObjectHeader } from '../kernel/ob/object.ts';
import type { ObjectTypeName } from '../kernel/ob/objectType.ts';
import type { Process } from '../kernel/ps/process.ts';
import type { HandleInformation, ObjectInformation, WaitObjectInformation } from './face.ts';

export function describeHandles(kernel: Kernel, process: Process): HandleInformation[] {
  if (handleCount(process) === 0) return [];
  const entries = process.handleTable?.entries ?? [];
  return entries.flatMap((entry, index) => {
    if (!entry) return [];
    const object = getObject(kernel, entry.object);
    return [{ handle: index * 4, access: entry.access, attributes: entry.attributes, ...describe(kernel, object) }];
  });
}

/** All named objects, directories before what is in them; none before anybody has asked for a name. */
export function describeObjects(kernel: Kernel): ObjectInformation[] {
  const root = kernel.state.objects.get(kernel.state.rootDirectory);
  return root ? below(kernel, root) : [];
}

function below(kernel: Kernel, object: ObjectHeader): ObjectInformation[] {
  const entries = object.type === 'Directory' ? directoryEntries(kernel, object) : [];
  return [describe(kernel, object), ...entries.flatMap(entry => below(kernel, entry))];
}

function describe(kernel: Kernel, object: ObjectHeader): ObjectInformation {
  return {
    object: object.id,
    type: object.type,
    name: fullName(kernel, object),
    detail: DETAILS[object.type]?.(kernel, object.body) ?? '',
    pointerCount: object.pointerCount,
    handleCount: object.handleCount,
  };
}

/** What the body of an object says of itself, in words. */
const DETAILS: Partial<Record<ObjectTypeName, (kernel: Kernel, body: number) => string>> = {
  SymbolicLink: ({ state }, body) => `→ ${state.symbolicLinks.get(body)?.target}`,
  Process: ({ state }, body) => `${state.processes.get(body)?.name} (${body})`,
  Thread: ({ state }, body) => `thread ${body} of ${state.threads.get(body)?.process}`,
  Event: describeSignal,
  Mutant: describeSignal,
  Semaphore: describeSignal,
  Timer: describeSignal,
  Section: ({ state }, body) => `${state.sections.get(body)?.size} bytes`,
  Key: (kernel, body) => getKeyControlBlock(kernel, body).name,
  File({ state }, body) {
    const file = state.fileObjects.get(body);
    return file ? file.device + file.name : '';
  },
};

/** A dispatcher object, with the name of the object around it if it has one. */
export function describeWaitObject(kernel: Kernel, id: number): WaitObjectInformation {
  const { type } = getDispatcherObject(kernel, id);
  const object = objectAround(kernel, id);
  return {
    type: `${type[0].toUpperCase()}${type.slice(1)}`,
    name: object ? fullName(kernel, object) : '',
    detail: object ? describe(kernel, object).detail : describeSignal(kernel, id),
  };
}

/** The object whose body the dispatcher object is, or is part of; none for the kernel's own events. */
function objectAround({ state }: Kernel, id: number): ObjectHeader | undefined {
  for (const { header, object } of state.processes.values()) if (header === id) return state.objects.get(object);
  for (const { header, object } of state.threads.values()) if (header === id) return state.objects.get(object);
  for (const object of state.objects.values()) if (WITH_SIGNAL.has(object.type) && object.body === id) return object;
  return undefined;
}

/** Types whose bodies are dispatcher objects. */
const WITH_SIGNAL: ReadonlySet<ObjectTypeName> = new Set<ObjectTypeName>(['Event', 'Mutant', 'Semaphore', 'Timer']);

function describeSignal({ state }: Kernel, body: number): string {
  const object = state.dispatcherObjects.get(body);
  if (object?.type === 'semaphore') return `${object.signalState} of ${object.limit}`;
  if (object?.type === 'mutant') return object.owner === 0 ? 'free' : `owned by thread ${object.owner}`;
  const signal = object && object.signalState > 0 ? 'signaled' : 'not signaled';
  return object?.type === 'event' || object?.type === 'timer' ? `${object.kind}, ${signal}` : signal;
}
