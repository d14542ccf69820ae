/** The code in docs/writing-a-provider.md is code: it fits the published types. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { createChecker } from '../adapter/provider/code/check.ts';

const ROOT = path.resolve(import.meta.dirname, '..');

/** A block is a whole file, rows of a table of system calls, or lines of a handler. */
function fileOf(block: string): string {
  if (block.startsWith('import')) return block;
  const isRow = !block.startsWith('call.');
  const rows = isRow
    ? block
    : `print: { number: 1, arguments: [text('line')], handler(call, line) {\n${block}return 0; } }`;
  return `import { definePicoProvider, int, long, pointer, text, UNANSWERED, unsigned } from 'pico-provider';
const EFAULT = -14;
export default definePicoProvider({ name: 'x', state: () => ({ lines: 0, bell: 0 }), systemCalls: {\n${rows}\n} });
void [int, long, pointer, text, UNANSWERED, unsigned, EFAULT];
`;
}

test('the code in docs/writing-a-provider.md checks', () => {
  const text = fs.readFileSync(path.join(ROOT, 'docs/writing-a-provider.md'), 'utf8');
  const blocks = [...text.matchAll(/^```ts\n([^]*?)^```$/gm)].map(match => match[1]);
  assert.ok(blocks.length >= 6);
  const check = createChecker({
    library: path.join(ROOT, 'dist/typescript'),
    published: path.join(ROOT, 'dist/pico-provider.d.ts'),
  });
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'docs-'));
  try {
    for (const [index, block] of blocks.entries()) {
      const file = path.join(folder, `block${index}.ts`);
      fs.writeFileSync(file, fileOf(block));
      assert.deepEqual(
        check(file).map(({ line, message }) => `${line}: ${message}`),
        [],
        block,
      );
    }
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});
