/**
 * SSE arithmetic under an MXCSR that is not the default: other roundings, denormals flushed or read as zero, exceptions
 * that are not masked. The engines call these; with the default MXCSR they calculate by themselves.
 */

import { XM } from '../exits.ts';
import type { Assist, AssistContext } from '../assists.ts';
import { STATE_BASE } from '../../memory/layout.ts';
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
  isSignaling,
  quieted,
  round,
  SINGLE_FORMAT,
  zero,
} from './real.ts';
import type { Format, Outcome, Real } from './real.ts';

const DENORMALS_ARE_ZERO = 0x40;
const FLUSH_TO_ZERO = 0x8000;
const UNDERFLOW_MASK = 0x800;

/** One instruction's worth of lanes: exceptions gather, results wait until it is known that none of them is taken. */
class SseArithmetic {
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

  write(at: number, format: Format, { value, flags }: Outcome, ...operands: Real[]): void {
    const denormal =
      operands.some(operand => operand.denormal) && !(flags & (INVALID | DIVIDE_BY_ZERO)) && value.kind !== 'nan';
    this.flags |= flags | (denormal ? DENORMAL : 0);
    const bits = packBits(value, format);
    const { view } = this.context;
    this.stores.push(() => {
      if (format === DOUBLE_FORMAT) view.setBigUint64(at, bits, true);
      else view.setUint32(at, Number(bits), true);
    });
  }

  store(act: () => void): void {
    this.stores.push(act);
  }

  /** Sets the sticky flags; stores, or raises #XM when a raised exception is not masked. */
  finish(): 0 | 1 {
    const { view, fault } = this.context;
    view.setUint32(STATE_BASE + MXCSR_OFFSET, this.control | this.flags, true);
    if (this.flags & ~(this.control >> 7) & 0x3f) return fault(XM);
    for (const store of this.stores) store();
    return 0;
  }
}

/** The first operand's NaN if it is one, else the second's. */
function nanOf(a: Real, b: Real): Outcome | undefined {
  if (a.kind !== 'nan' && b.kind !== 'nan') return undefined;
  const flags = isSignaling(a) || isSignaling(b) ? INVALID : 0;
  return exactly(quieted(a.kind === 'nan' ? a : b), flags);
}

type Calculate = (a: Real, b: Real, rounding: Rounding) => Outcome;

const OPERATIONS: Readonly<Record<string, Calculate>> = {
  add,
  sub: subtract,
  mul: multiply,
  div: divide,
  sqrt: (_, b, rounding) => squareRoot(b, rounding),
};

const FORMS: readonly { suffix: string; format: Format; size: number; lanes: number }[] = [
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
        sse.write(target + lane * size, format, nanOf(a, b) ?? calculate(a, b, sse.rounding(format)), a, b);
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
        sse.write(target + lane * size, format, nanOf(a, b) ?? calculate(a, b, sse.rounding(format)), a, b);
      }
      return sse.finish();
    };
  }
}

function fromIntegers(format: Format, size: number, lanes: number): Assist {
  return (context, target, source) => {
    const sse = new SseArithmetic(context);
    const { mode } = sse.rounding(format);
    for (let lane = 0; lane < lanes; lane++) {
      const at = source + lane * size;
      const integer = size === 8 ? context.view.getBigInt64(at, true) : BigInt(context.view.getInt32(at, true));
      sse.write(target + lane * 4, format, round(fromInteger(integer), format, mode));
    }
    return sse.finish();
  };
}

function narrow(lanes: number): Assist {
  return (context, target, source) => {
    const sse = new SseArithmetic(context);
    const { mode, keepsDenormals } = sse.rounding(SINGLE_FORMAT);
    for (let lane = 0; lane < lanes; lane++) {
      const value = sse.read(source + lane * 8, DOUBLE_FORMAT);
      const outcome = nanOf(value, value) ?? round(value, SINGLE_FORMAT, mode, false, keepsDenormals);
      sse.write(target + lane * 4, SINGLE_FORMAT, outcome, value);
    }
    if (lanes > 1) sse.store(() => context.view.setBigUint64(target + 8, 0n, true));
    return sse.finish();
  };
}

export const sseAssists: Readonly<Record<string, Assist>> = {
  ...named,
  cvtsi2ss4: fromIntegers(SINGLE_FORMAT, 4, 1),
  cvtsi2ss8: fromIntegers(SINGLE_FORMAT, 8, 1),
  cvtsi2sd8: fromIntegers(DOUBLE_FORMAT, 8, 1),
  cvtdq2ps: fromIntegers(SINGLE_FORMAT, 4, 4),
  cvtpi2ps: fromIntegers(SINGLE_FORMAT, 4, 2),
  cvtsd2ss: narrow(1),
  cvtpd2ps: narrow(2),
};
