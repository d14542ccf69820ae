/** Files that repeat what another file says are what `npm run tables` writes. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { tables } from '../tools/tables.ts';

const ROOT = path.resolve(path.dirname(new URL(import.meta.url).pathname), '..');

for (const [file, text] of tables())
  test(`${file} is current (npm run tables)`, () => assert.deepEqual(read(file), parse(file, text)));

function read(file: string): unknown {
  return parse(file, fs.readFileSync(path.join(ROOT, file), 'utf8'));
}

/** JSON is compared by content, so that formatting is free. */
function parse(file: string, text: string): unknown {
  return file.endsWith('.json') ? JSON.parse(text) : text;
}
