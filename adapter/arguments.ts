/** Checks what clients send: the members each request cannot do without, by DAP's own names. */

import { malformedArguments } from './errors.ts';
import type { Arguments, Command } from './protocol.ts';

type Plain = 'string' | 'number' | 'boolean' | 'object' | 'string?' | 'number?' | 'boolean?' | 'object?';
/** A list of plain values or of objects. */
type Shape = Plain | readonly ['string' | 'number'] | readonly [Readonly<Record<string, Plain>>];
type Shapes = { readonly [Name in Command]: { readonly [Member in keyof Arguments<Name>]?: Shape } };

const breakpoint = { condition: 'string?', hitCondition: 'string?', logMessage: 'string?' } as const;
const page = { start: 'number?', count: 'number?' } as const;
const place = { process: 'number', address: 'number' } as const;

const SHAPES: Shapes = {
  initialize: { adapterID: 'string', pathFormat: 'string?', linesStartAt1: 'boolean?', columnsStartAt1: 'boolean?' },
  launch: {},
  attach: {},
  configurationDone: {},
  restart: { arguments: 'object?' },
  disconnect: { restart: 'boolean?', terminateDebuggee: 'boolean?' },
  terminate: { restart: 'boolean?' },
  cancel: { requestId: 'number?', progressId: 'string?' },
  setBreakpoints: { source: 'object', breakpoints: [{ line: 'number', ...breakpoint }] },
  setFunctionBreakpoints: { breakpoints: [{ name: 'string', condition: 'string?', hitCondition: 'string?' }] },
  setInstructionBreakpoints: {
    breakpoints: [{ instructionReference: 'string', offset: 'number?', condition: 'string?', hitCondition: 'string?' }],
  },
  setExceptionBreakpoints: { filters: ['string'], filterOptions: [{ filterId: 'string', condition: 'string?' }] },
  breakpointLocations: { source: 'object', line: 'number', endLine: 'number?' },
  threads: {},
  terminateThreads: { threadIds: ['number'] },
  stackTrace: { threadId: 'number', startFrame: 'number?', levels: 'number?' },
  scopes: { frameId: 'number' },
  variables: { variablesReference: 'number', filter: 'string?', ...page },
  setVariable: { variablesReference: 'number', name: 'string', value: 'string' },
  evaluate: { expression: 'string', frameId: 'number?', context: 'string?' },
  setExpression: { expression: 'string', value: 'string', frameId: 'number?' },
  completions: { text: 'string', column: 'number', line: 'number?', frameId: 'number?' },
  continue: { threadId: 'number' },
  next: { threadId: 'number', granularity: 'string?' },
  stepIn: { threadId: 'number', targetId: 'number?', granularity: 'string?' },
  stepOut: { threadId: 'number', granularity: 'string?' },
  pause: { threadId: 'number' },
  restartFrame: { frameId: 'number' },
  stepInTargets: { frameId: 'number' },
  gotoTargets: { source: 'object', line: 'number' },
  goto: { threadId: 'number', targetId: 'number' },
  exceptionInfo: { threadId: 'number' },
  readMemory: { memoryReference: 'string', offset: 'number?', count: 'number' },
  writeMemory: { memoryReference: 'string', offset: 'number?', data: 'string', allowPartial: 'boolean?' },
  disassemble: {
    memoryReference: 'string',
    offset: 'number?',
    instructionOffset: 'number?',
    instructionCount: 'number',
  },
  source: { sourceReference: 'number', source: 'object?' },
  loadedSources: {},
  modules: { startModule: 'number?', moduleCount: 'number?' },
  'pico/processes': {},
  'pico/addressSpace': { process: 'number' },
  'pico/structures': { process: 'number' },
  'pico/compressionStore': {},
  'pico/handles': { process: 'number' },
  'pico/objects': {},
  'pico/modules': { process: 'number' },
  'pico/systemCalls': {},
  'pico/openMemory': place,
  'pico/openDisassembly': place,
  'pico/input': { text: 'string?' },
  'pico/terminalInput': { text: 'string?', rows: 'number?', columns: 'number?', closed: 'boolean?' },
  'pico/trace': { on: 'boolean' },
  'pico/injections': {},
  'pico/setInjections': { inject: ['string'] },
  'pico/checkInjections': { inject: ['string'] },
  'pico/errors': { threadId: 'number?' },
  'pico/systemCall': { threadId: 'number' },
  'pico/injectResult': { threadId: 'number', error: 'string?', value: 'string?' },
};

/** Lists that DAP lets a client leave out. */
const OPTIONAL_LISTS: ReadonlySet<string> = new Set([
  'setBreakpoints.breakpoints',
  'setExceptionBreakpoints.filterOptions',
  'terminateThreads.threadIds',
]);

export function checkArguments<Name extends Command>(command: Name, given: unknown): Arguments<Name> {
  const values = given ?? {};
  if (typeof values !== 'object' || Array.isArray(values)) {
    throw malformedArguments(command, 'the arguments must be an object.');
  }
  checkMembers(command, '', SHAPES[command], values as Record<string, unknown>);
  return values as Arguments<Name>;
}

function checkMembers(command: Command, path: string, shape: object, values: Record<string, unknown>): void {
  for (const [name, expected] of Object.entries(shape) as [string, Shape][]) {
    const value = values[name];
    if (typeof expected === 'string') checkPlain(command, path + name, expected, value);
    else checkList(command, path + name, expected[0], value);
  }
}

function checkPlain(command: Command, name: string, expected: Plain, value: unknown): void {
  const optional = expected.endsWith('?');
  if (optional && (value === undefined || value === null)) return;
  const type = optional ? expected.slice(0, -1) : expected;
  const fits = type === 'number' ? Number.isSafeInteger(value) : typeof value === type && value !== null;
  if (fits) return;
  throw malformedArguments(
    command,
    value === undefined ? `'${name}' is missing.` : `'${name}' must be ${NOUNS[type as keyof typeof NOUNS]}.`,
  );
}

function checkList(command: Command, name: string, element: Plain | Record<string, Plain>, value: unknown): void {
  if (value === undefined && OPTIONAL_LISTS.has(`${command}.${name}`)) return;
  if (!Array.isArray(value)) throw malformedArguments(command, `'${name}' must be a list.`);
  for (const [index, item] of value.entries()) {
    const path = `${name}[${index}]`;
    if (typeof element === 'string') {
      checkPlain(command, path, element, item);
      continue;
    }
    checkPlain(command, path, 'object', item);
    checkMembers(command, `${path}.`, element, item as Record<string, unknown>);
  }
}

const NOUNS = { string: 'a string', number: 'an integer', boolean: 'true or false', object: 'an object' };
