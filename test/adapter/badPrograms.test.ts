/** Programs that cannot be run: the launch fails with the reason, and the session can try again. */

import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { expectText } from '../support/dapText.ts';
import { launching, program } from './support/programs.ts';
import { openAdapter } from './support/sessions.ts';

const folder = mkdtempSync(join(tmpdir(), 'pico-bad-'));
after(() => rmSync(folder, { recursive: true }));

function edited(name: string, edit: (bytes: Buffer) => void): void {
  const bytes = readFileSync(program('hello'));
  edit(bytes);
  writeFileSync(join(folder, name), bytes);
}

const FILES: Readonly<Record<string, () => void>> = {
  text: () => writeFileSync(join(folder, 'text'), 'not a program\n'),
  empty: () => writeFileSync(join(folder, 'empty'), ''),
  truncated() {
    copyFileSync(program('hello'), join(folder, 'truncated'));
    truncateSync(join(folder, 'truncated'), 0x1010);
  },
  header() {
    copyFileSync(program('hello'), join(folder, 'header'));
    truncateSync(join(folder, 'header'), 40);
  },
  '32bit': () => edited('32bit', bytes => bytes.writeUInt8(1, 4)),
  arm: () => edited('arm', bytes => bytes.writeUInt16LE(183, 18)),
  entry: () => edited('entry', bytes => bytes.writeBigUInt64LE(0x10n, 24)),
};

test('each says why, and a good program still runs', async () => {
  const client = openAdapter();
  await client.initialize();
  const said: string[] = [];
  for (const [name, make] of Object.entries(FILES)) {
    make();
    chmodSync(join(folder, name), 0o755);
    const configuration = { program: join(folder, name), mounts: [{ host: folder, guest: '/guest' }] };
    said.push(`${name.padEnd(10)} ${await client.refused('launch', configuration)}`);
  }
  said.push(`provider   ${await client.refused('launch', { ...launching('hello'), provider: 'dos' })}`);
  expectText(import.meta.url, 'badPrograms.txt', `${said.join('\n')}\n`);
  await client.request('launch', launching('hello'));
  await client.request('configurationDone', {});
  assert.equal((await client.stopped()).reason, 'entry');
  await client.close();
});
