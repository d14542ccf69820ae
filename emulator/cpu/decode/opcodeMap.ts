/** Finds the row of an encoding by its opcode and whatever else tells it from others. Rows are read when first needed. */

import { Encoding, OperandLists } from './notation.ts';
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

  constructor(rows: readonly string[], lists: OperandLists) {
    this.rows = rows.map(row => new Encoding(row, lists));
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
  /** Lines, each after its line's end. */
  private readonly text: string;
  private readonly lists: OperandLists;
  private readonly opcodes: (Opcode | null | undefined)[] = Array<undefined>(256).fill(undefined);

  constructor(lists: OperandLists, ...texts: readonly string[]) {
    this.lists = lists;
    this.text = `\n${texts.join('')}`;
  }

  at(opcode: number): Opcode | null {
    const known = this.opcodes[opcode];
    if (known !== undefined) return known;
    const rows = this.rowsOf(opcode);
    const made = rows.length > 0 ? new Opcode(rows, this.lists) : null;
    this.opcodes[opcode] = made;
    return made;
  }

  /** Found in the text: a start needs a quarter of all opcodes. */
  private rowsOf(opcode: number): string[] {
    const places = [...this.places(hexByte(opcode)), ...this.places(`${hexByte(opcode & ~7)}+`)];
    // The row of eight opcodes is found twice for the first of them.
    const inOrder = [...new Set(places)].sort((a, b) => a - b);
    return inOrder.map(place => this.text.slice(place, this.text.indexOf('\n', place)));
  }

  private *places(begin: string): Iterable<number> {
    const line = `\n${begin}`;
    for (let at = this.text.indexOf(line); at >= 0; at = this.text.indexOf(line, at + 1)) yield at + 1;
  }
}

function hexByte(opcode: number): string {
  return opcode.toString(16).toUpperCase().padStart(2, '0');
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
  const lists = new OperandLists();
  const map = (...texts: readonly string[]): OpcodeMap => new OpcodeMap(lists, ...texts);
  return {
    oneByte: map(ONE_BYTE, X87),
    twoByte: map(TWO_BYTE, TWO_BYTE_VECTOR),
    threeByte38: map(THREE_BYTE_38),
    threeByte3a: map(THREE_BYTE_3A),
    vex: [undefined, map(VEX_0F), map(VEX_0F38, VEX_FMA), map(VEX_0F3A)],
  };
}
