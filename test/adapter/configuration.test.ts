/** One schema says what a launch configuration may hold, here and in package.json. */

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { launchAttributes, PROVIDERS, parseConfiguration } from '../../adapter/configuration.ts';

import { PROVIDER_NAMES } from '../../emulator/index.ts';

const file = new URL('../../package.json', import.meta.url);

test('defaults', () => {
  assert.deepEqual(parseConfiguration({ program: 'hello', type: 'pico', name: 'x', __sessionId: 1 }), {
    program: 'hello',
    args: [],
    env: {},
    mounts: [],
    stopOnEntry: true,
    trace: false,
    provider: 'linux',
    seed: 0,
    limits: { processes: 64, memory: 0x8000_0000 },
  });
  assert.equal(parseConfiguration({ program: 'x', mounts: [{ host: '/', guest: '/' }] }).mounts[0].mode, 'overlay');
});

test('providers are those of the machine', () => assert.deepEqual(PROVIDERS, PROVIDER_NAMES));

test("package.json's attributes are those of the schema; UPDATE=1 writes them", () => {
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as {
    contributes: { debuggers: { configurationAttributes: { launch: unknown } }[] };
  };
  const [debuggerEntry] = manifest.contributes.debuggers;
  const expected = launchAttributes();
  if (process.env.UPDATE === '1') {
    debuggerEntry.configurationAttributes.launch = expected;
    writeFileSync(file, `${JSON.stringify(manifest, undefined, 2)}\n`);
  }
  assert.deepEqual(debuggerEntry.configurationAttributes.launch, JSON.parse(JSON.stringify(expected)));
  // VS Code does not follow references in configuration attributes.
  assert.doesNotMatch(JSON.stringify(expected), /\$ref|definitions|\$defs/);
});
