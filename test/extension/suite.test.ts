/** Runs the extension's own suite (`test/extension/suite`) in real VS Code. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { VSCODE_MISSING, runSuite } from '../support/vscode.ts';

const ROOT = path.resolve(path.dirname(new URL(import.meta.url).pathname), '../..');

test("the extension's suite passes in VS Code", { skip: VSCODE_MISSING }, async () => {
  execFileSync(process.execPath, ['tools/build.mjs', '--suite'], { cwd: ROOT, stdio: 'ignore' });
  const { code, log } = await runSuite({
    folder: path.join(ROOT, 'samples/hello'),
    developmentExtensions: [ROOT],
    suite: path.join(ROOT, '.cache/suite/index.cjs'),
  });
  assert.equal(code, 0, log.join('\n'));
});
