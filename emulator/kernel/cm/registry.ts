/**
 * The configuration manager: the registry's name space over hives that lie in the Registry process. Open keys are key
 * control blocks, so that a key that is deleted while somebody holds it is known as deleted.
 */

import { assert } from '../../base/assert.ts';
import type { Kernel } from '../kernel.ts';
import { createMinimalProcess } from '../ps/create.ts';
import { getProcess } from '../ps/process.ts';
import { SYSTEM_PROCESS_ID } from '../ps/system.ts';
import { upcase } from '../rtl/upcase.ts';
import * as status from '../status.ts';
import type { NtStatus } from '../status.ts';
import { DEFAULT_KEYS, HIVES } from './defaults.ts';
import { createHive, NO_CELL, setRoot } from './hive.ts';
import type { HiveAccess } from './hive.ts';
import * as cells from './key.ts';
import { closeKey, getKeyControlBlock, openKeyControlBlock } from './keyControlBlock.ts';
import type { FoundKey, RegistryState } from './keyControlBlock.ts';
import type { KeyNode, Value } from './key.ts';
import { REG_LINK, textData, textOf } from './values.ts';

export interface OpenedKey {
  readonly status: NtStatus;
  readonly key?: number;
  readonly created?: boolean;
}

/** Bytes of one hive; beyond that nothing is added. */
const HIVE_LIMIT = 0x100_0000;
const MOST_LINKS = 32;
/** Most bytes of one value. */
export const { LARGEST_DATA } = cells;
/** FILETIME of 1970, in 100 ns. */
const EPOCH = 116_444_736_000_000_000n;

/** Opens the key with this full name, such as `\REGISTRY\MACHINE\SYSTEM`; closed with `closeKey`. */
export function openKey(kernel: Kernel, name: string, options: { openLink?: boolean } = {}): OpenedKey {
  const found = findKey(kernel, name, options.openLink ?? false);
  if ('status' in found) return { status: found.status };
  if (found.rest.length) return { status: status.STATUS_OBJECT_NAME_NOT_FOUND };
  return { status: status.STATUS_SUCCESS, key: openKeyControlBlock(kernel, found), created: false };
}

/** Opens the key, or makes it below its parent, which is there. */
export function createKey(kernel: Kernel, name: string, options: { link?: boolean } = {}): OpenedKey {
  const found = findKey(kernel, name, options.link ?? false);
  if ('status' in found) return { status: found.status };
  if (found.rest.length === 0)
    return { status: status.STATUS_SUCCESS, key: openKeyControlBlock(kernel, found), created: false };
  if (found.rest.length > 1) return { status: status.STATUS_OBJECT_NAME_NOT_FOUND };
  const [last] = found.rest;
  if (last.length > cells.LONGEST_KEY_NAME) return { status: status.STATUS_INVALID_PARAMETER };
  const access = accessTo(kernel, found.hive);
  if (isFull(access) || cells.readKey(access, found.cell).subkeys.length >= cells.MOST_SUBKEYS)
    return { status: status.STATUS_REGISTRY_QUOTA_LIMIT };
  const cell = cells.addSubkey(access, found.cell, last, { link: options.link ?? false, time: systemTime(kernel) });
  const key = openKeyControlBlock(kernel, { hive: found.hive, cell, name: `${found.name}\\${last}` });
  return { status: status.STATUS_SUCCESS, key, created: true };
}

/** The key's own record, or undefined for a deleted one. */
export function queryKey(kernel: Kernel, key: number): KeyNode | undefined {
  const place = placeOf(kernel, key);
  return place && cells.readKey(place.access, place.cell);
}

/** Name of the `index`th subkey in order. */
export function enumerateKey(kernel: Kernel, key: number, index: number): { status: NtStatus; node?: KeyNode } {
  const place = placeOf(kernel, key);
  if (!place) return { status: status.STATUS_KEY_DELETED };
  const cell = cells.readKey(place.access, place.cell).subkeys[index];
  if (cell === undefined) return { status: status.STATUS_NO_MORE_ENTRIES };
  return { status: status.STATUS_SUCCESS, node: cells.readKey(place.access, cell) };
}

export function enumerateValue(kernel: Kernel, key: number, index: number): { status: NtStatus; value?: Value } {
  const place = placeOf(kernel, key);
  if (!place) return { status: status.STATUS_KEY_DELETED };
  const cell = cells.readKey(place.access, place.cell).values[index];
  if (cell === undefined) return { status: status.STATUS_NO_MORE_ENTRIES };
  return { status: status.STATUS_SUCCESS, value: cells.readValue(place.access, cell) };
}

export function queryValue(kernel: Kernel, key: number, name: string): { status: NtStatus; value?: Value } {
  const place = placeOf(kernel, key);
  if (!place) return { status: status.STATUS_KEY_DELETED };
  const value = cells.findValue(place.access, place.cell, name);
  return value ? { status: status.STATUS_SUCCESS, value } : { status: status.STATUS_OBJECT_NAME_NOT_FOUND };
}

export function setValue(kernel: Kernel, key: number, value: Value): NtStatus {
  const place = placeOf(kernel, key);
  if (!place) return status.STATUS_KEY_DELETED;
  if (value.name.length > cells.LONGEST_VALUE_NAME || value.data.length > cells.LARGEST_DATA)
    return status.STATUS_INVALID_PARAMETER;
  if (isFull(place.access)) return status.STATUS_REGISTRY_QUOTA_LIMIT;
  cells.setValue(place.access, place.cell, value, systemTime(kernel));
  return status.STATUS_SUCCESS;
}

export function deleteValue(kernel: Kernel, key: number, name: string): NtStatus {
  const place = placeOf(kernel, key);
  if (!place) return status.STATUS_KEY_DELETED;
  const removed = cells.removeValue(place.access, place.cell, name, systemTime(kernel));
  return removed ? status.STATUS_SUCCESS : status.STATUS_OBJECT_NAME_NOT_FOUND;
}

/** Takes a key without subkeys away; roots of hives stay. Those who hold it learn that it is deleted. */
export function deleteKey(kernel: Kernel, key: number): NtStatus {
  const place = placeOf(kernel, key);
  if (!place) return status.STATUS_KEY_DELETED;
  const { subkeys, parent } = cells.readKey(place.access, place.cell);
  if (subkeys.length || parent === NO_CELL) return status.STATUS_CANNOT_DELETE;
  cells.removeKey(place.access, place.cell, systemTime(kernel));
  for (const block of registry(kernel).keys.values())
    if (block.hive === place.hive && block.cell === place.cell) block.deleted = true;
  return status.STATUS_SUCCESS;
}

/** The longest names (in characters) and data (in bytes) of what a key holds. */
export function largest(
  kernel: Kernel,
  key: number,
  node: KeyNode,
): { keyName: number; valueName: number; valueData: number } {
  const place = placeOf(kernel, key);
  const sizes = { keyName: 0, valueName: 0, valueData: 0 };
  if (!place) return sizes;
  for (const cell of node.subkeys)
    sizes.keyName = Math.max(sizes.keyName, cells.readKey(place.access, cell).name.length);
  for (const cell of node.values) {
    const { name, data } = cells.readValue(place.access, cell);
    sizes.valueName = Math.max(sizes.valueName, name.length);
    sizes.valueData = Math.max(sizes.valueData, data.length);
  }
  return sizes;
}

/** Full name of an open key. */
export function nameOfKey(kernel: Kernel, key: number): string {
  return getKeyControlBlock(kernel, key).name;
}

/** The registry; the first caller makes the Registry process and the hives in it (CmpInitializeRegistryProcess). */
export function registry(kernel: Kernel): RegistryState {
  return (kernel.state.registry ??= initialize(kernel));
}

function initialize(kernel: Kernel): RegistryState {
  const { process } = createMinimalProcess(kernel, {
    parent: SYSTEM_PROCESS_ID,
    name: 'Registry',
    commandLine: '',
    critical: true,
  });
  assert(process, 'the Registry process finds room among the first processes');
  const state: RegistryState = { process: process.id, hives: [], keys: new Map() };
  kernel.state.registry = state;
  const time = systemTime(kernel);
  for (const name of HIVES) {
    const access = createHive(kernel, process, name);
    state.hives.push(access.hive);
    setRoot(access, cells.makeKey(access, name.slice(name.lastIndexOf('\\') + 1), NO_CELL, { link: false, time }));
  }
  for (const { name, link, values } of DEFAULT_KEYS) {
    const { key } = createKey(kernel, name, { link: link !== undefined });
    assert(key !== undefined, `${name} has a parent`);
    for (const value of values ?? []) setValue(kernel, key, value);
    if (link !== undefined) setValue(kernel, key, { name: LINK_VALUE, type: REG_LINK, data: textData(link, false) });
    closeKey(kernel, key);
  }
  return state;
}

const LINK_VALUE = 'SymbolicLinkValue';

/** The innermost key on the way to `name`, and the names that are still to go. */
function findKey(
  kernel: Kernel,
  name: string,
  openLink: boolean,
): (FoundKey & { rest: string[] }) | { status: NtStatus } {
  let path = name;
  for (let links = 0; links < MOST_LINKS; links++) {
    const found = descend(kernel, path, openLink);
    if (!('link' in found)) return found;
    path = found.link;
  }
  return { status: status.STATUS_OBJECT_NAME_INVALID };
}

/** Goes down as far as there are keys; `link` is the whole name to try instead. */
function descend(
  kernel: Kernel,
  name: string,
  openLink: boolean,
): (FoundKey & { rest: string[] }) | { status: NtStatus } | { link: string } {
  if (!name.startsWith('\\')) return { status: status.STATUS_OBJECT_PATH_SYNTAX_BAD };
  const parts = name.split('\\').slice(1);
  if (parts[parts.length - 1] === '') parts.pop();
  if (parts.some(part => part === '')) return { status: status.STATUS_OBJECT_NAME_INVALID };
  const { hives } = registry(kernel);
  const mounts = hives.map((hive, index) => ({ index, parts: hive.name.split('\\').slice(1) }));
  const fitting = mounts.filter(mount => mount.parts.every((part, i) => upcase(part) === upcase(parts[i] ?? '')));
  const mount = fitting.reduce<(typeof fitting)[number] | undefined>(
    (best, each) => (best && best.parts.length >= each.parts.length ? best : each),
    undefined,
  );
  if (!mount) return { status: status.STATUS_OBJECT_NAME_NOT_FOUND };
  const access = accessTo(kernel, mount.index);
  const rest = parts.slice(mount.parts.length);
  let cell = access.hive.root;
  let path = access.hive.name;
  while (rest.length) {
    const next = cells.findSubkey(access, cell, rest[0]);
    if (next === undefined) break;
    rest.shift();
    cell = next;
    const node = cells.readKey(access, cell);
    path = `${path}\\${node.name}`;
    if (!node.isLink || (openLink && rest.length === 0)) continue;
    const target = cells.findValue(access, cell, LINK_VALUE);
    if (target) return { link: [textOf(target.data), ...rest].join('\\') };
  }
  return { hive: mount.index, cell, name: path, rest };
}

function placeOf(kernel: Kernel, key: number): { access: HiveAccess; hive: number; cell: number } | undefined {
  const { hive, cell, deleted } = getKeyControlBlock(kernel, key);
  return deleted ? undefined : { access: accessTo(kernel, hive), hive, cell };
}

function accessTo(kernel: Kernel, hive: number): HiveAccess {
  const { process, hives } = registry(kernel);
  return { kernel, process: getProcess(kernel, process), hive: hives[hive] };
}

function isFull({ hive }: HiveAccess): boolean {
  return hive.binsSize >= HIVE_LIMIT;
}

/** 100 ns since 1601. */
function systemTime(kernel: Kernel): bigint {
  return EPOCH + BigInt(Math.floor((kernel.state.bootTime + kernel.state.time) / 100));
}
