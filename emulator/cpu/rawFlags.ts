/**
 * Hot code does not calculate flags that nobody may ever ask for: it leaves the kind of the last operation and the values
 * it worked on. `settle` makes the flag words of them when code goes on elsewhere.
 */

import { FLAG_KINDS } from './flagKinds.ts';
import type { FlagKind } from './flagKinds.ts';
import { storeFlags } from './cold/flags.ts';
import { RAW_KIND, RAW_VALUES } from './record.ts';
import { Code } from './wasm/code.ts';
import type { Label } from './wasm/code.ts';
import { i32, i64 } from './wasm/scalar.ts';

const KIND_NAMES = Object.keys(FLAG_KINDS) as readonly FlagKind[];
const SIZES = [1, 2, 4, 8] as const;

/** The flag words in memory hold. */
export const STORED = 0;
/** The values are the flag words. */
export const WORDS = 1 + KIND_NAMES.length * SIZES.length;

/** The number of a kind for operands of `size` bytes, in RAW_KIND. */
export function rawKind(kind: FlagKind, size: number): number {
  return 1 + KIND_NAMES.indexOf(kind) * SIZES.length + Math.log2(size);
}

const [a, b, c] = [0, 8, 16].map(offset => i64.load(0, RAW_VALUES + offset));

/** The function that makes the flag words current. */
export function settle(): Code {
  const code = new Code();
  const kind = code.keep(i32.load(0, RAW_KIND));
  code.if(i32.eqz(kind), () => code.return());
  code.store('i32', 0, RAW_KIND, i32.const(STORED));
  const bodies = KIND_NAMES.flatMap(name => SIZES.map(size => () => FLAG_KINDS[name].words(code, size, a, b, c)));
  const labels: Label[] = [];
  const open = (index: number): void => {
    if (index < 0) return code.branchTable(i32.sub(kind, 1), labels, labels[labels.length - 1]);
    code.block(label => {
      labels[index] = label;
      open(index - 1);
    });
    code.scope(() => {
      const words = index < bodies.length ? bodies[index]() : { result: a, carry: b, extra: c };
      storeFlags(code, words);
      code.return();
    });
  };
  open(bodies.length);
  code.unreachable();
  return code;
}
