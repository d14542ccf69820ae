/** `npm run tables`: writes what other files say once more, from where it is said first. `--check` only compares. */

import fs from 'node:fs';
import path from 'node:path';
import { supportTable } from '../emulator/providers/linux/syscalls/table.ts';
import { launchAttributes } from '../adapter/index.ts';
import { processorDocument } from './processorTables.ts';

const ROOT = path.resolve(path.dirname(new URL(import.meta.url).pathname), '..');

const PROCESSOR = 'docs/processor.md';
const SYSTEM_CALLS = 'docs/system-calls.md';

/** package.json with the launch attributes of `adapter/configuration.ts`. */
export function manifestText(): string {
  const manifest = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
  manifest.contributes.debuggers[0].configurationAttributes = { launch: launchAttributes() };
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}

/** The rows of the Linux provider, for people. */
function systemCallsDocument(): string {
  return `# System calls of the Linux provider\n\n${INTRODUCTION}\n\n${supportTable()}`;
}

const INTRODUCTION = `What the rows in \`emulator/providers/linux/syscalls\` say of themselves (\`npm run tables\`). A *partial* call does what most programs
want of it, and its note says what it does not do. A *missing* one answers with the error that programs are prepared for, and
its note says why; the Debug Console says so when a program meets it. The filter *System calls that are not implemented* stops
there. [A provider of your own](writing-a-provider.md) may serve any of them.`;

/** Files and their contents as they should be. */
export function tables(): ReadonlyMap<string, string> {
  return new Map([
    ['package.json', manifestText()],
    [SYSTEM_CALLS, systemCallsDocument()],
    [PROCESSOR, processorDocument(fs.readFileSync(path.join(ROOT, PROCESSOR), 'utf8'))],
  ]);
}

if (process.argv[1] === new URL(import.meta.url).pathname)
  for (const [file, text] of tables()) {
    fs.writeFileSync(path.join(ROOT, file), text);
    process.stdout.write(`${file}\n`);
  }
