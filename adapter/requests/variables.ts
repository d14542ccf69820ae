/** Variables of registers and memory, and what happens when one is edited. */

import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { assignMemory, assignRegister } from '../assign.ts';
import type { Debuggee, Program } from '../debuggee.ts';
import { badValue, readOnlyVariable, staleReference, unknownVariable } from '../errors.ts';
import { evaluateInteger } from '../evaluation.ts';
import type { Frame } from '../frames.ts';
import type { Body } from '../protocol.ts';
import { setRemote } from '../providerValues.ts';
import {
  doubleToExtended,
  FLAG_BITS,
  LANES,
  type Lane,
  numberAsBytes,
  vectorName,
  parseInteger,
  registerPart,
} from '../registers.ts';
import type { Container } from '../containers.ts';
import { childrenOf } from '../variables.ts';

export async function variables(
  debuggee: Debuggee,
  { variablesReference, filter, start, count }: Dap.VariablesArguments,
): Promise<Body<'variables'>> {
  const program = debuggee.needProgram('variables');
  const container = containerOf(debuggee, variablesReference);
  // Nothing but objects of providers has both kinds of children.
  const indexed = container.kind === 'lanes' || container.kind === 'memory';
  if (container.kind !== 'remote' && filter !== undefined && (filter === 'indexed') !== indexed)
    return { variables: [] };
  return { variables: await childrenOf(debuggee, program, container, { filter, start, count }) };
}

export async function setVariable(
  debuggee: Debuggee,
  { variablesReference, name, value }: Dap.SetVariableArguments,
): Promise<Body<'setVariable'>> {
  const program = debuggee.needProgram('setVariable');
  const container = containerOf(debuggee, variablesReference);
  await SETTERS[container.kind](debuggee, program, container as never, name, value);
  const changed = (await childrenOf(debuggee, program, container, {})).find(each => each.name === name);
  if (!changed) throw unknownVariable(name);
  const { name: _, evaluateName: __, presentationHint: ___, ...rest } = changed;
  return rest;
}

function containerOf(debuggee: Debuggee, reference: number): Container {
  const container = debuggee.variables.get(reference);
  if (!container) throw staleReference(reference);
  return container;
}

type Setter<Kind extends Container['kind']> = (
  debuggee: Debuggee,
  program: Program,
  container: Extract<Container, { kind: Kind }>,
  name: string,
  text: string,
) => Promise<void>;

const SETTERS: { readonly [Kind in Container['kind']]: Setter<Kind> } = {
  general: setPart,
  segments: setPart,
  async flags(debuggee, program, container, name, text) {
    if (!(name in FLAG_BITS)) throw unknownVariable(name);
    await setPart(debuggee, program, container, name, text);
  },
  async sse(debuggee, program, { frame }: { frame: Frame }, name, text) {
    const size = name === 'mxcsr' ? 4 : name.startsWith('y') ? 32 : 16;
    const bytes = name === 'mxcsr' ? parseInteger(text, 32) : numberAsBytes(text, size);
    if (bytes === undefined) throw badValue(text, `a ${size * 8}-bit number`);
    await assignRegister(debuggee, program, frame.thread, name, bytes);
  },
  async x87(debuggee, program, { frame }: { frame: Frame }, name, text) {
    if (!name.startsWith('st')) throw readOnlyVariable(name);
    const number = Number(text);
    const bytes = text.trim() !== '' && !Number.isNaN(number) ? doubleToExtended(number) : undefined;
    if (!bytes) throw badValue(text, 'a number');
    await assignRegister(debuggee, program, frame.thread, name, bytes);
  },
  vector: async (_debuggee, _program, _container, name) => Promise.reject(readOnlyVariable(name)),
  structure: async (_debuggee, _program, _container, name) => Promise.reject(readOnlyVariable(name)),
  lanes: setLane,
  async memory(debuggee, program, { process }, name, text) {
    const bytes = Buffer.from(text.replaceAll(/\s/g, ''), 'hex');
    if (bytes.length === 0) throw badValue(text, 'a row of hexadecimal bytes');
    await assignMemory(debuggee, program, process, Number(name), bytes);
  },
  remote: setRemote,
};

async function setPart(
  debuggee: Debuggee,
  program: Program,
  { frame }: { frame: Frame },
  name: string,
  text: string,
): Promise<void> {
  const part = registerPart(name);
  if (!part) throw unknownVariable(name);
  if (frame.level > 0) throw readOnlyVariable(name);
  // What the view shows may carry a symbol or flag names behind the number.
  const number = text.replace(/\s*[<[].*$/, '');
  const value = parseInteger(number, part.bits) ?? (await evaluateInteger(program, frame, number, part.bits));
  await assignRegister(debuggee, program, frame.thread, name, value);
}

async function setLane(
  debuggee: Debuggee,
  program: Program,
  { frame, index, lane }: { frame: Frame; index: number; lane: Lane },
  name: string,
  text: string,
): Promise<void> {
  const values = await program.machine.registers(frame.thread);
  if (!values) throw staleReference(frame.thread);
  const position = Number(/^\[(\d+)\]$/.exec(name)?.[1]) * LANES[lane].size;
  const bytes = new Uint8Array(values.vectors[index]);
  const view = new DataView(bytes.buffer);
  if (!(position < bytes.length)) throw unknownVariable(name);
  if (lane === 'f32' || lane === 'f64') {
    const number = Number(text);
    if (text.trim() === '' || Number.isNaN(number)) throw badValue(text, 'a number');
    if (lane === 'f32') view.setFloat32(position, number, true);
    else view.setFloat64(position, number, true);
  } else {
    const part = numberAsBytes(text, LANES[lane].size);
    if (!part) throw badValue(text, `a ${LANES[lane].size * 8}-bit number`);
    bytes.set(part, position);
  }
  await assignRegister(debuggee, program, frame.thread, vectorName(bytes, index), bytes);
}
