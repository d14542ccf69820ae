/** The x87 and vector state in memory: FXSAVE, FXRSTOR, FNSAVE, FRSTOR, FNSTENV, FLDENV (SDM vol. 1, 8.1.10 and 10.5). */

import { STATE_BASE } from '../../memory/layout.ts';
import {
  FCW_OFFSET,
  FDP_OFFSET,
  FIP_OFFSET,
  FOP_OFFSET,
  FSW_OFFSET,
  FTW_OFFSET,
  MXCSR_OFFSET,
  ST_OFFSET,
  ST_SIZE,
} from '../registers.ts';
import { vectorSlot } from '../record.ts';
import { X87Unit } from './unit.ts';

export const MXCSR_MASK = 0xffff;
const EMPTY = 3;

/** Two bits a register: 0 valid, 1 zero, 2 special, 3 empty. */
function fullTags(unit: X87Unit): number {
  let word = 0;
  for (let physical = 0; physical < 8; physical++) {
    const at = STATE_BASE + ST_OFFSET + physical * ST_SIZE;
    const exponent = unit.view.getUint16(at + 8, true) & 0x7fff;
    const significand = unit.view.getBigUint64(at, true);
    const normal = exponent !== 0 && exponent !== 0x7fff && significand >> 63n === 1n;
    const tag = normal ? 0 : exponent === 0 && significand === 0n ? 1 : 2;
    word |= (unit.tags & (1 << physical) ? tag : EMPTY) << (physical * 2);
  }
  return word;
}

/** Bytes of an environment: with an operand size of 16 bits every field is a word, and the opcode is left out. */
export type EnvironmentSize = 28 | 14;

/** FNSTENV, and what follows it: all exceptions masked. The selectors are zero. */
export function storeEnvironment(unit: X87Unit, where: number, size: EnvironmentSize = 28): void {
  const { view } = unit;
  const opcode = view.getUint16(STATE_BASE + FOP_OFFSET, true);
  const [ip, dp] = [FIP_OFFSET, FDP_OFFSET].map(offset => view.getUint32(STATE_BASE + offset, true));
  if (size === 14) {
    [unit.control, unit.status, fullTags(unit), ip, 0, dp, 0].forEach((word, i) =>
      view.setUint16(where + i * 2, word & 0xffff, true),
    );
  } else {
    const ones = 0xffff_0000;
    const words = [unit.control | ones, unit.status | ones, fullTags(unit) | ones, ip, opcode << 16, dp, ones];
    words.forEach((word, i) => view.setUint32(where + i * 4, word >>> 0, true));
  }
  unit.control |= 0x3f;
}

export function loadEnvironment(unit: X87Unit, where: number, size: EnvironmentSize = 28): void {
  const { view } = unit;
  const step = size / 7;
  const field = (index: number): number => view.getUint16(where + index * step, true);
  const pointer = (index: number): number => (size === 14 ? field(index) : view.getUint32(where + index * step, true));
  unit.status = field(1);
  const tags = field(2);
  let abridged = 0;
  for (let physical = 0; physical < 8; physical++)
    if (((tags >> (physical * 2)) & 3) !== EMPTY) abridged |= 1 << physical;
  unit.tags = abridged;
  view.setUint32(STATE_BASE + FIP_OFFSET, pointer(3), true);
  const opcode = size === 14 ? 0 : view.getUint16(where + 18, true) & 0x7ff;
  view.setUint16(STATE_BASE + FOP_OFFSET, opcode, true);
  view.setUint32(STATE_BASE + FDP_OFFSET, pointer(5), true);
  unit.control = (field(0) & 0x1f3f) | 0x40;
}

function copyStack(unit: X87Unit, where: number, stride: number, restore: boolean): void {
  for (let i = 0; i < 8; i++) {
    const [from, to] = restore ? [where + i * stride, unit.place(i)] : [unit.place(i), where + i * stride];
    unit.view.setBigUint64(to, unit.view.getBigUint64(from, true), true);
    unit.view.setUint16(to + 8, unit.view.getUint16(from + 8, true), true);
  }
}

/** FNSAVE: environment, stack, then FNINIT. */
export function saveAll(unit: X87Unit, where: number, size: EnvironmentSize = 28): void {
  storeEnvironment(unit, where, size);
  copyStack(unit, where + size, 10, false);
  unit.reset();
}

export function restoreAll(unit: X87Unit, where: number, size: EnvironmentSize = 28): void {
  loadEnvironment(unit, where, size);
  copyStack(unit, where + size, 10, true);
}

/** Window offset of a part of the register file. */
function state(offset: number): number {
  return STATE_BASE + offset;
}

/** x87 state as FXSAVE has it. `wide`: with 64-bit pointers, otherwise 32 bits and a selector, which is zero. */
export function saveX87(view: DataView, where: number, wide: boolean): void {
  view.setUint16(where, view.getUint16(state(FCW_OFFSET), true), true);
  view.setUint16(where + 2, view.getUint16(state(FSW_OFFSET), true), true);
  view.setUint16(where + 4, view.getUint8(state(FTW_OFFSET)), true);
  view.setUint16(where + 6, view.getUint16(state(FOP_OFFSET), true), true);
  const mask = wide ? -1n : 0xffff_ffffn;
  [FIP_OFFSET, FDP_OFFSET].forEach((offset, i) =>
    view.setBigUint64(where + 8 + i * 8, BigInt.asUintN(64, view.getBigUint64(state(offset), true) & mask), true),
  );
  copyStack(new X87Unit(view), where + 32, 16, false);
  for (let i = 0; i < 8; i++) {
    view.setUint16(where + 32 + i * 16 + 10, 0, true);
    view.setUint32(where + 32 + i * 16 + 12, 0, true);
  }
}

export function loadX87(view: DataView, where: number, wide: boolean): void {
  const unit = new X87Unit(view);
  unit.status = view.getUint16(where + 2, true);
  unit.tags = view.getUint8(where + 4);
  view.setUint16(state(FOP_OFFSET), view.getUint16(where + 6, true) & 0x7ff, true);
  const mask = wide ? -1n : 0xffff_ffffn;
  [FIP_OFFSET, FDP_OFFSET].forEach((offset, i) =>
    view.setBigUint64(state(offset), BigInt.asUintN(64, view.getBigUint64(where + 8 + i * 8, true) & mask), true),
  );
  copyStack(unit, where + 32, 16, true);
  unit.control = (view.getUint16(where, true) & 0x1f3f) | 0x40;
}

/** The bytes from 464 on stay as they are. */
export function fxsave(view: DataView, where: number, wide: boolean): void {
  saveX87(view, where, wide);
  view.setUint32(where + 24, view.getUint32(state(MXCSR_OFFSET), true), true);
  view.setUint32(where + 28, MXCSR_MASK, true);
  saveVectors(view, where + 160);
}

/** False when MXCSR in memory has reserved bits: #GP(0), nothing restored. */
export function fxrstor(view: DataView, where: number, wide: boolean): boolean {
  const mxcsr = view.getUint32(where + 24, true);
  if (mxcsr & ~MXCSR_MASK) return false;
  view.setUint32(state(MXCSR_OFFSET), mxcsr, true);
  loadX87(view, where, wide);
  loadVectors(view, where + 160);
  return true;
}

export function saveVectors(view: DataView, where: number): void {
  for (let i = 0; i < 16; i++) copyVector(view, vectorSlot(i), where + i * 16);
}

export function loadVectors(view: DataView, where: number): void {
  for (let i = 0; i < 16; i++) copyVector(view, where + i * 16, vectorSlot(i));
}

function copyVector(view: DataView, from: number, to: number): void {
  view.setBigUint64(to, view.getBigUint64(from, true), true);
  view.setBigUint64(to + 8, view.getBigUint64(from + 8, true), true);
}
