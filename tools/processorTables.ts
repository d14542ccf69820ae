/** The generated tables of docs/processor.md: forms by family, forms with a reason, undefined flags. */

import { AF, CF, OF, PF, SF, ZF } from '../emulator/cpu/registers.ts';
import { coverage } from '../test/cpu/support/sequences/coverage.ts';
import type { Comparison, Coverage } from '../test/cpu/support/sequences/coverage.ts';
import { ImplementedForms } from '../test/cpu/support/sequences/implemented.ts';
import { makePool } from '../test/cpu/support/sequences/pool.ts';
import { UNDEFINED_FLAGS } from '../test/cpu/support/sequences/undefinedFlags.ts';

const COMPARISONS: readonly Comparison[] = ['in sequences', 'one by one', 'not compared'];
const FLAG_NAMES: readonly (readonly [number, string])[] = [
  [OF, 'OF'],
  [SF, 'SF'],
  [ZF, 'ZF'],
  [AF, 'AF'],
  [PF, 'PF'],
  [CF, 'CF'],
];

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function forms(all: readonly Coverage[]): string {
  const count = (list: readonly Coverage[]): number[] =>
    COMPARISONS.map(comparison => list.filter(each => each.comparison === comparison).length);
  const families = [...new Set(all.map(({ family }) => family))].sort();
  const rows = families.map(family => [family, ...count(all.filter(each => each.family === family))]);
  return table(['family', ...COMPARISONS], [...rows, ['all', ...count(all)]]);
}

function reasons(all: readonly Coverage[]): string {
  const groups = new Map<string, string[]>();
  for (const { form, comparison, reason } of all) {
    if (reason === undefined) continue;
    const key = `${comparison} | ${reason}`;
    groups.set(key, [...(groups.get(key) ?? []), form]);
  }
  return table(
    ['', 'reason', 'forms'],
    [...groups].sort().map(([key, list]) => [key, list.map(form => form.replace(/_/g, ' ')).join(', ')]),
  );
}

function flags(): string {
  const rows = UNDEFINED_FLAGS.map(({ mnemonics, flags: bits, when, source }) => [
    mnemonics.toUpperCase(),
    FLAG_NAMES.filter(([bit]) => bits & bit)
      .map(([, name]) => name)
      .join(' '),
    when,
    source.replace(/: flags affected$/, ''),
  ]);
  return table(['instructions', 'undefined', 'when', 'described at'], rows);
}

/** The document with its tables as they should be. */
export function processorDocument(document: string): string {
  const implemented = new ImplementedForms();
  const all = coverage(makePool(1, implemented), implemented);
  const parts: Readonly<Record<string, string>> = { forms: forms(all), reasons: reasons(all), flags: flags() };
  return document.replace(
    /<!-- (forms|reasons|flags) -->[\s\S]*?<!-- end -->/g,
    (_, name: string) => `<!-- ${name} -->\n${parts[name]}\n<!-- end -->`,
  );
}
