/** For every form that the processor has: how it is compared with the host's, or why it is not. */

import { Code, CpuidFeature, FlowControl, Instruction } from 'iced-x86';
import { Chooser, comparedForms, encode, makeInstruction, UNCOMPARED } from '../generator.ts';
import { CODE_REGIONS } from './arena.ts';
import type { ImplementedForms } from './implemented.ts';
import { NOT_IN_SEQUENCES } from './pool.ts';
import type { Pool } from './pool.ts';

export type Comparison = 'in sequences' | 'one by one' | 'not compared';

export interface Coverage {
  readonly form: string;
  readonly family: string;
  readonly comparison: Comparison;
  /** Why not in sequences, or not at all; absent where nobody has given one. */
  readonly reason: string | undefined;
}

/** Where a form that is no ordinary instruction is made: `lines.ts`, for the structure of programs. */
const STRUCTURE =
  /^(J\w+_rel(8|32)_64|Jmp_rel(8|32)_64|Call_rel32_64|Call_rm64|Jmp_rm64|Retnq|Retnq_imm16|Loop(n?e)?_rel8_64_RCX|Jrcxz_rel8_64|Popfq|Int3|Ud2|Hlt|Cli|In_AL_DX|Clts)$/;
const OTHER_FLOW = 'a branch, interrupt or fault of a kind that programs are not made of';

/** Families as the table of the documentation has them, by iced-x86's names of features. */
const FAMILIES: readonly (readonly [features: RegExp, family: string])[] = [
  [/AVX512|AVX10|AMX/, 'AVX-512 and later'],
  [/AVX|FMA|F16C/, 'AVX, AVX2, FMA, F16C'],
  [/BMI|ADX|LZCNT|POPCNT|MOVBE|CMPXCHG16B|FSGSBASE/, 'BMI1, BMI2, ADX, POPCNT, LZCNT, MOVBE'],
  [/AES|SHA|PCLMUL/, 'AES, SHA, PCLMULQDQ'],
  [/SSE|FXSR/, 'SSE to SSE4.2'],
  [/MMX|3DNOW/, 'MMX'],
  [/FPU/, 'x87'],
  [/./, 'general'],
];

export function coverage(pool: Pool, implemented: ImplementedForms): Coverage[] {
  const inPool = new Set(pool.forms.map(([{ form }]) => form));
  const compared = new Set(comparedForms().map(({ name }) => name));
  const probe = new Instruction();
  const found: Coverage[] = [];
  for (const [form, code] of Object.entries(Code) as [string, Code][]) {
    if (typeof code !== 'number') continue;
    probe.code = code;
    const { opCode } = probe;
    if (!opCode.isInstruction || !opCode.mode64) continue;
    const made = makeInstruction(code, new Chooser(3));
    const bytes = made && encode(made, CODE_REGIONS[0]);
    const flow = made?.flowControl;
    made?.free();
    if (!bytes || !implemented.has(form, bytes)) {
      if (STRUCTURE.test(form)) found.push({ form, family: 'general', comparison: 'in sequences', reason: undefined });
      continue;
    }
    const features = [...probe.cpuidFeatures()].map(feature => CpuidFeature[feature]).join();
    const family = FAMILIES.find(([pattern]) => pattern.test(features))?.[1] ?? 'general';
    found.push({ form, family, ...comparisonOf(form, inPool, compared, flow) });
  }
  probe.free();
  return found;
}

function comparisonOf(
  form: string,
  inPool: ReadonlySet<string>,
  compared: ReadonlySet<string>,
  flow: FlowControl | undefined,
): { comparison: Comparison; reason: string | undefined } {
  if (inPool.has(form) || STRUCTURE.test(form)) return { comparison: 'in sequences', reason: undefined };
  if (!compared.has(form)) {
    return { comparison: 'not compared', reason: UNCOMPARED.find(([pattern]) => pattern.test(form))?.[1] };
  }
  const stated = NOT_IN_SEQUENCES.find(([pattern]) => pattern.test(form))?.[1];
  const reason = stated ?? (flow === FlowControl.Next ? undefined : OTHER_FLOW);
  return { comparison: 'one by one', reason };
}
