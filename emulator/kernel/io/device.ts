/** DEVICE_OBJECT: what a name of the object manager leads to, and which driver serves it. */

import { assert } from '../../base/assert.ts';
import type { Kernel } from '../kernel.ts';
import { nextObject } from '../kernel.ts';
import { createSymbolicLink, insertPermanent, lookupName } from '../ob/nameSpace.ts';
import { createObject } from '../ob/object.ts';

export interface Device {
  readonly id: number;
  /** Name of a registered driver. */
  readonly driver: string;
}

/** `\Device\name`, served by `driver`, with symbolic links from these paths to it. */
export function createDevice(kernel: Kernel, name: string, driver: string, links: readonly string[] = []): void {
  const id = nextObject(kernel);
  kernel.state.devices.set(id, { id, driver });
  insertAt(kernel, `\\Device\\${name}`, 'Device', id);
  for (const link of links) createLink(kernel, link, `\\Device\\${name}`);
}

export function createLink(kernel: Kernel, path: string, target: string): void {
  insertAt(kernel, path, 'SymbolicLink', createSymbolicLink(kernel, target));
}

function insertAt(kernel: Kernel, path: string, type: 'Device' | 'SymbolicLink', body: number): void {
  const place = lookupName(kernel, { path, caseInsensitive: true });
  assert(place.directory && place.name, `${path} is there already, or its directory is not`);
  insertPermanent(kernel, place.directory, place.name, createObject(kernel, type, body));
}

export function getDevice(kernel: Kernel, id: number): Device {
  const device = kernel.state.devices.get(id);
  assert(device, `there is no device ${id}`);
  return device;
}
