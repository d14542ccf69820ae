/** A process of `npm run fuzz:code`: runs numbers one after the other and writes a line of JSON before and after each. */

import { NoiseRunner } from '../../test/cpu/support/code/runner.ts';
import type { Level } from '../../test/cpu/support/code/runner.ts';

const [seed, first, count, level] = process.argv.slice(2);
const runner = new NoiseRunner(Number(seed));
const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

for (let number = Number(first); number < Number(first) + Number(count); number++) {
  say({ begins: number });
  try {
    const retired = runner.run(level as Level, number);
    say({ ended: number, retired, memory: process.memoryUsage().rss });
  } catch (error) {
    say({ failed: number, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    process.exit(1);
  }
}
