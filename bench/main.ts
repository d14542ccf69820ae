/** `npm run bench`: measures programs, kernel and debugger, prints tables, and with `--write` keeps them as a document. */

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { obstacle, ROOT } from './build.ts';
import { comparePrograms, missingPrograms } from './comparison.ts';
import { measureDebugger } from './debugger.ts';
import { measureKernel } from './kernel.ts';
import { measureMemory } from './memory.ts';
import { readOptions, USAGE } from './options.ts';
import { measureStart } from './start.ts';
import { measureStepping } from './stepping.ts';

import { measureTracing } from './tracing.ts';
import { type Table, tableText } from './table.ts';

const DOCUMENT = path.join(ROOT, 'docs/performance.md');

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

function documentText(tables: readonly string[], rounds: number): string {
  const command = ['npm run bench --', ...process.argv.slice(2)].join(' ');
  return `# Performance

Written by \`${command}\`; \`npm run bench -- --help\` lists what else it can do.

- Computer: a virtual machine with ${os.availableParallelism()} x86-64 processors, Linux, Node ${process.versions.node.split('.')[0]}. Other work on it moves figures by
  some ten per cent.
- Rounds: ${rounds}. In each of them every program runs once in each way, one way after the other; figures are medians.
- The machine is the built command line (\`pico run\`) or the built adapter, never the sources.
- Programs: \`bench/programs\`, built with \`gcc -O2 -march=x86-64 -static\`, and programs as Debian ships them.

${tables.join('\n')}`;
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined || typeof options === 'string') {
    process.stdout.write(options === undefined ? USAGE : `${options}\n\n${USAGE}`);
    return options === undefined ? 0 : 2;
  }
  const problem = obstacle();
  if (problem !== undefined) {
    process.stdout.write(`${problem}\n`);
    return 1;
  }
  const { parts, rounds, write } = options;
  const missing = parts.has('real') ? missingPrograms() : undefined;
  if (missing !== undefined) process.stdout.write(`${missing}\n\n`);
  const measurements: readonly (() => Table[] | Promise<Table[]>)[] = [
    () => (parts.has('start') ? measureStart(rounds, progress) : []),
    () => comparePrograms(parts, rounds, progress),
    () => (parts.has('kernel') ? measureKernel(rounds, progress) : []),
    () => (parts.has('tracing') ? measureTracing(rounds, progress) : []),
    () => (parts.has('memory') ? measureMemory(progress) : []),
    () => (parts.has('debugger') ? measureDebugger(rounds, progress) : []),
    () => (parts.has('stepping') ? measureStepping(rounds, progress) : []),
  ];
  const texts: string[] = [];
  for (const measurement of measurements) {
    const tables = await measurement();
    progress('');
    for (const text of tables.map(tableText)) {
      texts.push(text);
      process.stdout.write(`${text}\n`);
    }
  }
  if (!write) return 0;
  fs.mkdirSync(path.dirname(DOCUMENT), { recursive: true });
  fs.writeFileSync(DOCUMENT, documentText(texts, rounds));
  return 0;
}

process.exitCode = await main();
