/** What unfolds in the variables view: register groups, vector registers, memory. */

import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import type { RegisterValues } from '../emulator/index.ts';
import { type Container, containerReference, type Page } from './containers.ts';
import type { Debuggee, Program } from './debuggee.ts';
import { staleReference } from './errors.ts';
import type { Frame } from './frames.ts';
import { ADDRESS_LIMIT, hex, memoryReference } from './memoryReferences.ts';
import { remoteChildren } from './providerValues.ts';
import {
  bytesAsNumber,
  extendedToDouble,
  FLAG_BITS,
  floatText,
  formatBits,
  formatFlags,
  GENERAL_NAMES,
  LANES,
  type Lane,
  laneTexts,
  SEGMENT_NAMES,
  vectorName,
} from './registers.ts';

type Children<Kind extends Container['kind']> = (
  debuggee: Debuggee,
  program: Program,
  container: Extract<Container, { kind: Kind }>,
  page: Page,
) => Promise<Dap.Variable[]>;

const CHILDREN: { readonly [Kind in Container['kind']]: Children<Kind> } = {
  general: generalRegisters,
  flags: flagBits,
  segments: segmentBases,
  sse: sseRegisters,
  x87: x87Registers,
  vector: vectorViews,
  lanes: vectorLanes,
  structure: structureFields,
  memory: memoryRows,
  remote: remoteChildren,
};

export function childrenOf(
  debuggee: Debuggee,
  program: Program,
  container: Container,
  page: Page,
): Promise<Dap.Variable[]> {
  // The table pairs each kind with its own container.
  return (CHILDREN[container.kind] as Children<Container['kind']>)(debuggee, program, container as never, page);
}

const READ_ONLY = { attributes: ['readOnly'] };
const BYTES_PER_ROW = 16;

async function registersOf(program: Program, frame: Frame): Promise<RegisterValues> {
  const values = await program.machine.registers(frame.thread);
  if (!values) throw staleReference(frame.thread);
  return values;
}

async function generalRegisters(
  _debuggee: Debuggee,
  program: Program,
  { frame }: { frame: Frame },
): Promise<Dap.Variable[]> {
  if (frame.level > 0) {
    const { rip, rsp, rbp } = frame.guest;
    const unwound = Object.entries({ rbp, rsp, rip });
    return Promise.all(
      unwound.map(async ([name, value]) => ({
        ...(await pointerVariable(program, frame.process, name, BigInt(value))),
        presentationHint: READ_ONLY,
      })),
    );
  }
  const { general } = await registersOf(program, frame);
  return Promise.all(
    GENERAL_NAMES.map(async name =>
      name === 'rflags'
        ? { name, value: formatFlags(general[name]), type: 'u64', evaluateName: `$${name}`, variablesReference: 0 }
        : pointerVariable(program, frame.process, name, general[name]),
    ),
  );
}

/** A 64-bit value, with what lies there if it is an address of something. */
export async function pointerVariable(
  program: Program,
  process: number,
  name: string,
  value: bigint,
): Promise<Dap.Variable> {
  const variable = { name, type: 'u64', evaluateName: `$${name}`, variablesReference: 0 };
  return { ...variable, ...(await pointerText(program, process, value)) };
}

export async function pointerText(
  program: Program,
  process: number,
  value: bigint,
): Promise<{ value: string; memoryReference?: string }> {
  const text = formatBits(value, 64);
  if (value === 0n || value >= BigInt(ADDRESS_LIMIT)) return { value: text };
  const address = Number(value);
  const [readable, symbol] = await Promise.all([
    program.machine.readMemory(process, address, 1),
    program.symbols.describe(process, address),
  ]);
  return {
    value: symbol ? `${text} <${symbol}>` : text,
    ...(readable.length > 0 ? { memoryReference: memoryReference(process, address) } : {}),
  };
}

async function flagBits(_: Debuggee, program: Program, { frame }: { frame: Frame }): Promise<Dap.Variable[]> {
  const { rflags } = (await registersOf(program, frame)).general;
  return Object.entries(FLAG_BITS).map(([name, { bit, meaning }]) => ({
    name,
    value: `${(rflags >> BigInt(bit)) & 1n}`,
    type: meaning,
    evaluateName: `$${name.toLowerCase()}`,
    variablesReference: 0,
  }));
}

async function segmentBases(_: Debuggee, program: Program, { frame }: { frame: Frame }): Promise<Dap.Variable[]> {
  const { general } = await registersOf(program, frame);
  return Promise.all(SEGMENT_NAMES.map(name => pointerVariable(program, frame.process, name, general[name])));
}

async function sseRegisters(
  debuggee: Debuggee,
  program: Program,
  { frame }: { frame: Frame },
): Promise<Dap.Variable[]> {
  const { mxcsr, vectors } = await registersOf(program, frame);
  return [
    ...vectors.map((bytes, index) => ({
      name: vectorName(bytes, index),
      value: bytesAsNumber(bytes),
      type: `u${bytes.length * 8}`,
      variablesReference: containerReference(debuggee, { kind: 'vector', frame, index }),
      namedVariables: Object.keys(LANES).length,
    })),
    { name: 'mxcsr', value: formatBits(BigInt(mxcsr), 32), type: 'u32', variablesReference: 0 },
  ];
}

async function vectorViews(
  debuggee: Debuggee,
  program: Program,
  { frame, index }: { frame: Frame; index: number },
): Promise<Dap.Variable[]> {
  const bytes = (await registersOf(program, frame)).vectors[index];
  return (Object.keys(LANES) as Lane[]).map(lane => ({
    name: lane,
    value: `[${laneTexts(bytes, lane).join(', ')}]`,
    variablesReference: containerReference(debuggee, { kind: 'lanes', frame, index, lane }),
    indexedVariables: bytes.length / LANES[lane].size,
    presentationHint: READ_ONLY,
  }));
}

async function vectorLanes(
  _: Debuggee,
  program: Program,
  { frame, index, lane }: { frame: Frame; index: number; lane: Lane },
  page: Page,
): Promise<Dap.Variable[]> {
  const bytes = (await registersOf(program, frame)).vectors[index];
  const variables = laneTexts(bytes, lane).map((value, position) => ({
    name: `[${position}]`,
    value,
    type: lane,
    variablesReference: 0,
  }));
  return cut(variables, page);
}

async function x87Registers(_: Debuggee, program: Program, { frame }: { frame: Frame }): Promise<Dap.Variable[]> {
  const { x87 } = await registersOf(program, frame);
  const words = { control: x87.control, status: x87.status, tag: x87.tag };
  return [
    ...x87.stack.map((bytes, index) => ({
      name: `st${index}`,
      value: `${floatText(extendedToDouble(bytes))} (${bytesAsNumber(bytes)})`,
      type: 'f80',
      variablesReference: 0,
    })),
    ...Object.entries(words).map(([name, value]) => ({
      name,
      value: formatBits(BigInt(value), 16),
      type: 'u16',
      variablesReference: 0,
      presentationHint: READ_ONLY,
    })),
  ];
}

/** An address of another structure unfolds to it. */
async function structureFields(
  debuggee: Debuggee,
  program: Program,
  { process, title }: { process: number; title: string },
): Promise<Dap.Variable[]> {
  const structures = await program.machine.structures(process);
  const fields = structures.find(structure => structure.title === title)?.fields ?? [];
  return fields.map(({ name, type, value, target, documentation }) => {
    const behind = structures.find(({ address }) => address === target);
    const inner = behind && behind.title !== title ? behind.title : undefined;
    return {
      name,
      value,
      type: documentation ? `${type}: ${documentation}` : type,
      variablesReference:
        inner === undefined ? 0 : containerReference(debuggee, { kind: 'structure', process, title: inner }),
      presentationHint: READ_ONLY,
      ...(target === undefined ? {} : { memoryReference: memoryReference(process, target) }),
    };
  });
}

async function memoryRows(
  _: Debuggee,
  program: Program,
  { process, address, size }: { process: number; address: number; size: number },
  page: Page,
): Promise<Dap.Variable[]> {
  const rows = Math.ceil(size / BYTES_PER_ROW);
  const first = page.start ?? 0;
  const count = Math.min(page.count || rows, rows - first);
  if (count <= 0) return [];
  const start = address + first * BYTES_PER_ROW;
  const bytes = await program.machine.readMemory(
    process,
    start,
    Math.min(count * BYTES_PER_ROW, address + size - start),
  );
  return Array.from({ length: count }, (_row, row) => {
    const at = start + row * BYTES_PER_ROW;
    const part = bytes.subarray(row * BYTES_PER_ROW, (row + 1) * BYTES_PER_ROW);
    return {
      name: hex(at),
      value: part.length === 0 ? '(no memory)' : dumpRow(part),
      variablesReference: 0,
      memoryReference: memoryReference(process, at),
      presentationHint: READ_ONLY,
    };
  });
}

export function memoryRowCount(size: number): number {
  return Math.ceil(size / BYTES_PER_ROW);
}

export function dumpRow(bytes: Uint8Array): string {
  const digits = [...bytes].map(byte => byte.toString(16).padStart(2, '0')).join(' ');
  const letters = [...bytes].map(byte => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
  return `${digits.padEnd(BYTES_PER_ROW * 3 - 1)}  ${letters}`;
}

function cut(variables: Dap.Variable[], { start = 0, count }: Page): Dap.Variable[] {
  return variables.slice(start, count ? start + count : undefined);
}
