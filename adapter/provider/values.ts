/** V8's values as variables of the protocol. */

import type { Runtime } from 'node:inspector';
import { type Inspector, OBJECT_GROUP } from './inspector.ts';

export interface Shown {
  readonly value: string;
  readonly type: string;
  /** Of something that unfolds. */
  readonly objectId?: string;
  /** How many elements an array has. */
  readonly indexed?: number;
}

const LONGEST_PREVIEW = 120;

export function show(remote: Runtime.RemoteObject): Shown {
  const { type, subtype, objectId } = remote;
  if (objectId === undefined || type === 'symbol')
    return { value: primitive(remote), type: subtype === 'null' ? 'null' : type };
  if (type === 'function') {
    const [first] = (remote.description ?? 'function').split('\n', 1);
    return { value: first.slice(0, LONGEST_PREVIEW), type, objectId };
  }
  const indexed = subtype === 'array' || subtype === 'typedarray' ? lengthOf(remote.description) : undefined;
  return {
    value: preview(remote),
    type: remote.className ?? type,
    objectId,
    ...(indexed === undefined ? {} : { indexed }),
  };
}

function primitive({ type, value, unserializableValue, description }: Runtime.RemoteObject): string {
  if (unserializableValue !== undefined) return unserializableValue;
  if (type === 'string') return JSON.stringify(value);
  return type === 'undefined' ? 'undefined' : (description ?? String(value));
}

/** `Map(2)`, `{fd: 1, path: "/x", …}` */
function preview({ preview: given, description = 'object', subtype, className }: Runtime.RemoteObject): string {
  if (!given || subtype === 'error') return description.split('\n', 1)[0];
  const parts = given.properties.map(({ name, value = '…', type }) => {
    const text = type === 'string' ? JSON.stringify(value) : type === 'function' ? 'ƒ' : value || type;
    return subtype === 'array' || subtype === 'typedarray' ? text : `${name}: ${text}`;
  });
  const body = [...parts, ...(given.overflow ? ['…'] : [])].join(', ').slice(0, LONGEST_PREVIEW);
  if (subtype === 'array' || subtype === 'typedarray') return `${description} [${body}]`;
  return className === 'Object' ? `{${body}}` : body === '' ? description : `${description} {${body}}`;
}

/** The number in `Uint8Array(4096)`. */
function lengthOf(description = ''): number | undefined {
  const length = /\((\d+)\)$/.exec(description)?.[1];
  return length === undefined ? undefined : Number(length);
}

/** Which of an object's children a client asks for; without a filter its members. */
export interface Page {
  readonly filter?: 'indexed' | 'named';
  readonly start?: number;
  readonly count?: number;
}

export interface Child {
  readonly name: string;
  readonly shown: Shown;
}

/** Of one object at once; more are asked for by pages. */
export const MOST_CHILDREN = 1000;

/** Elements `[start, start + count)` as an object of their own: V8 gives all properties of an object or none. */
const SLICE = `function (start, count) {
  const part = {};
  for (let i = start; i < Math.min(start + count, this.length); i++) part[i] = this[i];
  return part;
}`;

export async function childrenOf(
  inspector: Inspector,
  object: string,
  elements: { readonly start: number; readonly count: number } | undefined,
): Promise<Child[]> {
  let objectId = object;
  if (elements) {
    const { result } = await inspector.send('Runtime.callFunctionOn', {
      objectId,
      functionDeclaration: SLICE,
      arguments: [{ value: elements.start }, { value: elements.count }],
      objectGroup: OBJECT_GROUP,
    });
    objectId = result.objectId ?? objectId;
  }
  const { result, internalProperties = [] } = await inspector.send('Runtime.getProperties', {
    objectId,
    ownProperties: true,
    generatePreview: true,
  });
  const own = result.flatMap(({ name, value, get }): Child[] => {
    if (value) return [{ name, shown: show(value) }];
    return get?.objectId === undefined ? [] : [{ name, shown: { value: 'ƒ (getter)', type: 'getter' } }];
  });
  const inner = internalProperties.flatMap(({ name, value }): Child[] =>
    value && INTERNAL.has(name) ? [{ name, shown: show(value) }] : [],
  );
  return [...own, ...inner].slice(0, MOST_CHILDREN);
}

/** What maps and sets hold, and what is above an object. */
const INTERNAL: ReadonlySet<string> = new Set(['[[Entries]]', '[[Prototype]]']);

export interface Assignment {
  readonly object: string;
  readonly scope?: { readonly frame: string; readonly number: number };
  readonly name: string;
  readonly value: Runtime.RemoteObject;
}

/** Answers with a problem if V8 refuses. */
export async function assign(
  inspector: Inspector,
  { object, scope, name, value }: Assignment,
): Promise<string | undefined> {
  const { objectId, unserializableValue } = value;
  const given = objectId ? { objectId } : unserializableValue ? { unserializableValue } : { value: value.value };
  try {
    if (scope) {
      await inspector.send('Debugger.setVariableValue', {
        scopeNumber: scope.number,
        variableName: name,
        newValue: given,
        callFrameId: scope.frame,
      });
      return undefined;
    }
    const { exceptionDetails } = await inspector.send('Runtime.callFunctionOn', {
      objectId: object,
      functionDeclaration: 'function (name, value) { "use strict"; this[name] = value; }',
      arguments: [{ value: name }, given],
    });
    return exceptionDetails?.text;
  } catch (error) {
    return (error as Error).message;
  }
}
