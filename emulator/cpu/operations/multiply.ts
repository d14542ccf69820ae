/** Multiplication: MUL, IMUL in all forms, MULX. CF and OF tell whether the upper half matters; the other flags stay. */

import { RAX, RDX } from '../registers.ts';
import type { Emitter } from '../emitter.ts';
import { rows } from '../rows.ts';
import type { I64 } from '../wasm/expression.ts';
import { i64 } from '../wasm/scalar.ts';
import { signExtend } from '../wasm/widths.ts';

/** Upper 64 bits of the unsigned 128-bit product, from four products of halves. */
function highProduct(e: Emitter, a: I64, b: I64): I64 {
  const { code } = e;
  const low = (value: I64): I64 => code.keep(i64.and(value, 0xffff_ffff));
  const high = (value: I64): I64 => code.keep(i64.shru(value, 32));
  const [aLow, aHigh, bLow, bHigh] = [low(a), high(a), low(b), high(b)];
  const middle = code.keep(i64.add(i64.mul(aHigh, bLow), high(i64.mul(aLow, bLow))));
  const other = code.keep(i64.add(i64.mul(aLow, bHigh), low(middle)));
  return code.keep(i64.add(i64.add(i64.mul(aHigh, bHigh), high(middle)), high(other)));
}

/** The signed upper half: the unsigned one less each factor whose partner is negative. */
function highSignedProduct(e: Emitter, a: I64, b: I64): I64 {
  const correction = i64.add(i64.and(i64.shrs(a, 63), b), i64.and(i64.shrs(b, 63), a));
  return e.code.keep(i64.sub(highProduct(e, a, b), correction));
}

function setOverflow(e: Emitter, overflow: I64): void {
  const bit = e.code.keep(overflow);
  e.setCarryAndOverflow(bit, bit);
}

/** Writes a product of `size` * 2 bytes to AX, DX:AX, EDX:EAX or RDX:RAX. */
function writeDouble(e: Emitter, product: I64): void {
  if (e.size === 1) return e.setRegister(RAX, product, 2);
  e.setRegister(RAX, product, e.size);
  e.setRegister(RDX, i64.shru(product, e.size * 8), e.size);
}

function multiply(e: Emitter): void {
  const a = e.register(RAX, e.size);
  const b = e.source(0);
  if (e.size < 8) {
    const product = e.code.keep(i64.mul(a, b));
    writeDouble(e, product);
    return setOverflow(e, i64.extendu(i64.ne(i64.shru(product, e.size * 8), 0)));
  }
  const high = highProduct(e, a, b);
  e.setRegister(RAX, i64.mul(a, b));
  e.setRegister(RDX, high);
  setOverflow(e, i64.extendu(i64.ne(high, 0)));
}

function multiplySigned(e: Emitter): void {
  const a = e.code.keep(signExtend(e.size, e.register(RAX, e.size)));
  const b = e.code.keep(signExtend(e.size, e.source(0)));
  const product = e.code.keep(i64.mul(a, b));
  if (e.size < 8) {
    writeDouble(e, product);
    return setOverflow(e, i64.extendu(i64.ne(signExtend(e.size, product), product)));
  }
  const high = highSignedProduct(e, a, b);
  e.setRegister(RAX, product);
  e.setRegister(RDX, high);
  setOverflow(e, i64.extendu(i64.ne(high, i64.shrs(product, 63))));
}

/** Two and three operands: the product is cut to the size of its factors. */
function multiplyInto(first: number, second: number): (e: Emitter) => void {
  return e => {
    const a = e.code.keep(signExtend(e.size, e.source(first)));
    const b = e.code.keep(signExtend(e.size, e.source(second)));
    const product = e.code.keep(i64.mul(a, b));
    e.target(0).write(product);
    const kept = e.size < 8 ? product : highSignedProduct(e, a, b);
    const expected = e.size < 8 ? signExtend(e.size, product) : i64.shrs(product, 63);
    setOverflow(e, i64.extendu(i64.ne(kept, expected)));
  };
}

function multiplyFlagless(e: Emitter): void {
  const a = e.register(RDX, e.size);
  const b = e.source(2);
  const low = e.code.keep(i64.mul(a, b));
  const high = e.size === 8 ? highProduct(e, a, b) : i64.shru(low, 32);
  e.target(1).write(low);
  e.target(0).write(high);
}

export const multiplyRows = [
  ...rows('mul', 'rmz', multiply),
  ...rows('imul', 'rmz', multiplySigned),
  ...rows('imul', 'rv rmv', multiplyInto(0, 1)),
  ...rows('imul', 'rv rmv rv', multiplyInto(1, 2)),
  ...rows('mulx', 'ry ry rmy', multiplyFlagless),
];
