/**
 * Hot code does not calculate flags that nobody may ever ask for: it leaves the kind of the last operation and the values
 * it worked on. `settle` makes the flag words of them when code goes on elsewhere.
 */

import { FLAG_KINDS } from './flagKinds.ts';
import type { FlagKind } from './flagKinds.ts';
import { storeCarry, storeFlags } from './cold/flags.ts';
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

/** Added to a kind: CF and OF are those of the carry word in the fourth value instead. */
export const OVERRIDDEN = 0x100;

/** The number of a kind for operands of `size` bytes, in RAW_KIND. */
export function rawKind(kind: FlagKind, size: number): number {
  return 1 + KIND_NAMES.indexOf(kind) * SIZES.length + Math.log2(size);
}

const [a, b, c, carry] = [0, 8, 16, 24].map(offset => i64.load(0, RAW_VALUES + offset));

/** The function that makes the flag words current. */
export function settle(): Code {
  const code = new Code();
  const raw = code.keep(i32.load(0, RAW_KIND));
  code.if(i32.eqz(raw), () => code.return());
  code.store('i32', 0, RAW_KIND, i32.const(STORED));
  const kind = code.keep(i32.and(raw, OVERRIDDEN - 1));
  const bodies = KIND_NAMES.flatMap(name => SIZES.map(size => () => FLAG_KINDS[name].words(code, size, a, b, c)));
  const labels: Label[] = [];
  code.block(done => {
    const open = (index: number): void => {
      if (index < 0) return code.branchTable(i32.sub(kind, 1), labels, done);
      code.block(label => {
        labels[index] = label;
        open(index - 1);
      });
      code.scope(() => {
        storeFlags(code, index < bodies.length ? bodies[index]() : { result: a, carry: b, extra: c });
        code.branch(done);
      });
    };
    open(bodies.length);
  });
  code.if(i32.and(raw, OVERRIDDEN), () => storeCarry(code, carry));
  return code;
}
