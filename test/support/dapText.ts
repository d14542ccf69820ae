/** Texts as expectations: a missing or different one fails and leaves `*.actual`; `UPDATE=1` rewrites it. */

import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** `file` is relative to the test, given by its `import.meta.url`. */
export function expectText(testUrl: string, file: string, actual: string): void {
  const path = fileURLToPath(new URL(file, testUrl));
  if (process.env.UPDATE === '1') {
    writeFileSync(path, actual);
    rmSync(`${path}.actual`, { force: true });
    return;
  }
  const expected = existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  if (expected === actual) {
    rmSync(`${path}.actual`, { force: true });
    return;
  }
  writeFileSync(`${path}.actual`, actual);
  assert.equal(actual, expected, expected === undefined ? `${file} does not exist; UPDATE=1 writes it` : file);
}
