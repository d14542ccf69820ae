/** What each x87 instruction does, by assist name. Operands: a stack index or a window offset, and how to read it. */

import { add, compare, divide, multiply, squareRoot, subtract } from '../float/arithmetic.ts';
import type { Rounding } from '../float/arithmetic.ts';
import {
  fromInteger,
  packBits,
  readDecimal,
  readExtended,
  unpackBits,
  writeDecimal,
  writeDecimalIndefinite,
  writeExtended,
} from '../float/encodings.ts';
import {
  DIVIDE_BY_ZERO,
  DOUBLE_FORMAT,
  exactly,
  EXTENDED,
  finite,
  INDEFINITE,
  INVALID,
  isSignaling,
  isZero,
  PRECISION,
  quieted,
  round,
  roundToInteger,
  SINGLE_FORMAT,
  TOWARD_ZERO,
  withSign,
  zero,
} from '../float/real.ts';
import type { Format, Outcome, Real } from '../float/real.ts';
import { remainder, scale, extract } from '../float/remainder.ts';
import {
  cosine,
  exponential,
  logarithm,
  logarithmPlusOne,
  arcTangent,
  sine,
  tangent,
} from '../float/transcendental.ts';
import { C0, C1, C2, C3, denormalFlag, nanResult, X87Unit } from './unit.ts';
import { CONSTANTS } from '../float/constants.ts';

/** How a source operand is stored. */
export const STACK = 0;
export const SINGLE = 1;
export const DOUBLE = 2;
export const EXTENDED_MEMORY = 3;
export const INTEGER_16 = 4;
export const INTEGER_32 = 5;
export const INTEGER_64 = 6;
export const DECIMAL = 7;

const INTEGER_SIZES: Readonly<Record<number, number>> = { [INTEGER_16]: 2, [INTEGER_32]: 4, [INTEGER_64]: 8 };

function readOperand(unit: X87Unit, kind: number, where: number): Real {
  const { view } = unit;
  switch (kind) {
    case STACK:
      return unit.get(where);
    case SINGLE:
      return unpackBits(BigInt(view.getUint32(where, true)), SINGLE_FORMAT);
    case DOUBLE:
      return unpackBits(view.getBigUint64(where, true), DOUBLE_FORMAT);
    case EXTENDED_MEMORY:
      return readExtended(view, where);
    case INTEGER_16:
      return fromInteger(BigInt(view.getInt16(where, true)));
    case INTEGER_32:
      return fromInteger(BigInt(view.getInt32(where, true)));
    case INTEGER_64:
      return fromInteger(view.getBigInt64(where, true));
    default:
      return readDecimal(view, where);
  }
}

type Calculate = (a: Real, b: Real, rounding: Rounding) => Outcome;

export const BINARY: Readonly<Record<string, Calculate>> = {
  fadd: add,
  fmul: multiply,
  fsub: subtract,
  fsubr: (a, b, rounding) => subtract(b, a, rounding),
  fdiv: divide,
  fdivr: (a, b, rounding) => divide(b, a, rounding),
};

/** ST(target) = ST(target) op source. */
function binary(calculate: Calculate): X87Operation {
  return (unit, target, kind, where) => {
    if (kind === STACK ? unit.underflows(target, target, where) : unit.underflows(target, target)) return;
    const a = unit.get(target);
    const b = readOperand(unit, kind, where);
    const nan = nanResult(a, b);
    if (nan) return void unit.deliver(target, nan);
    const result = calculate(a, b, unit.rounding);
    const denormal = denormalFlag(a, b);
    unit.deliver(
      target,
      result.flags & (INVALID | DIVIDE_BY_ZERO) ? result : { ...result, flags: result.flags | denormal },
    );
  };
}

function load(unit: X87Unit, kind: number, where: number): void {
  unit.setC1(false);
  if (kind === STACK) {
    if (unit.isEmpty(where)) {
      if (!unit.stackFault(false)) return;
      unit.top--;
      return unit.set(0, INDEFINITE);
    }
    if (!unit.isEmpty(7)) return unit.push(INDEFINITE);
    unit.copy(where, 7);
    unit.top--;
    return;
  }
  if (kind === EXTENDED_MEMORY && unit.isEmpty(7)) {
    unit.top--;
    return unit.setBits(0, unit.view.getBigUint64(where, true), unit.view.getUint16(where + 8, true));
  }
  const value = readOperand(unit, kind, where);
  const narrow = kind === SINGLE || kind === DOUBLE;
  if (narrow && isSignaling(value)) {
    if (!unit.isEmpty(7)) return unit.push(value);
    if (!unit.raise(INVALID)) return;
    return unit.push(quieted(value));
  }
  if (narrow && value.denormal && unit.isEmpty(7) && !unit.raise(denormalFlag(value))) return;
  unit.push(value);
}

/** Stores ST(0) in a narrower format; false when an unmasked exception forbids it. */
function storeFloat(unit: X87Unit, format: Format, where: number): boolean {
  unit.setC1(false);
  const write = (value: Real): void => {
    const bits = packBits(value, format);
    if (format === SINGLE_FORMAT) unit.view.setUint32(where, Number(bits), true);
    else unit.view.setBigUint64(where, bits, true);
  };
  if (unit.isEmpty(0)) {
    if (!unit.stackFault(false)) return false;
    write(INDEFINITE);
    return true;
  }
  const value = unit.get(0);
  const outcome = nanResult(value) ?? round(value, format, unit.mode);
  // Overflow and underflow that are not masked keep memory as it is, too.
  const trapped = unit.trapped(outcome);
  unit.setC1(!trapped && outcome.up);
  if (!unit.raise(trapped || outcome.flags) || trapped) return false;
  write(outcome.value);
  return true;
}

function store(unit: X87Unit, kind: number, where: number): boolean {
  if (kind === SINGLE) return storeFloat(unit, SINGLE_FORMAT, where);
  if (kind === DOUBLE) return storeFloat(unit, DOUBLE_FORMAT, where);
  unit.setC1(false);
  if (kind === STACK) {
    if (unit.isEmpty(0)) {
      if (!unit.stackFault(false)) return false;
      unit.set(where, INDEFINITE);
    } else unit.copy(0, where);
    return true;
  }
  if (unit.isEmpty(0) && !unit.stackFault(false)) return false;
  if (unit.isEmpty(0)) writeExtended(unit.view, where, INDEFINITE);
  else {
    unit.view.setBigUint64(where, unit.view.getBigUint64(unit.place(0), true), true);
    unit.view.setUint16(where + 8, unit.view.getUint16(unit.place(0) + 8, true), true);
  }
  return true;
}

function storeInteger(unit: X87Unit, kind: number, where: number, mode: number): boolean {
  const { view } = unit;
  unit.setC1(false);
  const bits = kind === DECIMAL ? 60 : INTEGER_SIZES[kind] * 8;
  const write = (integer: bigint | undefined, sign: 0 | 1): void => {
    if (kind === DECIMAL) {
      if (integer === undefined) writeDecimalIndefinite(view, where);
      else writeDecimal(view, where, sign, integer);
      return;
    }
    const stored = integer === undefined ? -(1n << BigInt(bits - 1)) : sign ? -integer : integer;
    if (kind === INTEGER_16) view.setInt16(where, Number(stored), true);
    else if (kind === INTEGER_32) view.setInt32(where, Number(stored), true);
    else view.setBigInt64(where, stored, true);
  };
  if (unit.isEmpty(0)) {
    if (!unit.stackFault(false)) return false;
    write(undefined, 0);
    return true;
  }
  const value = unit.get(0);
  const { integer, inexact, up } =
    value.kind === 'finite' ? roundToInteger(value, mode) : { integer: 0n, inexact: false, up: false };
  const limit = kind === DECIMAL ? 10n ** 18n : (1n << BigInt(bits - 1)) + (value.sign ? 1n : 0n);
  if (value.kind !== 'finite' || integer >= limit) {
    if (!unit.raise(INVALID)) return false;
    write(undefined, 0);
    return true;
  }
  unit.setC1(up);
  unit.raise(inexact ? PRECISION : 0);
  write(integer, value.sign);
  return true;
}

interface Comparison {
  /** C3, C2, C0. */
  readonly conditions: number;
  /** False when an exception that is not masked keeps the instruction from popping and from setting EFLAGS. */
  readonly completes: boolean;
}

function compareTop(unit: X87Unit, kind: number, where: number, quiet: boolean): Comparison {
  const unordered = C3 | C2 | C0;
  if (unit.isEmpty(0) || (kind === STACK && unit.isEmpty(where))) {
    return { conditions: unordered, completes: unit.stackFault(false) };
  }
  const a = unit.get(0);
  const b = readOperand(unit, kind, where);
  if (a.kind === 'nan' || b.kind === 'nan' || a.kind === 'unsupported' || b.kind === 'unsupported') {
    const loud = !quiet || isSignaling(a) || isSignaling(b) || a.kind === 'unsupported' || b.kind === 'unsupported';
    return { conditions: unordered, completes: !loud || unit.raise(INVALID) };
  }
  const completes = unit.raise(denormalFlag(a, b));
  const order = compare(a, b);
  return { conditions: order > 0 ? 0 : order < 0 ? C0 : C3, completes };
}

function compareToStatus(quiet: boolean): X87Operation {
  return (unit, pops, kind, where) => {
    unit.setC1(false);
    const { conditions, completes } = compareTop(unit, kind, where, quiet);
    unit.setConditions(conditions);
    if (completes) for (let i = 0; i < pops; i++) unit.pop();
  };
}

/**
 * FCOMI and FUCOMI: leaves ZF, PF, CF as bits 6, 2, 0 of a word at `result`, or all ones when nothing may change. C1
 * stays unless the stack underflows.
 */
function compareToFlags(quiet: boolean): X87Operation {
  return (unit, pops, where, result) => {
    const { conditions, completes } = compareTop(unit, STACK, where, quiet);
    unit.view.setInt32(
      result,
      completes ? ((conditions & C3) >> 8) | ((conditions & C2) >> 8) | ((conditions & C0) >> 8) : -1,
      true,
    );
    if (completes) for (let i = 0; i < pops; i++) unit.pop();
  };
}

function examine(unit: X87Unit): void {
  const value = unit.get(0);
  const sign = value.sign ? C1 : 0;
  if (unit.isEmpty(0)) return unit.setConditions(C3 | C0 | sign);
  const kinds = { unsupported: 0, nan: C0, infinity: C2 | C0, finite: C2 };
  if (isZero(value)) return unit.setConditions(C3 | sign);
  unit.setConditions((value.denormal ? C3 | C2 : kinds[value.kind]) | sign);
}

/** ST(0) = f(ST(0)), for functions that accept any number. */
function unary(calculate: (value: Real, unit: X87Unit) => Outcome): X87Operation {
  return unit => {
    if (unit.underflows(0, 0)) return;
    const value = unit.get(0);
    const nan = nanResult(value);
    if (nan) return void unit.deliver(0, nan);
    const result = calculate(value, unit);
    unit.deliver(0, result.flags & INVALID ? result : { ...result, flags: result.flags | denormalFlag(value) });
  };
}

function roundTop(value: Real, unit: X87Unit): Outcome {
  if (value.kind !== 'finite') return exactly(value);
  const { integer, inexact, up } = roundToInteger(value, unit.mode);
  return { value: finite(value.sign, integer, 0), flags: inexact ? PRECISION : 0, up };
}

/** Changes of sign alone: no NaN is quieted, nothing is examined. */
function changeSign(sign: (old: 0 | 1) => 0 | 1): X87Operation {
  return unit => {
    unit.setC1(false);
    if (unit.underflows(0, 0)) return;
    const word = unit.place(0) + 8;
    const old = unit.view.getUint16(word, true);
    unit.view.setUint16(word, (old & 0x7fff) | (sign((old >> 15) as 0 | 1) << 15), true);
  };
}

function exchange(unit: X87Unit, index: number): void {
  unit.setC1(false);
  if (unit.isEmpty(0) || unit.isEmpty(index)) {
    if (!unit.stackFault(false)) return;
    if (unit.isEmpty(0)) unit.set(0, INDEFINITE);
    if (unit.isEmpty(index)) unit.set(index, INDEFINITE);
  }
  const { view } = unit;
  const [first, second] = [unit.place(0), unit.place(index)];
  const [significand, word] = [view.getBigUint64(first, true), view.getUint16(first + 8, true)];
  unit.copy(index, 0);
  view.setBigUint64(second, significand, true);
  view.setUint16(second + 8, word, true);
}

/** ST(1) = f(ST(1), ST(0)), then pop. */
function intoNext(calculate: (y: Real, x: Real, unit: X87Unit) => Outcome): X87Operation {
  return unit => {
    if (unit.isEmpty(0) || unit.isEmpty(1)) {
      if (!unit.stackFault(false)) return;
      unit.set(1, INDEFINITE);
      return unit.pop();
    }
    const [x, y] = [unit.get(0), unit.get(1)];
    const outcome = nanResult(y, x) ?? calculate(y, x, unit);
    if (unit.deliver(1, outcome)) unit.pop();
  };
}

function partialRemainder(nearest: boolean): X87Operation {
  return unit => {
    unit.status &= ~C2; // complete, unless it turns out not to be
    if (unit.underflows(0, 0, 1)) return;
    const [a, b] = [unit.get(0), unit.get(1)];
    const nan = nanResult(a, b);
    if (nan) return void unit.deliver(0, nan);
    const { outcome, quotient, complete } = remainder(a, b, nearest);
    if (!unit.deliver(0, { ...outcome, flags: outcome.flags | (outcome.flags & INVALID ? 0 : denormalFlag(a, b)) }))
      return;
    if (outcome.flags & INVALID) return;
    const bits = complete ? (quotient & 4 ? C0 : 0) | (quotient & 2 ? C3 : 0) | (quotient & 1 ? C1 : 0) : C2;
    unit.setConditions(bits);
  };
}

function extractParts(unit: X87Unit): void {
  if (unit.isEmpty(0) || !unit.isEmpty(7)) {
    if (!unit.stackFault(!unit.isEmpty(0))) return;
    unit.set(0, INDEFINITE);
    return unit.push(INDEFINITE);
  }
  unit.setC1(false);
  const value = unit.get(0);
  const nan = nanResult(value);
  const parts = nan ? { exponent: nan, significand: nan.value } : extract(value);
  const flags = parts.exponent.flags | denormalFlag(value);
  if (!unit.raise(flags)) return;
  unit.set(0, parts.exponent.value);
  unit.push(parts.significand);
}

/** FSIN and its kin leave their argument and set C2 when it is not below 2^63. */
function trigonometric(...functions: ((value: Real) => Outcome)[]): X87Operation {
  return unit => {
    const pushes = functions.length > 1;
    if (unit.isEmpty(0) || (pushes && !unit.isEmpty(7))) {
      if (!unit.stackFault(!unit.isEmpty(0))) return;
      unit.set(0, INDEFINITE);
      return pushes ? unit.push(INDEFINITE) : undefined;
    }
    const value = unit.get(0);
    unit.setConditions(unit.status & (C0 | C3));
    if (value.kind === 'finite' && compare(withSign(value, 0), finite(0, 1n, 63)) >= 0) {
      return unit.setConditions((unit.status & (C0 | C3)) | C2);
    }
    const invalid = value.kind === 'infinity' ? exactly(INDEFINITE, INVALID) : undefined;
    const fixed = nanResult(value) ?? invalid;
    const outcomes = functions.map(f => fixed ?? f(value));
    if (!unit.deliver(0, outcomes[0])) return;
    if (pushes) unit.push(outcomes[1].value);
  };
}

export type X87Operation = (unit: X87Unit, a: number, b: number, c: number) => void;

export const OPERATIONS: Readonly<Record<string, X87Operation>> = {
  ...Object.fromEntries(Object.entries(BINARY).map(([name, calculate]) => [name, binary(calculate)])),
  fld: load,
  fst: (unit, kind, where) => void store(unit, kind, where),
  fstp: (unit, kind, where) => void (store(unit, kind, where) && unit.pop()),
  fist: (unit, kind, where) => void storeInteger(unit, kind, where, unit.mode),
  fistp: (unit, kind, where) => void (storeInteger(unit, kind, where, unit.mode) && unit.pop()),
  fisttp: (unit, kind, where) => void (storeInteger(unit, kind, where, TOWARD_ZERO) && unit.pop()),
  /** An alias of FSTP that does not look at tags: an empty register is popped, and nothing stored. */
  fstpnce: (unit, index) => {
    unit.setC1(false);
    if (!unit.isEmpty(0)) unit.copy(0, index);
    unit.pop();
  },
  fpop: unit => unit.pop(),
  fcom: compareToStatus(false),
  fucom: compareToStatus(true),
  fcomi: compareToFlags(false),
  fucomi: compareToFlags(true),
  ftst: unit => {
    unit.setC1(false);
    const place = unit.get(0);
    if (unit.isEmpty(0)) {
      unit.stackFault(false);
      return unit.setConditions(C3 | C2 | C0);
    }
    if (place.kind === 'nan' || place.kind === 'unsupported') {
      unit.raise(INVALID);
      return unit.setConditions(C3 | C2 | C0);
    }
    if (!unit.raise(denormalFlag(place))) return;
    const order = compare(place, zero(0));
    unit.setConditions(order > 0 ? 0 : order < 0 ? C0 : C3);
  },
  fxam: examine,
  fxch: exchange,
  fchs: changeSign(old => (old ? 0 : 1)),
  fabs: changeSign(() => 0),
  fsqrt: unary((value, unit) => squareRoot(value, unit.rounding)),
  frndint: unary(roundTop),
  fscale: unit => {
    if (unit.underflows(0, 0, 1)) return;
    const [a, b] = [unit.get(0), unit.get(1)];
    const nan = nanResult(a, b);
    if (nan) return void unit.deliver(0, nan);
    const outcome = scale(a, b, unit.mode);
    unit.deliver(0, outcome.flags & INVALID ? outcome : { ...outcome, flags: outcome.flags | denormalFlag(a, b) });
  },
  fxtract: extractParts,
  fprem: partialRemainder(false),
  fprem1: partialRemainder(true),
  f2xm1: unary(value => exponential(value)),
  fyl2x: intoNext((y, x) => logarithm(y, x)),
  fyl2xp1: intoNext((y, x) => logarithmPlusOne(y, x)),
  fpatan: intoNext((y, x) => arcTangent(y, x)),
  fsin: trigonometric(sine),
  fcos: trigonometric(cosine),
  fsincos: trigonometric(sine, cosine),
  fptan: trigonometric(tangent, value => (value.kind === 'finite' ? exactly(finite(0, 1n, 0)) : exactly(value))),
  fldconstant: (unit, index) => {
    unit.setC1(false);
    unit.push(round(CONSTANTS[index], EXTENDED, unit.mode).value);
  },
  fcmov: (unit, index, moves) => {
    // C1 says only whether the stack underflowed; otherwise it stays.
    if (!unit.underflows(0, 0, index) && moves) unit.copy(index, 0);
  },
  fdecstp: unit => {
    unit.setC1(false);
    unit.top--;
  },
  fincstp: unit => {
    unit.setC1(false);
    unit.top++;
  },
  ffree: (unit, index) => {
    unit.setC1(false);
    unit.free(index);
  },
  fninit: unit => unit.reset(),
  fnclex: unit => {
    unit.status &= 0x7f00;
  },
  fldcw: (unit, where) => {
    unit.control = (unit.view.getUint16(where, true) & 0x1f3f) | 0x40; // reserved bits are fixed
  },
};
