/** What Pico: New Provider… writes: types that fit, programs that run, nothing overwritten; types that are kept current. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { refreshTypes } from '../../../extension/providers/publishedTypes.ts';
import { freeName, problemWithName, writeProvider } from '../../../extension/providers/template.ts';
import { openAdapter } from '../../adapter/support/sessions.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const SHIPPED = {
  templates: path.join(ROOT, 'extension/templates'),
  types: path.join(ROOT, 'dist/pico-provider.d.ts'),
};
const TSC = path.join(ROOT, 'node_modules/typescript/bin/tsc');

const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'new-provider-')));
after(() => fs.rmSync(folder, { recursive: true }));

const OUTPUTS = {
  system: '1: Hello from the guest\n2: Hello from the guest\n3: Hello from the guest\n',
  linux: 'HELLO FROM THE GUEST\nCOULD NOT BE OPENED\nOPENED\n',
};

for (const template of ['system', 'linux'] as const)
  test(`${template}: the files check, and the program runs on them`, async () => {
    const name = `the-${template}`;
    const { provider, program } = await writeProvider(SHIPPED, template, path.join(folder, 'providers', name));
    assert.equal(path.basename(provider), `${name}.ts`);
    assert.match(fs.readFileSync(provider, 'utf8'), new RegExp(`name: '${name}'`));
    const { status, stdout } = spawnSync(process.execPath, [TSC, '-p', path.dirname(provider)], { encoding: 'utf8' });
    assert.equal(status, 0, stdout);
    const client = openAdapter();
    await client.start({ program, provider, stopOnEntry: false });
    await client.event('terminated');
    await client.close();
    const output = client.events
      .filter(({ event, body }) => event === 'output' && body.category === 'stdout')
      .map(({ body }) => body.output as string);
    assert.equal(output.join(''), OUTPUTS[template]);
  });

test('system: a step into the fault of its program stands in dispatchException', async () => {
  const { provider, program } = await writeProvider(SHIPPED, 'system', path.join(folder, 'faulting'));
  const client = openAdapter();
  await client.start({ program, provider, stopOnEntry: false }, () =>
    client.request('setExceptionBreakpoints', { filters: ['exception'] }),
  );
  const { threadId = 0 } = await client.stopped();
  await client.request('stepIn', { threadId });
  await client.stopped();
  const { stackFrames } = await client.request('stackTrace', { threadId });
  const [{ name, source, line }, label] = stackFrames;
  assert.deepEqual([name, source?.path, label.presentationHint], ['dispatchException', provider, 'label']);
  assert.match(fs.readFileSync(provider, 'utf8').split('\n')[line - 1], /vector !== '#PF'/);
  await client.close();
});

test('nothing is overwritten, and it is said', async () => {
  assert.equal(await freeName(folder, 'linux'), 'my-linux');
  const { provider } = await writeProvider(SHIPPED, 'linux', path.join(folder, 'my-linux'));
  fs.writeFileSync(provider, '// mine');
  assert.equal(await freeName(folder, 'linux'), 'my-linux-2');
  assert.match((await problemWithName(folder, 'my-linux')) ?? '', /'my-linux' exists already/);
  await assert.rejects(writeProvider(SHIPPED, 'linux', path.join(folder, 'my-linux')), /EEXIST/);
  assert.equal(fs.readFileSync(provider, 'utf8'), '// mine');
});

test('names are words, in folders or not', async () => {
  for (const name of ['', '.', '../out', '/tmp/x', 'a b', "it's", 'a//b', '-x'])
    assert.match((await problemWithName(folder, name)) ?? '', /make a name/, name);
  for (const name of ['mine', 'kernels/tiny_2', 'a-b']) assert.equal(await problemWithName(folder, name), undefined);
});

test('the copy of the types is kept as it is shipped; files of others are theirs', async () => {
  const { provider } = await writeProvider(SHIPPED, 'system', path.join(folder, 'current'));
  const copy = path.join(path.dirname(provider), 'pico-provider.d.ts');
  const shipped = fs.readFileSync(SHIPPED.types, 'utf8');
  assert.equal(await refreshTypes(provider, SHIPPED.types), false);
  fs.writeFileSync(copy, shipped.replace(/version \d+/, 'version 0').slice(0, 2000));
  assert.equal(await refreshTypes(provider, SHIPPED.types), true);
  assert.equal(fs.readFileSync(copy, 'utf8'), shipped);
  fs.writeFileSync(copy, '// my own types\n');
  assert.equal(await refreshTypes(provider, SHIPPED.types), false);
  assert.equal(fs.readFileSync(copy, 'utf8'), '// my own types\n');
  fs.rmSync(copy);
  assert.equal(await refreshTypes(provider, SHIPPED.types), false);
  assert.equal(fs.existsSync(copy), false);
});
