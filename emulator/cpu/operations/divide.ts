/** Division: DIV, IDIV. A quotient that does not fit, and a zero divisor, raise #DE; the flags stay (SDM: undefined). */

import { DE } from '../exits.ts';
import { RAX, RDX } from '../registers.ts';
import type { Emitter } from '../emitter.ts';
import { rows } from '../rows.ts';
import type { I64 } from '../wasm/expression.ts';
import { i32, i64 } from '../wasm/scalar.ts';
import { signExtend, zeroExtend } from '../wasm/widths.ts';

/** The dividend of an operand of at most 4 bytes: AX, DX:AX or EDX:EAX. */
function dividend(e: Emitter): I64 {
  if (e.size === 1) return e.register(RAX, 2);
  return e.code.keep(i64.or(i64.shl(e.register(RDX, e.size), e.size * 8), e.register(RAX, e.size)));
}

function writeResults(e: Emitter, quotient: I64, remainder: I64): void {
  if (e.size === 1) return e.setRegister(RAX, i64.or(i64.and(quotient, 0xff), i64.shl(remainder, 8)), 2);
  e.setRegister(RAX, quotient, e.size);
  e.setRegister(RDX, remainder, e.size);
}

/** A 128-bit dividend that does not fit 64 bits: rare, and left to TypeScript, which reads RDX:RAX itself. */
function divideWide(e: Emitter, divisor: I64, signed: boolean): void {
  e.assist(signed ? 'divideSigned' : 'divideUnsigned', i32.wrap(divisor), i32.wrap(i64.shru(divisor, 32)));
}

function divide(e: Emitter): void {
  const divisor = e.source(0);
  e.code.if(i64.eqz(divisor), () => e.fault(DE));
  if (e.size < 8) {
    const a = dividend(e);
    const quotient = e.code.keep(i64.divu(a, divisor));
    e.code.if(i64.ne(i64.shru(quotient, e.size * 8), 0), () => e.fault(DE));
    return writeResults(e, quotient, e.code.keep(i64.remu(a, divisor)));
  }
  e.code.if(
    i64.eqz(e.register(RDX)),
    () => {
      const a = e.register(RAX);
      writeResults(e, e.code.keep(i64.divu(a, divisor)), e.code.keep(i64.remu(a, divisor)));
    },
    () => divideWide(e, divisor, false),
  );
}

function divideSigned(e: Emitter): void {
  const divisor = e.code.keep(signExtend(e.size, e.source(0)));
  e.code.if(i64.eqz(divisor), () => e.fault(DE));
  if (e.size < 8) {
    const whole = dividend(e);
    const a = e.size === 1 ? e.code.keep(i64.extend16(whole)) : e.size === 2 ? e.code.keep(i64.extend32(whole)) : whole;
    // The one quotient that WebAssembly refuses: the most negative dividend by -1.
    if (e.size === 4) {
      e.code.if(i32.and(i64.eq(divisor, -1), i64.eq(a, -0x8000_0000_0000_0000n)), () => e.fault(DE));
    }
    const quotient = e.code.keep(i64.divs(a, divisor));
    e.code.if(i64.ne(signExtend(e.size, quotient), quotient), () => e.fault(DE));
    return writeResults(e, quotient, zeroExtend(e.size, e.code.keep(i64.rems(a, divisor))));
  }
  const a = e.register(RAX);
  const fits = i64.eq(e.register(RDX), i64.shrs(a, 63));
  e.code.if(
    i32.and(fits, i64.ne(divisor, -1)),
    () => writeResults(e, e.code.keep(i64.divs(a, divisor)), e.code.keep(i64.rems(a, divisor))),
    () => divideWide(e, divisor, true),
  );
}

export const divideRows = [...rows('div', 'rmz', divide), ...rows('idiv', 'rmz', divideSigned)];
