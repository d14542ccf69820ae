/** What the engines leave to TypeScript: rare or large instructions, working on the register file. */

import { DE, UD } from './exits.ts';
import { cpuid } from './features.ts';
import { RAX, RBX, RCX, RDX } from './registers.ts';
import type { Registers } from './registers.ts';
import { sseAssists } from './float/sse.ts';
import { blockDifferences, leastWord } from './vectors/searches.ts';
import { AVX } from './x87/extendedSave.ts';
import { x87Assists } from './x87/assists.ts';

/** The thread that an instruction runs in, as assists see it. */
export interface AssistContext {
  readonly registers: Registers;
  /** The window as it is now. */
  readonly view: DataView;
  /** XCR0: state components that exist and are switched on (`x87/extendedSave.ts`). */
  readonly enabled: number;
  /** 32 random bits, where the machine has them: RDRAND. */
  readonly random?: () => number;
  /** Makes the instruction fail; the assist returns the result. */
  fault(vector: number): 1;
}

/** Returns 0, or 1 after {@link AssistContext.fault}. */
export type Assist = (context: AssistContext, a: number, b: number, c: number) => 0 | 1;

function identify({ registers, enabled, random: source }: AssistContext): 0 {
  const has = { random: source !== undefined, avx: (enabled & AVX) !== 0 };
  const { eax, ebx, ecx, edx } = cpuid(registers.low(RAX) >>> 0, registers.low(RCX) >>> 0, has);
  registers.setNumber(RAX, eax >>> 0);
  registers.setNumber(RBX, ebx >>> 0);
  registers.setNumber(RCX, ecx >>> 0);
  registers.setNumber(RDX, edx >>> 0);
  return 0;
}

function divideUnsigned({ registers, fault }: AssistContext, low: number, high: number): 0 | 1 {
  const divisor = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
  const dividend = (registers.big(RDX) << 64n) | registers.big(RAX);
  const quotient = dividend / divisor;
  if (quotient >> 64n) return fault(DE);
  registers.setBig(RAX, quotient);
  registers.setBig(RDX, dividend % divisor);
  return 0;
}

function divideSigned({ registers, fault }: AssistContext, low: number, high: number): 0 | 1 {
  const divisor = BigInt.asIntN(64, (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0));
  const dividend = BigInt.asIntN(128, (registers.big(RDX) << 64n) | registers.big(RAX));
  const quotient = dividend / divisor;
  if (quotient !== BigInt.asIntN(64, quotient)) return fault(DE);
  registers.setBig(RAX, quotient);
  registers.setBig(RDX, dividend % divisor);
  return 0;
}

/** RDRAND: 64 bits at `where`. */
function random({ view, random: next, fault }: AssistContext, where: number): 0 | 1 {
  if (!next) return fault(UD);
  view.setInt32(where, next(), true);
  view.setInt32(where + 4, next(), true);
  return 0;
}

const ASSISTS: Readonly<Record<string, Assist>> = {
  cpuid: identify,
  divideUnsigned,
  divideSigned,
  random,
  leastWord,
  blockDifferences,
  ...x87Assists,
  ...sseAssists,
};

/** The number by which the engines call an assist is its place in this list. */
export const ASSIST_NAMES: readonly string[] = Object.keys(ASSISTS);
export const assists: readonly Assist[] = Object.values(ASSISTS);
