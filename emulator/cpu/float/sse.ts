/**
 * SSE arithmetic where the engines do not calculate by themselves: under an MXCSR that is not the default, with other
 * roundings, denormals flushed or read as zero, exceptions that are not masked; and wherever an exception may be raised
 * but for a masked inexact result. Results are left at WORKSPACE.
 */

import { XM } from '../exits.ts';
import type { Assist, AssistContext } from '../assists.ts';
import { STATE_BASE } from '../../memory/layout.ts';
import { HELD, WORKSPACE } from '../record.ts';
import { MXCSR_OFFSET } from '../registers.ts';
import { add, divide, multiply, squareRoot, subtract } from './arithmetic.ts';
import type { Rounding } from './arithmetic.ts';
import { fromInteger, packBits, unpackBits } from './encodings.ts';
import {
  DENORMAL,
  DIVIDE_BY_ZERO,
  DOUBLE_FORMAT,
  exactly,
  INVALID,
  OVERFLOW,
  isSignaling,
  quieted,
  round,
  SINGLE_FORMAT,
  UNDERFLOW,
  zero,
} from './real.ts';
import type { Format, Outcome, Real } from './real.ts';

const DENORMALS_ARE_ZERO = 0x40;
const FLUSH_TO_ZERO = 0x8000;
const UNDERFLOW_MASK = 0x800;

/** One instruction's worth of lanes: exceptions gather, results wait until it is known that none of them is taken. */
export class SseArithmetic {
  private flags = 0;
  private readonly stores: (() => void)[] = [];
  private readonly context: AssistContext;
  private readonly control: number;

  constructor(context: AssistContext) {
    this.context = context;
    this.control = context.view.getUint32(STATE_BASE + MXCSR_OFFSET, true);
  }

  rounding(format: Format): Rounding {
    // Flushing counts only while underflow is masked (SDM vol. 1, 10.2.3.3).
    const flushes = (this.control & FLUSH_TO_ZERO) !== 0 && (this.control & UNDERFLOW_MASK) !== 0;
    return { format, mode: (this.control >> 13) & 3, keepsDenormals: !flushes };
  }

  read(at: number, format: Format): Real {
    const { view } = this.context;
    const bits = format === DOUBLE_FORMAT ? view.getBigUint64(at, true) : BigInt(view.getUint32(at, true));
    const value = unpackBits(bits, format);
    if (!value.denormal) return value;
    return this.control & DENORMALS_ARE_ZERO ? zero(value.sign) : value;
  }

  /** Gathers the exceptions of one step. */
  note({ value, flags, unbounded }: Outcome, ...operands: Real[]): void {
    const denormal =
      operands.some(operand => operand.denormal) && !(flags & (INVALID | DIVIDE_BY_ZERO)) && value.kind !== 'nan';
    const exception = flags & OVERFLOW ? OVERFLOW : UNDERFLOW;
    const trapped = unbounded && !(this.control & (exception << 7));
    this.flags |= (trapped ? exception | unbounded.flags : flags) | (denormal ? DENORMAL : 0);
  }

  write(at: number, format: Format, outcome: Outcome, ...operands: Real[]): void {
    this.note(outcome, ...operands);
    this.store(at, format, outcome.value);
  }

  store(at: number, format: Format, value: Real): void {
    const bits = packBits(value, format);
    const { view } = this.context;
    this.stores.push(() => {
      if (format === DOUBLE_FORMAT) view.setBigUint64(at, bits, true);
      else view.setUint32(at, Number(bits), true);
    });
  }

  /** Sets the sticky flags; stores, or raises #XM when a raised exception is not masked. */
  finish(): 0 | 1 {
    if (raise(this.context, this.flags, 0, 0)) return 1;
    for (const store of this.stores) store();
    return 0;
  }
}

/** The first NaN among the operands, if there is one. */
export function nanOf(...operands: Real[]): Outcome | undefined {
  const nan = operands.find(({ kind }) => kind === 'nan');
  return nan && exactly(quieted(nan), operands.some(isSignaling) ? INVALID : 0);
}

type Calculate = (a: Real, b: Real, rounding: Rounding) => Outcome;

const OPERATIONS: Readonly<Record<string, Calculate>> = {
  add,
  sub: subtract,
  mul: multiply,
  div: divide,
  sqrt: (_, b, rounding) => squareRoot(b, rounding),
};

export const FORMS: readonly { suffix: string; format: Format; size: number; lanes: number }[] = [
  { suffix: 'ss', format: SINGLE_FORMAT, size: 4, lanes: 1 },
  { suffix: 'sd', format: DOUBLE_FORMAT, size: 8, lanes: 1 },
  { suffix: 'ps', format: SINGLE_FORMAT, size: 4, lanes: 4 },
  { suffix: 'pd', format: DOUBLE_FORMAT, size: 8, lanes: 2 },
];

const named: Record<string, Assist> = {};
for (const [name, calculate] of Object.entries(OPERATIONS)) {
  for (const { suffix, format, size, lanes } of FORMS) {
    named[name + suffix] = (context, target, source) => {
      const sse = new SseArithmetic(context);
      for (let lane = 0; lane < lanes; lane++) {
        const b = sse.read(source + lane * size, format);
        const a = name === 'sqrt' ? b : sse.read(target + lane * size, format);
        sse.write(WORKSPACE + lane * size, format, nanOf(a, b) ?? calculate(a, b, sse.rounding(format)), a, b);
      }
      return sse.finish();
    };
  }
}

/** HADD, HSUB, ADDSUB: which lanes of the target and the source meet, and whether they are added. */
interface Pairing {
  readonly first: (lane: number, lanes: number) => readonly ['a' | 'b', number];
  readonly second: (lane: number, lanes: number) => readonly ['a' | 'b', number];
  readonly adds: (lane: number) => boolean;
}

const neighbour =
  (offset: number) =>
  (lane: number, lanes: number): readonly ['a' | 'b', number] =>
    lane < lanes / 2 ? ['a', lane * 2 + offset] : ['b', (lane - lanes / 2) * 2 + offset];

const PAIRINGS: Readonly<Record<string, Pairing>> = {
  hadd: { first: neighbour(0), second: neighbour(1), adds: () => true },
  hsub: { first: neighbour(0), second: neighbour(1), adds: () => false },
  addsub: { first: lane => ['a', lane], second: lane => ['b', lane], adds: lane => lane % 2 === 1 },
};

for (const [name, { first, second, adds }] of Object.entries(PAIRINGS)) {
  for (const { suffix, format, size, lanes } of FORMS.slice(2)) {
    named[name + suffix] = (context, target, source) => {
      const sse = new SseArithmetic(context);
      const read = ([operand, lane]: readonly ['a' | 'b', number]): Real =>
        sse.read((operand === 'a' ? target : source) + lane * size, format);
      for (let lane = 0; lane < lanes; lane++) {
        const [a, b] = [read(first(lane, lanes)), read(second(lane, lanes))];
        const calculate = adds(lane) ? add : subtract;
        sse.write(WORKSPACE + lane * size, format, nanOf(a, b) ?? calculate(a, b, sse.rounding(format)), a, b);
      }
      return sse.finish();
    };
  }
}

function fromIntegers(format: Format, size: number, lanes: number): Assist {
  return (context, _, source) => {
    const sse = new SseArithmetic(context);
    const { mode } = sse.rounding(format);
    for (let lane = 0; lane < lanes; lane++) {
      const at = source + lane * size;
      const integer = size === 8 ? context.view.getBigInt64(at, true) : BigInt(context.view.getInt32(at, true));
      sse.write(WORKSPACE + lane * 4, format, round(fromInteger(integer), format, mode));
    }
    return sse.finish();
  };
}

function narrow(lanes: number): Assist {
  return (context, _, source) => {
    const sse = new SseArithmetic(context);
    const { mode, keepsDenormals } = sse.rounding(SINGLE_FORMAT);
    for (let lane = 0; lane < lanes; lane++) {
      const value = sse.read(source + lane * 8, DOUBLE_FORMAT);
      const outcome = nanOf(value, value) ?? round(value, SINGLE_FORMAT, mode, false, keepsDenormals);
      sse.write(WORKSPACE + lane * 4, SINGLE_FORMAT, outcome, value);
    }
    if (lanes > 1) sse.store(WORKSPACE + 8, DOUBLE_FORMAT, zero(0));
    return sse.finish();
  };
}

/** DPPS and DPPD: the sum of pairs, then of their sums. */
function dotProduct(format: Format, size: number, lanes: number): Assist {
  return (context, target, source, where) => {
    const sse = new SseArithmetic(context);
    const immediate = context.view.getUint8(where);
    const rounding = sse.rounding(format);
    const step = (calculate: Calculate, a: Real, b: Real): Real => {
      const outcome = nanOf(a, b) ?? calculate(a, b, rounding);
      sse.note(outcome, a, b);
      return unpackBits(packBits(outcome.value, format), format);
    };
    let terms = Array.from({ length: lanes }, (_, lane) => {
      if (!(immediate & (0x10 << lane))) return zero(0);
      return step(multiply, sse.read(target + lane * size, format), sse.read(source + lane * size, format));
    });
    // Every lane has a sum of its own: which of several NaNs survives depends on the lane.
    for (let distance = 1; distance < lanes; distance *= 2)
      terms = terms.map((term, lane) => step(add, term, terms[lane ^ distance]));
    for (let lane = 0; lane < lanes; lane++) {
      const value = immediate & (1 << lane) ? terms[lane] : zero(0);
      sse.store(WORKSPACE + lane * size, format, value);
    }
    return sse.finish();
  };
}

/** Raises flags that the operation has found by itself. Those of half an instruction wait in {@link HELD} for the rest. */
export const raise: Assist = ({ view, fault, holds }, flags) => {
  if (holds) {
    view.setUint32(HELD, view.getUint32(HELD, true) | flags, true);
    return 0;
  }
  const control = view.getUint32(STATE_BASE + MXCSR_OFFSET, true);
  const unmasked = flags & ~(control >> 7);
  // An exception that is found before calculating keeps those of results from being found (SDM vol. 1, 11.5.1).
  const found = unmasked & BEFORE_CALCULATION ? flags & BEFORE_CALCULATION : flags;
  view.setUint32(STATE_BASE + MXCSR_OFFSET, control | found, true);
  return unmasked ? fault(XM) : 0;
};

const BEFORE_CALCULATION = INVALID | DENORMAL | DIVIDE_BY_ZERO;

export const sseAssists: Readonly<Record<string, Assist>> = {
  ...named,
  raise,
  dpps: dotProduct(SINGLE_FORMAT, 4, 4),
  dppd: dotProduct(DOUBLE_FORMAT, 8, 2),
  cvtsi2ss4: fromIntegers(SINGLE_FORMAT, 4, 1),
  cvtsi2ss8: fromIntegers(SINGLE_FORMAT, 8, 1),
  cvtsi2sd8: fromIntegers(DOUBLE_FORMAT, 8, 1),
  cvtdq2ps: fromIntegers(SINGLE_FORMAT, 4, 4),
  cvtpi2ps: fromIntegers(SINGLE_FORMAT, 4, 2),
  cvtsd2ss: narrow(1),
  cvtpd2ps: narrow(2),
};
