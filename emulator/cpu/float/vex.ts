/** Arithmetic of VEX instructions that the engines leave: FMA, conversions to half precision, halves of 32 bytes. */

import type { Assist } from '../assists.ts';
import { HELD, WORKSPACE } from '../record.ts';
import { fuse } from './arithmetic.ts';
import type { Rounding } from './arithmetic.ts';
import { packBits } from './encodings.ts';
import { HALF_FORMAT, round, SINGLE_FORMAT, withSign } from './real.ts';
import type { Outcome, Real } from './real.ts';
import { FORMS, nanOf, raise, sseAssists, SseArithmetic } from './sse.ts';

/** What is computed of a * b and c, by the lanes of which c is subtracted. */
export interface FusedKind {
  readonly name: string;
  readonly negatesProduct: boolean;
  readonly subtracts: (lane: number) => boolean;
}

export const FUSED_KINDS: readonly FusedKind[] = [
  { name: 'madd', negatesProduct: false, subtracts: () => false },
  { name: 'msub', negatesProduct: false, subtracts: () => true },
  { name: 'nmadd', negatesProduct: true, subtracts: () => false },
  { name: 'nmsub', negatesProduct: true, subtracts: () => true },
  { name: 'maddsub', negatesProduct: false, subtracts: lane => lane % 2 === 0 },
  { name: 'msubadd', negatesProduct: false, subtracts: lane => lane % 2 === 1 },
];

function negatedIf(condition: boolean, value: Real): Real {
  return condition ? withSign(value, value.sign ? 0 : 1) : value;
}

/** A NaN comes through as it is, whatever is negated (SDM vol. 1, table 14-17). */
function fusedLane(kind: FusedKind, lane: number, [a, b, c]: readonly Real[], rounding: Rounding): Outcome {
  const left = negatedIf(kind.negatesProduct, a);
  return nanOf(a, b, c) ?? fuse(left, b, negatedIf(kind.subtracts(lane), c), rounding);
}

const fused: Record<string, Assist> = {};
for (const kind of FUSED_KINDS)
  for (const { suffix, format, size, lanes } of FORMS)
    fused[`fused ${kind.name}${suffix}`] = (context, ...places) => {
      const sse = new SseArithmetic(context);
      for (let lane = 0; lane < lanes; lane++) {
        const values = places.map(place => sse.read(place + lane * size, format));
        sse.write(WORKSPACE + lane * size, format, fusedLane(kind, lane, values, sse.rounding(format)), ...values);
      }
      return sse.finish();
    };

/** VCVTPS2PH: rounding by the immediate, or by MXCSR where its bit 2 says so; FTZ does not count. */
const toHalves: Assist = (context, source, immediate, lanes) => {
  const sse = new SseArithmetic(context);
  const mode = immediate & 4 ? sse.rounding(HALF_FORMAT).mode : immediate & 3;
  const results = Array.from({ length: lanes }, (_, lane) => {
    const value = sse.read(source + lane * 4, SINGLE_FORMAT);
    const outcome = nanOf(value) ?? round(value, HALF_FORMAT, mode);
    sse.note(outcome, value);
    return Number(packBits(outcome.value, HALF_FORMAT));
  });
  if (sse.finish()) return 1;
  for (let lane = 0; lane < 8; lane++) context.view.setUint16(WORKSPACE + lane * 2, results[lane] ?? 0, true);
  return 0;
};

const raising: Readonly<Record<string, Assist>> = { ...sseAssists, ...fused };

/** The assist that keeps what it raises for the other half; `raiseHeld` follows when both are done. */
export function heldName(name: string): string {
  return name in raising ? `held ${name}` : name;
}

function held(assist: Assist): Assist {
  return ({ registers, view, enabled, fault }, a, b, c) =>
    assist({ registers, view, enabled, fault, holds: true }, a, b, c);
}

const raiseHeld: Assist = context => {
  const flags = context.view.getUint32(HELD, true);
  context.view.setUint32(HELD, 0, true);
  return raise(context, flags, 0, 0);
};

export const vexAssists: Readonly<Record<string, Assist>> = {
  ...fused,
  toHalves,
  raiseHeld,
  ...Object.fromEntries(Object.entries(raising).map(([name, assist]) => [heldName(name), held(assist)])),
};
