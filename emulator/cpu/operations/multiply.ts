/** Multiplication: MUL, IMUL in all forms, MULX. CF and OF tell whether the upper half matters; the other flags, which are undefined (SDM vol. 2, MUL), follow the lower half. */

import { RAX, RDX } from '../registers.ts';
import type { Emitter } from '../emitter.ts';
import { highProduct, highSignedProduct } from '../flagKinds.ts';
import { rows } from '../rows.ts';
import type { I64 } from '../wasm/expression.ts';
import { i64 } from '../wasm/scalar.ts';
import { signExtend } from '../wasm/widths.ts';

/** Writes a product of `size` * 2 bytes to AX, DX:AX, EDX:EAX or RDX:RAX. */
function writeDouble(e: Emitter, product: I64): void {
  if (e.size === 1) return e.setRegister(RAX, product, 2);
  e.setRegister(RAX, product, e.size);
  e.setRegister(RDX, i64.shru(product, e.size * 8), e.size);
}

/** Of a signed product of factors of less than 8 bytes: whether it fits the size. */
function setOverflow(e: Emitter, product: I64): void {
  const overflow = e.code.keep(i64.extendu(i64.ne(signExtend(e.size, product), product)));
  e.setFlags('overflow', e.size, product, overflow);
}

function multiply(e: Emitter): void {
  const a = e.register(RAX, e.size);
  const b = e.source(0);
  if (e.size < 8) {
    const product = e.code.keep(i64.mul(a, b));
    writeDouble(e, product);
    const upper = i64.ne(i64.shru(product, e.size * 8), 0);
    return e.setFlags('overflow', e.size, product, e.code.keep(i64.extendu(upper)));
  }
  const high = highProduct(e.code, a, b);
  const low = e.code.keep(i64.mul(a, b));
  e.setRegister(RAX, low);
  e.setRegister(RDX, high);
  e.setFlags('overflow', 8, low, e.code.keep(i64.extendu(i64.ne(high, 0))));
}

function multiplySigned(e: Emitter): void {
  const a = e.code.keep(signExtend(e.size, e.register(RAX, e.size)));
  const b = e.code.keep(signExtend(e.size, e.source(0)));
  const product = e.code.keep(i64.mul(a, b));
  if (e.size < 8) {
    writeDouble(e, product);
    return setOverflow(e, product);
  }
  const high = highSignedProduct(e.code, a, b);
  e.setRegister(RAX, product);
  e.setRegister(RDX, high);
  e.setFlags('product', 8, a, b);
}

/** Two and three operands: the product is cut to the size of its factors. */
function multiplyInto(first: number, second: number): (e: Emitter) => void {
  return e => {
    const a = e.code.keep(signExtend(e.size, e.source(first)));
    const b = e.code.keep(signExtend(e.size, e.source(second)));
    const product = e.code.keep(i64.mul(a, b));
    e.target(0).write(product);
    if (e.size < 8) setOverflow(e, product);
    else e.setFlags('product', 8, a, b);
  };
}

function multiplyFlagless(e: Emitter): void {
  const a = e.register(RDX, e.size);
  const b = e.source(2);
  const low = e.code.keep(i64.mul(a, b));
  const high = e.size === 8 ? highProduct(e.code, a, b) : i64.shru(low, 32);
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
