/** A difference as text: the smallest sequence that shows it, its states, and what differs. */

import { Decoder } from 'iced-x86';
import { STATE_SIZE } from '../../test/cpu/support/sequences/arena.ts';
import type { NumberedCase } from '../../test/cpu/support/sequences/cases.ts';
import { differences, showState } from '../../test/cpu/support/sequences/compare.ts';
import type { Way } from '../../test/cpu/support/sequences/engines.ts';
import { Minimiser } from '../../test/cpu/support/sequences/minimise.ts';
import type { Trial } from '../../test/cpu/support/sequences/trial.ts';
import type { Assembled } from '../../test/cpu/support/sequences/program.ts';

export interface Report {
  /** Which instructions and which part of the state: equal for findings that are probably one. */
  readonly kind: string;
  readonly text: string;
}

function disassembly({ entry, code }: Assembled): string[] {
  const decoder = new Decoder(64, code, 0);
  decoder.ip = BigInt(entry);
  const rows: string[] = [];
  while (decoder.canDecode) {
    const at = decoder.position;
    const instruction = decoder.decode();
    const bytes = Buffer.from(code.subarray(at, decoder.position)).toString('hex');
    rows.push(`  ${(entry + at).toString(16)}  ${bytes.padEnd(24)} ${instruction.toString()}`);
    instruction.free();
  }
  decoder.free();
  return rows;
}

export function reportOf(trial: Trial, way: Way, each: NumberedCase, run: number): Report {
  const minimal = new Minimiser(trial, way, each.number).minimise(each, run);
  if (!minimal) {
    const text = `${way.name}: case ${each.number} differs, but not when it is run alone\n${disassembly(each.program).join('\n')}`;
    return { kind: 'not alone', text };
  }
  const { lines, program, states, expected, actual } = minimal;
  const differing = typeof actual === 'string' ? [actual] : differences(expected, actual);
  const runs = states.length / STATE_SIZE;
  const fields = differing.map(text => text.replace(/:.*/, '').replace(/\d+/g, '#'));
  const kind = `${lines.map(line => line.form).join(' ')}: ${[...new Set(fields)].join()}`;
  const text = [
    `${way.name}: the smallest that differs${runs > 1 ? `, in the last of ${runs} runs` : ''}`,
    ...disassembly(program),
    `from ${showState(states.subarray(states.length - STATE_SIZE)).join(' ')}`,
    ...differing.map(difference => `  ${difference}`),
  ].join('\n');
  return { kind, text };
}
