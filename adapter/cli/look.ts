/** `pico ps`, `vm`, `structures`, `handles` and `objects`: what a machine looks like from outside, as tables. */

import type {
  Allocation,
  EntryStates,
  MachineFace,
  ThreadInformation,
  WorkingSetColumn,
} from '../../emulator/index.ts';
import { hex } from '../memoryReferences.ts';
import { columns } from '../textTable.ts';

/** Runs up to the moment that is looked at; what the guest says on the way is dropped. */
export function runUntil(machine: MachineFace, instructions: number): void {
  while (machine.position() < instructions) {
    const result = machine.run(instructions - machine.position());
    machine.takeNotices();
    if (result.kind !== 'running') return;
  }
}

export function processTable(machine: MachineFace): string {
  const rows = machine
    .processes()
    .flatMap(process => [
      [
        `${process.id}`,
        process.kind,
        process.provider,
        process.state,
        kilobytes(process.workingSet),
        process.commandLine || process.name,
      ],
      ...process.threads.map(thread => [
        `  [${thread.id}]`,
        thread.state,
        `priority ${thread.priority}`,
        hex(thread.rip),
        `${thread.instructions}`,
        waitText(thread),
      ]),
    ]);
  return columns([['ID', 'KIND', 'PROVIDER', 'STATE', 'SET', 'COMMAND'], ...rows]);
}

/** `pipe read: Event`, with names where there are some. */
function waitText({ waitReason, waitObjects }: ThreadInformation): string {
  const objects = waitObjects.map(({ type, name }) => (name ? `${type} ${name}` : type)).join(', ');
  return objects ? `${waitReason}: ${objects}` : waitReason;
}

/** Allocations, and below each its regions, with System Informer's columns. */
export function addressSpaceTable(machine: MachineFace): string {
  return machine
    .processes()
    .map(({ id }) => machine.addressSpace(id))
    .map(space => {
      const rows = (space?.allocations ?? []).flatMap(allocation => [
        memoryRow(allocation, '', allocation.type, allocation.allocationProtection),
        ...allocation.regions.map(region =>
          memoryRow({ ...region, use: entriesText(region.entries) }, '  ', region.typeText, region.protection),
        ),
      ]);
      const head = `Process ${space?.process} (${space?.name}): ${space?.facts.join(', ')}`;
      if (space?.refusal) return `${head}\n${space.refusal}`;
      return rows.length === 0 ? head : `${head}\n${columns([MEMORY_COLUMNS, ...rows])}`;
    })
    .join('\n\n');
}

/** States of page table entries, where not all are valid or all untouched. */
function entriesText({ transition, pageFile }: EntryStates): string {
  const states = [
    [transition, 'in transition'],
    [pageFile, 'compressed'],
  ] as const;
  return states.flatMap(([bytes, name]) => (bytes > 0 ? [`${kilobytes(bytes)} ${name}`] : [])).join(', ');
}

const MEMORY_COLUMNS = [
  'BASE',
  'TYPE',
  'SIZE',
  'COMMITTED',
  'ACCESS',
  'SET',
  'PRIVATE',
  'SHAREABLE',
  'SHARED',
  'LOCKED',
  'USE',
];

type MemoryFigures = Pick<Allocation, 'base' | 'size' | 'committed' | 'use' | WorkingSetColumn>;
function memoryRow(figures: MemoryFigures, indent: string, type: string, access: string): string[] {
  return [
    `${indent}${hex(figures.base)}`,
    type,
    kilobytes(figures.size),
    kilobytesOrNothing(figures.committed),
    access,
    kilobytesOrNothing(figures.workingSet),
    kilobytesOrNothing(figures.privateWorkingSet),
    kilobytesOrNothing(figures.shareableWorkingSet),
    kilobytesOrNothing(figures.sharedWorkingSet),
    kilobytesOrNothing(figures.lockedWorkingSet),
    figures.use,
  ];
}

/** PEB, TEBs and what belongs to them, field by field. */
export function structureTable(machine: MachineFace): string {
  return machine
    .processes()
    .flatMap(({ id, name }) =>
      machine.structures(id).map(structure => {
        const head = `Process ${id} (${name}): ${structure.title} at ${hex(structure.address)}`;
        const rows = structure.fields.map(field => [
          `+0x${field.offset.toString(16).padStart(3, '0')}`,
          field.name,
          field.type,
          field.value,
        ]);
        return `${head}\n${columns([['OFFSET', 'FIELD', 'TYPE', 'VALUE'], ...rows])}`;
      }),
    )
    .join('\n\n');
}

export function handleTable(machine: MachineFace): string {
  return machine
    .processes()
    .map(({ id, name, kind, handleCount }) => {
      const head = `Process ${id} (${name}), ${kind}: ${handleCount} ${handleCount === 1 ? 'handle' : 'handles'}`;
      const rows = machine
        .handles(id)
        .map(({ handle, type, access, name: path, detail }) => [hex(handle), type, hex(access), path || detail]);
      return rows.length ? `${head}\n${columns([['HANDLE', 'TYPE', 'ACCESS', 'NAME'], ...rows])}` : head;
    })
    .join('\n\n');
}

export function objectTable(machine: MachineFace): string {
  const rows = machine
    .objects()
    .map(({ name, type, handleCount, pointerCount, detail }) => [
      name,
      type,
      `${handleCount}`,
      `${pointerCount}`,
      detail,
    ]);
  return rows.length
    ? columns([['NAME', 'TYPE', 'HANDLES', 'POINTERS', ''], ...rows])
    : 'No object has a name: nothing here has asked for one.';
}

function kilobytesOrNothing(bytes: number): string {
  return bytes === 0 ? '' : kilobytes(bytes);
}

function kilobytes(bytes: number): string {
  return `${bytes / 1024} K`;
}
