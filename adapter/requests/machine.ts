/** The requests beyond DAP: what the machine knows and DAP has no words for. */

import type { Debuggee } from '../debuggee.ts';
import { noInstructionAtLine, unknownProcess } from '../errors.ts';
import { sourceOf } from '../documents.ts';
import { needMemory } from '../memoryPlaces.ts';
import { memoryReference } from '../memoryReferences.ts';
import type { Arguments, Body } from '../protocol.ts';
import { EventTerminal } from '../terminal/events.ts';

export async function processes(debuggee: Debuggee): Promise<Body<'pico/processes'>> {
  return { processes: await debuggee.needProgram('pico/processes').machine.processes() };
}

export async function addressSpace(
  debuggee: Debuggee,
  { process }: Arguments<'pico/addressSpace'>,
): Promise<Body<'pico/addressSpace'>> {
  return { addressSpace: await debuggee.needProgram('pico/addressSpace').machine.addressSpace(process) };
}

export async function processStructures(
  debuggee: Debuggee,
  { process }: Arguments<'pico/structures'>,
): Promise<Body<'pico/structures'>> {
  return { structures: await debuggee.needProgram('pico/structures').machine.structures(process) };
}

export async function compressionStore(debuggee: Debuggee): Promise<Body<'pico/compressionStore'>> {
  return { store: await debuggee.needProgram('pico/compressionStore').machine.compressionStore() };
}

export async function handles(
  debuggee: Debuggee,
  { process }: Arguments<'pico/handles'>,
): Promise<Body<'pico/handles'>> {
  return { handles: await debuggee.needProgram('pico/handles').machine.handles(process) };
}

export async function objects(debuggee: Debuggee): Promise<Body<'pico/objects'>> {
  return { objects: await debuggee.needProgram('pico/objects').machine.objects() };
}

export async function processModules(
  debuggee: Debuggee,
  { process }: Arguments<'pico/modules'>,
): Promise<Body<'pico/modules'>> {
  return { modules: await debuggee.needProgram('pico/modules').machine.modules(process) };
}

export async function systemCalls(debuggee: Debuggee): Promise<Body<'pico/systemCalls'>> {
  return { systemCalls: await debuggee.needProgram('pico/systemCalls').machine.systemCalls() };
}

export async function openMemory(
  debuggee: Debuggee,
  { process, address }: Arguments<'pico/openMemory'>,
): Promise<Body<'pico/openMemory'>> {
  const program = debuggee.needProgram('pico/openMemory');
  const space = await program.machine.addressSpace(process);
  if (!space) throw unknownProcess(process);
  await needMemory(program, process);
  const region = space.allocations
    .flatMap(({ regions }) => regions)
    .find(({ base, size }) => address >= base && address < base + size);
  return {
    memoryReference: memoryReference(process, address),
    ...(region && {
      region: { base: region.base, size: region.size, memoryReference: memoryReference(process, region.base) },
    }),
  };
}

export async function openDisassembly(
  debuggee: Debuggee,
  { process, address }: Arguments<'pico/openDisassembly'>,
): Promise<Body<'pico/openDisassembly'>> {
  const program = debuggee.needProgram('pico/openDisassembly');
  await needMemory(program, process);
  const place = await program.documents.at(process, address);
  if (!place) throw noInstructionAtLine(address);
  return { source: sourceOf(place.document), line: debuggee.lineToClient(place.line) };
}

export async function input(debuggee: Debuggee, { text }: Arguments<'pico/input'>): Promise<undefined> {
  const bytes = text === undefined ? undefined : new Uint8Array(Buffer.from(text));
  await debuggee.needProgram('pico/input').machine.input(bytes);
}

export function terminalInput(debuggee: Debuggee, given: Arguments<'pico/terminalInput'>): undefined {
  if (debuggee.terminal instanceof EventTerminal) debuggee.terminal.receive(given);
}

export async function trace(debuggee: Debuggee, { on }: Arguments<'pico/trace'>): Promise<undefined> {
  const { machine } = debuggee.needProgram('pico/trace');
  debuggee.traceEvents = on;
  await machine.trace(on);
}
