/** Expressions of watches, hovers and the console: registers, symbols, memory, sums of them. */

import type { Program } from './debuggee.ts';
import { cannotEvaluate } from './errors.ts';
import { hex } from './memoryReferences.ts';
import { type RegisterPart, readPart, registerPart } from './registers.ts';

/** Read as in conditions, `u32($rsp + 8)`; `str` reads up to a NUL. */
const MEMORY_TYPES = {
  u8: 8,
  u16: 16,
  u32: 32,
  u64: 64,
  i8: 8,
  i16: 16,
  i32: 32,
  i64: 64,
  f32: 32,
  f64: 64,
  str: 8,
} as const;

export type MemoryType = keyof typeof MEMORY_TYPES;

export type Expression =
  | { readonly kind: 'number'; readonly value: bigint }
  | { readonly kind: 'register'; readonly name: string; readonly part: RegisterPart }
  | { readonly kind: 'symbol'; readonly name: string }
  | { readonly kind: 'memory'; readonly type: MemoryType; readonly address: Expression }
  | { readonly kind: 'sum'; readonly left: Expression; readonly sign: 1n | -1n; readonly right: Expression };

const TOKEN = /\s*(?:(0x[0-9a-f]+|\d+)|([$%&]?[A-Za-z_.][\w.@]*)|([-+()]))/iy;
const WORD = /^[A-Za-z_]/;

/** Undefined if the text is something else, such as a condition, which the machine itself understands. */
export function parseExpression(text: string): Expression | undefined {
  const tokens = tokenize(text);
  if (!tokens || tokens.length === 0) return undefined;
  let next = 0;

  function sum(): Expression | undefined {
    let left = term();
    while (left && (tokens?.[next] === '+' || tokens?.[next] === '-')) {
      const sign = tokens[next++] === '+' ? 1n : -1n;
      const right = term();
      left = right && { kind: 'sum', left, sign, right };
    }
    return left;
  }

  function term(): Expression | undefined {
    const token = tokens?.[next++];
    if (token === undefined) return undefined;
    if (token === '(') return closed(')');
    if (/^\d/.test(token)) return { kind: 'number', value: BigInt(token) };
    if (token in MEMORY_TYPES && tokens?.[next] === '(') {
      next++;
      const address = closed(')');
      return address && { kind: 'memory', type: token as MemoryType, address };
    }
    const part = registerPart(token);
    if (part && !token.startsWith('&')) return { kind: 'register', name: token, part };
    const name = token.replace(/^&/, '');
    return WORD.test(name) || name.startsWith('.') ? { kind: 'symbol', name } : undefined;
  }

  function closed(end: string): Expression | undefined {
    const inner = sum();
    return tokens?.[next++] === end ? inner : undefined;
  }

  const expression = sum();
  return next === tokens.length ? expression : undefined;
}

export interface Scope {
  readonly process: number;
  readonly thread: number | undefined;
}

/** The value as a number of 64 bits; bytes of floats and texts are not numbers and fail here. */
export async function valueOf(program: Program, scope: Scope, expression: Expression): Promise<bigint> {
  switch (expression.kind) {
    case 'number':
      if (expression.value >> 64n) throw cannotEvaluate(`${hex(expression.value)} has more than 64 bits.`);
      return expression.value;
    case 'register':
      return readPart(await registersIn(program, scope), expression.part);
    case 'symbol': {
      const [found] = await program.symbols.named(scope.process, expression.name);
      if (!found) throw cannotEvaluate(`There is no symbol or register '${expression.name}'.`);
      return BigInt(found.start);
    }
    case 'memory': {
      const bytes = await bytesAt(program, scope, expression.type, await addressOf(program, scope, expression));
      const bits = MEMORY_TYPES[expression.type];
      const value = Buffer.concat([bytes, Buffer.alloc(8 - bytes.length)]).readBigUInt64LE();
      return expression.type.startsWith('i') ? BigInt.asUintN(64, BigInt.asIntN(bits, value)) : value;
    }
    case 'sum': {
      const [left, right] = [expression.left, expression.right].map(each => valueOf(program, scope, each));
      return BigInt.asUintN(64, (await left) + expression.sign * (await right));
    }
  }
}

export async function registersIn(program: Program, scope: Scope) {
  const values = scope.thread === undefined ? undefined : await program.machine.registers(scope.thread);
  if (!values) throw cannotEvaluate('Registers need a thread.');
  return values;
}

export async function addressOf(
  program: Program,
  scope: Scope,
  { address }: Extract<Expression, { kind: 'memory' }>,
): Promise<number> {
  return Number(await valueOf(program, scope, address));
}

/** What memory says, as text: `str` as a quoted text, floats as such, integers with their hexadecimal form. */
export async function memoryText(program: Program, scope: Scope, type: MemoryType, address: number): Promise<string> {
  if (type === 'str') {
    const bytes = await program.machine.readMemory(scope.process, address, LONGEST_TEXT);
    if (bytes.length === 0) throw cannotEvaluate(`No memory at ${hex(address)}.`);
    const end = bytes.indexOf(0);
    return JSON.stringify(Buffer.from(end < 0 ? bytes : bytes.subarray(0, end)).toString()) + (end < 0 ? '…' : '');
  }
  const bytes = Buffer.from(await bytesAt(program, scope, type, address));
  if (type === 'f32') return String(bytes.readFloatLE());
  if (type === 'f64') return String(bytes.readDoubleLE());
  const bits = MEMORY_TYPES[type];
  const unsigned = Buffer.concat([bytes, Buffer.alloc(8 - bytes.length)]).readBigUInt64LE();
  const value = type.startsWith('i') ? BigInt.asIntN(bits, unsigned) : unsigned;
  return `${value} (0x${unsigned.toString(16).padStart(bits / 4, '0')})`;
}

/** The bytes that assigning `text` to memory of this type would write. */
export function bytesFor(type: MemoryType, value: bigint | number): Uint8Array {
  const bytes = Buffer.alloc(MEMORY_TYPES[type] / 8);
  if (type === 'f32') bytes.writeFloatLE(Number(value));
  else if (type === 'f64') bytes.writeDoubleLE(Number(value));
  else bytes.set(lowBytes(BigInt(value), bytes.length));
  return bytes;
}

export function isFloat(type: MemoryType): boolean {
  return type.startsWith('f');
}

export function bitsOf(type: MemoryType): number {
  return MEMORY_TYPES[type];
}

const LONGEST_TEXT = 1024;

async function bytesAt(program: Program, scope: Scope, type: MemoryType, address: number): Promise<Uint8Array> {
  const size = MEMORY_TYPES[type] / 8;
  const bytes = await program.machine.readMemory(scope.process, address, size);
  if (bytes.length < size) throw cannotEvaluate(`No memory at ${hex(address)}.`);
  return bytes;
}

function lowBytes(value: bigint, count: number): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, value));
  return bytes.subarray(0, count);
}

function tokenize(text: string): string[] | undefined {
  const tokens: string[] = [];
  const trimmed = text.trim();
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < trimmed.length) {
    const match = TOKEN.exec(trimmed);
    if (!match) return undefined;
    tokens.push(match[1] ?? match[2] ?? match[3]);
  }
  return tokens;
}
