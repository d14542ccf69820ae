/** What `npm run bench` can be told. */

import { parseArgs } from 'node:util';

/** The parts of a run, in order, each with what it measures. */
export const PARTS = {
  start: 'a program that says hello',
  integer: 'integer programs',
  floating: 'floating point programs',
  real: 'real programs',
  kernel: 'the kernel in one machine',
  tracing: 'every system call written to a file',
  memory: 'what a machine takes beside the memory of its guest',
  debugger: 'the debug adapter over its standard streams',
  stepping: 'steps into providers, and programs beside them',
} as const;

export type Part = keyof typeof PARTS;

export interface Options {
  readonly parts: ReadonlySet<Part>;
  readonly rounds: number;
  /** Also writes docs/performance.md. */
  readonly write: boolean;
}

const ROUNDS = 5;

export const USAGE = `Usage: npm run bench -- [OPTIONS]

  --only PART,PART   measures only these:
${Object.entries(PARTS)
  .map(([name, meaning]) => `                       ${name.padEnd(10)}${meaning}`)
  .join('\n')}
  --rounds N         rounds of each measurement; ${ROUNDS} unless told
  --quick            one round
  --write            writes docs/performance.md as well
  --help             says this
`;

/** The options, or a sentence about what is wrong with them; undefined for help. */
export function readOptions(words: readonly string[]): Options | string | undefined {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: {
        only: { type: 'string' },
        rounds: { type: 'string' },
        quick: { type: 'boolean', default: false },
        write: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return undefined;
    const names = values.only?.split(',') ?? Object.keys(PARTS);
    const unknown = names.find(name => !Object.hasOwn(PARTS, name));
    if (unknown !== undefined) return `There is no part '${unknown}'; there are: ${Object.keys(PARTS).join(', ')}.`;
    const rounds = Number(values.rounds ?? (values.quick ? 1 : ROUNDS));
    if (!Number.isInteger(rounds) || rounds < 1) return '--rounds wants a whole number from 1 on.';
    return { parts: new Set(names as Part[]), rounds, write: values.write };
  } catch (error) {
    return (error as Error).message;
  }
}
