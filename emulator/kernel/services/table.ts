/**
 * KiServiceTable: all services. Their numbers are those of Windows 10 22H2 (build 19045), from the tables of
 * j00ru/windows-syscalls. The rows are made when the first one is looked for.
 */

import { fileServices } from './files.ts';
import { memoryServices } from './memory.ts';
import { objectServices } from './objects.ts';
import { processServices } from './processes.ts';
import { sectionServices } from './sections.ts';
import { registryServices } from './registry.ts';
import type { Service } from './service.ts';
import { synchronizationServices } from './synchronization.ts';
import { systemServices } from './system.ts';
import { threadServices } from './threads.ts';
import { waitServices } from './waits.ts';

let table: ReadonlyMap<number, Service> | undefined;

/** By number; a constant that is made late. */
function services(): ReadonlyMap<number, Service> {
  table ??= new Map(
    [
      memoryServices(),
      sectionServices(),
      fileServices(),
      synchronizationServices(),
      waitServices(),
      threadServices(),
      processServices(),
      objectServices(),
      registryServices(),
      systemServices(),
    ]
      .flat()
      .map(row => [row.number, row]),
  );
  return table;
}

export function findService(number: number): Service | undefined {
  return services().get(number);
}

export function serviceTable(): Service[] {
  return [...services().values()];
}
