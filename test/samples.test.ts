/** Samples that are providers: their types are right for an editor and for the adapter, and they do what they say. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { createChecker } from '../adapter/provider/code/check.ts';
import { openAdapter } from './adapter/support/sessions.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const TSC = path.join(ROOT, 'node_modules/typescript/bin/tsc');
const check = createChecker({
  library: path.join(ROOT, 'dist/typescript'),
  published: path.join(ROOT, 'dist/pico-provider.d.ts'),
});

interface Run {
  readonly input?: string;
  readonly output: string;
  readonly code: number;
}

/** By folder, what its first launch configuration prints. */
const SAMPLES: Readonly<Record<string, Run>> = {
  'tiny-os': { input: 'Ada\n', output: 'Who is there?\nHello, Ada\n', code: 2 },
  'linux-extension': {
    output: 'THE KERNEL HANDS SYSTEM CALLS TO A PROVIDER, AND THIS ONE IS EXTENDED.\n',
    code: 1,
  },
};

for (const [name, { input, output, code }] of Object.entries(SAMPLES)) {
  const folder = path.join(ROOT, 'samples', name);
  const text = fs.readFileSync(path.join(folder, '.vscode/launch.json'), 'utf8');
  const [configuration] = (
    JSON.parse(text.replaceAll('${workspaceFolder}', folder)) as { configurations: { provider: string }[] }
  ).configurations;

  test(`samples/${name}: no errors of types, in an editor and in a session`, () => {
    const { status, stdout } = spawnSync(process.execPath, [TSC, '-p', folder], { encoding: 'utf8' });
    assert.equal(status, 0, stdout);
    assert.deepEqual(check(configuration.provider), []);
  });

  test(`samples/${name}: the launch configuration runs`, async () => {
    const client = openAdapter();
    await client.start({ ...configuration, stopOnEntry: false });
    if (input !== undefined) await client.send('pico/input', { text: input });
    const { exitCode } = await client.event<{ exitCode: number }>('exited');
    await client.close();
    const printed = client.events.filter(({ event, body }) => event === 'output' && body.category === 'stdout');
    assert.equal(printed.map(({ body }) => body.output as string).join(''), output);
    assert.equal(exitCode, code);
  });
}
