/** Single bits and bit counts: BT, BTS, BTR, BTC, BSF, BSR, TZCNT, LZCNT, POPCNT, BSWAP, and BMI1, BMI2, CRC32. */

import type { Emitter, Place } from '../emitter.ts';
import { rows } from '../rows.ts';
import { select } from '../wasm/expression.ts';
import type { I64 } from '../wasm/expression.ts';
import { i32, i64 } from '../wasm/scalar.ts';
import { signExtend, zeroExtend } from '../wasm/widths.ts';

type Alter = ((value: I64, mask: I64) => I64) | undefined;

/** BT and its relatives. A register as bit offset reaches memory beyond the operand (SDM vol. 1, figure 3-2 ff.). */
function bitTest(alter: Alter): (e: Emitter) => void {
  return e => {
    const bits = e.size * 8;
    const offset = e.source(1);
    const [form, index] = e.operands;
    let place: Place;
    if (form.memory && index.size === e.size) {
      const distance = i64.mul(i64.shrs(signExtend(e.size, offset), Math.log2(bits)), e.size);
      const address = e.linear(0, distance);
      place = alter ? e.writable(address, e.size) : e.readable(address, e.size);
    } else {
      place = alter ? e.target(0) : { read: () => e.source(0), write: () => {} };
    }
    const value = place.read();
    const position = e.code.keep(i64.and(offset, bits - 1));
    const bit = e.code.keep(i64.and(i64.shru(value, position), 1));
    if (alter) place.write(alter(value, i64.shl(1, position)));
    e.setCarryAndOverflow(bit, i64.const(0)); // OF is undefined (SDM vol. 2, BT)
  };
}

/** BSF and BSR leave the destination as it is when the source is zero, as all processors do. */
function bitScan(find: (size: number, value: I64) => I64): (e: Emitter) => void {
  return e => {
    const value = e.source(1);
    e.code.if(i64.ne(value, 0), () => e.target(0).write(find(e.size, value)));
    e.setFlags('logic', e.size, value);
  };
}

function bitCount(count: (size: number, value: I64) => I64): (e: Emitter) => void {
  return e => {
    const value = e.source(1);
    const result = e.code.keep(count(e.size, value));
    e.target(0).write(result);
    e.setResult(e.size, result, i64.extendu(i64.eqz(value)), i64.const(0));
  };
}

function trailingZeros(size: number, value: I64): I64 {
  return i64.ctz(size === 8 ? value : i64.or(value, 2 ** (size * 8)));
}

function leadingZeros(size: number, value: I64): I64 {
  return i64.sub(i64.clz(value), 64 - size * 8);
}

function populationCount(e: Emitter): void {
  const value = e.source(1);
  e.target(0).write(i64.popcnt(value));
  // Only ZF says something, about the source (SDM vol. 2, POPCNT).
  e.setComparison(i64.eqz(value), i32.const(0), i32.const(0));
}

export function reversed(e: Emitter, size: number, value: I64): I64 {
  const swap = (v: I64, mask: number | bigint, by: number): I64 =>
    e.code.keep(i64.or(i64.and(i64.shru(v, by), mask), i64.shl(i64.and(v, mask), by)));
  if (size === 2) return swap(value, 0xff, 8);
  const bytes = swap(value, 0x00ff_00ff_00ff_00ffn, 8);
  const words = swap(bytes, 0x0000_ffff_0000_ffffn, 16);
  return size === 4 ? words : i64.rotl(words, 32);
}

function byteSwap(e: Emitter): void {
  const target = e.target(0);
  // With a 16-bit operand the result is undefined by the SDM; processors give zero.
  target.write(e.size === 2 ? i64.const(0) : reversed(e, e.size, target.read()));
}

function moveReversed(e: Emitter): void {
  const value = reversed(e, e.size, e.source(1));
  e.target(0).write(value);
}

/** BLSI, BLSR, BLSMSK: SF, ZF of the result, CF by the source. */
function lowestBit(combine: (value: I64) => I64, carryWhenZero: boolean): (e: Emitter) => void {
  return e => {
    const value = e.source(1);
    const result = e.code.keep(zeroExtend(e.size, combine(value)));
    e.target(0).write(result);
    e.setResult(e.size, result, i64.extendu(carryWhenZero ? i64.eqz(value) : i64.ne(value, 0)), i64.const(0));
  };
}

function bitFieldExtract(e: Emitter): void {
  const value = e.source(1);
  const control = e.source(2);
  const start = e.code.keep(i64.and(control, 0xff));
  const length = e.code.keep(i64.and(i64.shru(control, 8), 0xff));
  const shifted = select(i64.ltu(start, 64), i64.shru(value, start), i64.const(0));
  const mask = select(i64.ltu(length, 64), i64.sub(i64.shl(1, length), 1), i64.const(-1));
  const result = e.code.keep(i64.and(shifted, mask));
  e.target(0).write(result);
  e.setFlags('logic', e.size, result);
}

function zeroHighBits(e: Emitter): void {
  const value = e.source(1);
  const start = e.code.keep(i64.and(e.source(2), 0xff));
  const beyond = e.code.keep(i64.gtu(start, e.size * 8 - 1));
  const result = e.code.keep(select(beyond, value, i64.and(value, i64.sub(i64.shl(1, start), 1))));
  e.target(0).write(result);
  e.setResult(e.size, result, i64.extendu(beyond), i64.const(0));
}

/** PDEP and PEXT, one mask bit a turn. */
function gatherBits(deposit: boolean): (e: Emitter) => void {
  return e => {
    const { code } = e;
    const source = code.variable('i64', e.source(1));
    const mask = code.variable('i64', e.source(2));
    const result = code.variable('i64', 0);
    const position = code.variable('i64', 1);
    code.loop(again => {
      code.if(i64.ne(mask, 0), () => {
        const lowest = code.keep(i64.and(mask, i64.sub(0, mask)));
        const taken = i64.ne(i64.and(source, deposit ? position : lowest), 0);
        code.if(taken, () => code.set(result, i64.or(result, deposit ? lowest : position)));
        code.set(position, i64.shl(position, 1));
        code.set(mask, i64.xor(mask, lowest));
        code.branch(again);
      });
    });
    e.target(0).write(result);
  };
}

/** CRC-32C, bit by bit over the reflected polynomial. */
function crc32(e: Emitter): void {
  const { code } = e;
  const size = e.operands[1].size;
  const crc = code.variable('i64', i64.xor(e.source(0, 4), e.source(1)));
  const turns = code.variable('i64', size * 8);
  code.loop(again => {
    code.set(crc, i64.xor(i64.shru(crc, 1), i64.and(i64.sub(0, i64.and(crc, 1)), 0x82f6_3b78)));
    code.set(turns, i64.sub(turns, 1));
    code.branchIf(again, i64.ne(turns, 0));
  });
  e.target(0, 8).write(i64.and(crc, 0xffff_ffff));
}

export const bitRows = [
  ...rows('bt', 'rmv rv | rmv rb', bitTest(undefined)),
  ...rows('bts', 'rmv rv | rmv rb', bitTest(i64.or)),
  ...rows(
    'btr',
    'rmv rv | rmv rb',
    bitTest((value, mask) => i64.and(value, i64.not(mask))),
  ),
  ...rows('btc', 'rmv rv | rmv rb', bitTest(i64.xor)),
  ...rows(
    'bsf',
    'rv rmv',
    bitScan((_, value) => i64.ctz(value)),
  ),
  ...rows(
    'bsr',
    'rv rmv',
    bitScan((_, value) => i64.sub(63, i64.clz(value))),
  ),
  ...rows('tzcnt', 'rv rmv', bitCount(trailingZeros)),
  ...rows('lzcnt', 'rv rmv', bitCount(leadingZeros)),
  ...rows('popcnt', 'rv rmv', populationCount),
  ...rows('bswap', 'rv', byteSwap),
  ...rows('movbe', 'rv mv | mv rv', moveReversed),
  ...rows(
    'blsi',
    'ry rmy',
    lowestBit(value => i64.and(value, i64.sub(0, value)), false),
  ),
  ...rows(
    'blsr',
    'ry rmy',
    lowestBit(value => i64.and(value, i64.sub(value, 1)), true),
  ),
  ...rows(
    'blsmsk',
    'ry rmy',
    lowestBit(value => i64.xor(value, i64.sub(value, 1)), true),
  ),
  ...rows('bextr', 'ry rmy ry', bitFieldExtract),
  ...rows('bzhi', 'ry rmy ry', zeroHighBits),
  ...rows('pdep', 'ry ry rmy', gatherBits(true)),
  ...rows('pext', 'ry ry rmy', gatherBits(false)),
  ...rows('crc32', 'rd rmb | rd rmw | rd rmd | rq rmb | rq rmq', crc32),
];
