/** Finds the row of an encoding by its opcode and whatever else tells it from others. Rows are read when first needed. */

import { Encoding } from './notation.ts';
import { VEX_FMA } from './opcodes/fma.ts';
import { ONE_BYTE } from './opcodes/oneByte.ts';
import { THREE_BYTE_38, THREE_BYTE_3A } from './opcodes/threeByte.ts';
import { TWO_BYTE } from './opcodes/twoByte.ts';
import { TWO_BYTE_VECTOR } from './opcodes/twoByteVector.ts';
import { VEX_0F } from './opcodes/vex.ts';
import { VEX_0F38, VEX_0F3A } from './opcodes/vexThreeByte.ts';
import { X87 } from './opcodes/x87.ts';

/** What the rows of one opcode are told apart by. */
const BY_PREFIX = 1;
const BY_MODE = 2; // register or memory
const BY_DIGIT = 4;
const BY_SIZE = 8;
const BY_LENGTH = 16;
const BY_RM = 32;

/** The rows of one opcode. */
export class Opcode {
  readonly hasModrm: boolean;
  private readonly rows: readonly Encoding[];
  private readonly distinctions: number;
  /** By what {@link distinctions} name; null where there is no row. */
  private readonly chosen: (Encoding | null | undefined)[] = [];

  constructor(rows: readonly string[]) {
    this.rows = rows.map(row => new Encoding(row));
    this.hasModrm = this.rows.some(row => row.hasModrm);
    let distinctions = 0;
    for (const { prefix, onlyRegister, digit, modrm, onlySize, onlyLength } of this.rows) {
      if (prefix !== undefined) distinctions |= BY_PREFIX;
      if (onlyRegister !== undefined) distinctions |= BY_MODE;
      if (digit !== undefined) distinctions |= BY_DIGIT;
      if (modrm !== undefined) distinctions |= BY_MODE | BY_DIGIT | BY_RM;
      if (onlySize !== undefined) distinctions |= BY_SIZE;
      if (onlyLength !== undefined) distinctions |= BY_LENGTH;
    }
    this.distinctions = distinctions;
  }

  /** `prefix` as in {@link Encoding.prefix}, `size` the index of the operand size, `length` VEX.L. */
  choose(prefix: number, modrm: number, size: number, length: number): Encoding | null {
    const { distinctions } = this;
    if (distinctions === 0) return this.rows[0];
    let key = 0;
    if (distinctions & BY_PREFIX) key = prefix;
    if (distinctions & BY_MODE) key = (key << 1) | (modrm >= 0xc0 ? 1 : 0);
    if (distinctions & BY_DIGIT) key = (key << 3) | ((modrm >> 3) & 7);
    if (distinctions & BY_SIZE) key = (key << 2) | size;
    if (distinctions & BY_LENGTH) key = (key << 1) | length;
    if (distinctions & BY_RM) key = (key << 3) | (modrm & 7);
    const known = this.chosen[key];
    if (known !== undefined) return known;
    const found = this.rows.find(row => fits(row, prefix, modrm, size, length)) ?? null;
    this.chosen[key] = found;
    return found;
  }
}

function fits(row: Encoding, prefix: number, modrm: number, size: number, length: number): boolean {
  if (row.prefix !== undefined && row.prefix !== prefix) return false;
  if (row.onlyRegister !== undefined && row.onlyRegister !== modrm >= 0xc0) return false;
  if (row.digit !== undefined && row.digit !== ((modrm >> 3) & 7)) return false;
  if (row.modrm !== undefined && row.modrm !== modrm) return false;
  if (row.onlySize !== undefined && row.onlySize !== size) return false;
  return row.onlyLength === undefined || row.onlyLength === length;
}

/** All opcodes behind one escape. */
export class OpcodeMap {
  private readonly texts: readonly string[];
  private rows: Map<number, string[]> | undefined;
  private readonly opcodes: (Opcode | null | undefined)[] = Array<undefined>(256).fill(undefined);

  constructor(...texts: readonly string[]) {
    this.texts = texts;
  }

  at(opcode: number): Opcode | null {
    const known = this.opcodes[opcode];
    if (known !== undefined) return known;
    this.rows ??= rowsByOpcode(this.texts);
    const rows = this.rows.get(opcode);
    const made = rows ? new Opcode(rows) : null;
    this.opcodes[opcode] = made;
    return made;
  }
}

function rowsByOpcode(texts: readonly string[]): Map<number, string[]> {
  const found = new Map<number, string[]>();
  for (const line of texts.join('').split('\n')) {
    if (line === '') continue;
    const first = Number.parseInt(line.slice(0, 2), 16);
    const last = line[2] === '+' ? first + 7 : first;
    for (let opcode = first; opcode <= last; opcode++) {
      const rows = found.get(opcode);
      if (rows) rows.push(line);
      else found.set(opcode, [line]);
    }
  }
  return found;
}

/** The maps of one decoder. */
export interface OpcodeMaps {
  readonly oneByte: OpcodeMap;
  readonly twoByte: OpcodeMap;
  readonly threeByte38: OpcodeMap;
  readonly threeByte3a: OpcodeMap;
  /** By VEX.mmmmm; the others are reserved. */
  readonly vex: readonly (OpcodeMap | undefined)[];
}

export function opcodeMaps(): OpcodeMaps {
  return {
    oneByte: new OpcodeMap(ONE_BYTE, X87),
    twoByte: new OpcodeMap(TWO_BYTE, TWO_BYTE_VECTOR),
    threeByte38: new OpcodeMap(THREE_BYTE_38),
    threeByte3a: new OpcodeMap(THREE_BYTE_3A),
    vex: [undefined, new OpcodeMap(VEX_0F), new OpcodeMap(VEX_0F38, VEX_FMA), new OpcodeMap(VEX_0F3A)],
  };
}
