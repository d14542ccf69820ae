/**
 * The object manager's name space: directories of named objects, symbolic links between them, and looking a path up. The
 * first directories are made when somebody first asks.
 */

import { assert } from '../../base/assert.ts';
import type { Kernel } from '../kernel.ts';
import { nextObject } from '../kernel.ts';
import { upcase } from '../rtl/upcase.ts';
import {
  STATUS_OBJECT_NAME_INVALID,
  STATUS_OBJECT_NAME_NOT_FOUND,
  STATUS_OBJECT_PATH_NOT_FOUND,
  STATUS_OBJECT_PATH_SYNTAX_BAD,
  STATUS_OBJECT_TYPE_MISMATCH,
  STATUS_SUCCESS,
} from '../status.ts';
import type { NtStatus } from '../status.ts';
import { createObject, dereferenceObject, getObject, referenceObject } from './object.ts';
import type { ObjectHeader } from './object.ts';
import { objectType } from './objectType.ts';

/** Body of a Directory object. */
export interface Directory {
  readonly id: number;
  /** Objects in it by upcased name: several where their names differ only in case. */
  entries: Map<string, number[]>;
}

/** Body of a SymbolicLink object. */
export interface SymbolicLink {
  readonly id: number;
  /** Absolute path that takes its place. */
  readonly target: string;
}

/** Directories that there are from the beginning (Windows Internals, ch. 8, "Object names"). */
const FIRST_DIRECTORIES = ['BaseNamedObjects', 'KernelObjects', 'Device', '??'];
/** Symbolic links followed in one look-up before it counts as a circle. */
const LINK_LIMIT = 32;

/** The object `\`, made with its first directories when first asked for. */
export function rootDirectory(kernel: Kernel): ObjectHeader {
  const { state } = kernel;
  if (state.rootDirectory === 0) {
    const root = createObject(kernel, 'Directory', createDirectory(kernel));
    state.rootDirectory = root.id;
    for (const name of FIRST_DIRECTORIES)
      insertPermanent(kernel, root, name, createObject(kernel, 'Directory', createDirectory(kernel)));
  }
  return getObject(kernel, state.rootDirectory);
}

/** The body of a Directory object. */
export function createDirectory(kernel: Kernel): number {
  const id = nextObject(kernel);
  kernel.state.directories.set(id, { id, entries: new Map() });
  return id;
}

/** The body of a SymbolicLink object. */
export function createSymbolicLink(kernel: Kernel, target: string): number {
  const id = nextObject(kernel);
  kernel.state.symbolicLinks.set(id, { id, target });
  return id;
}

/** Takes over the creator's reference: the name keeps the object, as OBJ_PERMANENT does. */
export function insertPermanent(kernel: Kernel, directory: ObjectHeader, name: string, object: ObjectHeader): void {
  object.permanent = true;
  insertName(kernel, directory, name, object);
  dereferenceObject(kernel, object);
}

/** Names the object. Both sides keep each other alive until the name is removed. */
export function insertName(kernel: Kernel, directory: ObjectHeader, name: string, object: ObjectHeader): void {
  const { entries } = directoryOf(kernel, directory);
  const key = upcase(name);
  const same = entries.get(key);
  if (same) same.push(object.id);
  else entries.set(key, [object.id]);
  object.name = name;
  object.directory = directory.id;
  referenceObject(object);
  referenceObject(directory);
}

/** When the last handle is closed a temporary object loses its name (ObpDeleteNameCheck). */
export function removeTemporaryName(kernel: Kernel, object: ObjectHeader): void {
  if (object.permanent || object.directory === 0) return;
  const directory = getObject(kernel, object.directory);
  const { entries } = directoryOf(kernel, directory);
  const key = upcase(object.name);
  const rest = (entries.get(key) ?? []).filter(id => id !== object.id);
  if (rest.length) entries.set(key, rest);
  else entries.delete(key);
  object.directory = 0;
  object.name = '';
  dereferenceObject(kernel, object);
  dereferenceObject(kernel, directory);
}

/** NtMakeTemporaryObject: from now on the name goes with the last handle, or at once if there is none. */
export function makeTemporary(kernel: Kernel, object: ObjectHeader): void {
  object.permanent = false;
  if (object.handleCount === 0) removeTemporaryName(kernel, object);
}

function directoryOf(kernel: Kernel, object: ObjectHeader): Directory {
  const directory = kernel.state.directories.get(object.body);
  assert(object.type === 'Directory' && directory, `object ${object.id} is no directory`);
  return directory;
}

/** All objects in a directory, in the order of their names. */
export function directoryEntries(kernel: Kernel, directory: ObjectHeader): ObjectHeader[] {
  return [...directoryOf(kernel, directory).entries]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .flatMap(([, ids]) => ids.map(id => getObject(kernel, id)));
}

function findEntry(
  kernel: Kernel,
  directory: ObjectHeader,
  name: string,
  caseInsensitive: boolean,
): ObjectHeader | undefined {
  const same = directoryOf(kernel, directory).entries.get(upcase(name)) ?? [];
  const objects = same.map(id => getObject(kernel, id));
  return objects.find(object => object.name === name) ?? (caseInsensitive ? objects[0] : undefined);
}

export interface LookupRequest {
  /** Where a relative path begins; without it the path is absolute. */
  readonly root?: ObjectHeader;
  readonly path: string;
  readonly caseInsensitive: boolean;
  /** OBJ_OPENLINK: a link at the end of the path stands for itself. */
  readonly openLink?: boolean;
}

export interface Lookup {
  readonly status: NtStatus;
  readonly object?: ObjectHeader;
  /** What follows an object that parses names itself: the path on a device, with its leading backslash, or ''. */
  readonly rest: string;
  /** Where a missing last component would go, and its name. */
  readonly directory?: ObjectHeader;
  readonly name?: string;
}

const failed = (status: NtStatus): Lookup => ({ status, rest: '' });

/**
 * ObpLookupObjectName. The last component missing is STATUS_OBJECT_NAME_NOT_FOUND, with the place for it; one before it,
 * STATUS_OBJECT_PATH_NOT_FOUND. A link in the middle is replaced by its target and the look-up begins again from `\`.
 */
export function lookupName(kernel: Kernel, request: LookupRequest, links = 0): Lookup {
  const { path, caseInsensitive } = request;
  if (path.startsWith('\\') === (request.root !== undefined)) return failed(STATUS_OBJECT_PATH_SYNTAX_BAD);
  let object = request.root ?? rootDirectory(kernel);
  // What is left of the path, with the backslash before it.
  let rest = request.root && path !== '' ? `\\${path}` : path === '\\' ? '' : path;
  for (;;) {
    if (object.type === 'SymbolicLink' && !(request.openLink && rest === '')) {
      if (links >= LINK_LIMIT) return failed(STATUS_OBJECT_NAME_NOT_FOUND);
      const target = kernel.state.symbolicLinks.get(object.body)?.target ?? '';
      return lookupName(kernel, { ...request, root: undefined, path: target + rest }, links + 1);
    }
    if (rest === '' || objectType(object.type).parses) return { status: STATUS_SUCCESS, object, rest };
    if (object.type !== 'Directory') return failed(STATUS_OBJECT_TYPE_MISMATCH);
    const end = rest.indexOf('\\', 1);
    const name = rest.slice(1, end < 0 ? undefined : end);
    if (name === '') return failed(STATUS_OBJECT_NAME_INVALID);
    const found = findEntry(kernel, object, name, caseInsensitive);
    if (!found && end < 0) return { status: STATUS_OBJECT_NAME_NOT_FOUND, rest: '', directory: object, name };
    if (!found) return failed(STATUS_OBJECT_PATH_NOT_FOUND);
    object = found;
    rest = end < 0 ? '' : rest.slice(end);
  }
}

/** The object's absolute path, or '' without a name. */
export function fullName(kernel: Kernel, object: ObjectHeader): string {
  if (object.id === kernel.state.rootDirectory) return '\\';
  if (object.directory === 0) return '';
  const parent = fullName(kernel, getObject(kernel, object.directory));
  return `${parent === '\\' ? '' : parent}\\${object.name}`;
}
