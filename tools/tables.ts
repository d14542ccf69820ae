/** `npm run tables`: writes what other files say once more, from where it is said first. `--check` only compares. */

import fs from 'node:fs';
import path from 'node:path';
import { launchAttributes } from '../adapter/index.ts';
import { processorDocument } from './processorTables.ts';

const ROOT = path.resolve(path.dirname(new URL(import.meta.url).pathname), '..');

const PROCESSOR = 'docs/processor.md';

/** package.json with the launch attributes of `adapter/configuration.ts`. */
export function manifestText(): string {
  const manifest = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
  manifest.contributes.debuggers[0].configurationAttributes = { launch: launchAttributes() };
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}

/** Files and their contents as they should be. */
export function tables(): ReadonlyMap<string, string> {
  return new Map([
    ['package.json', manifestText()],
    [PROCESSOR, processorDocument(fs.readFileSync(path.join(ROOT, PROCESSOR), 'utf8'))],
  ]);
}

if (process.argv[1] === new URL(import.meta.url).pathname)
  for (const [file, text] of tables()) {
    fs.writeFileSync(path.join(ROOT, file), text);
    process.stdout.write(`${file}\n`);
  }
