/** What a launch configuration may hold. `test/tables.test.ts` compares package.json with it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { launchAttributes, PROVIDERS, parseConfiguration } from '../../adapter/configuration.ts';

import { PROVIDER_NAMES } from '../../emulator/index.ts';

test('defaults', () => {
  assert.deepEqual(parseConfiguration({ program: 'hello', type: 'pico', name: 'x', __sessionId: 1 }), {
    program: 'hello',
    args: [],
    env: {},
    mounts: [],
    alongside: [],
    stopOnEntry: true,
    trace: false,
    inject: [],
    provider: 'linux',
    providerImports: [],
    cpu: 'x86-64-v2',
    seed: 0,
    justMyCode: true,
    vbs: false,
    caseSensitive: true,
    console: 'internalConsole',
    network: 'none',
    forward: [],
    limits: { processes: 256, memory: 0x8000_0000 },
  });
  assert.equal(parseConfiguration({ program: 'x', mounts: [{ host: '/', guest: '/' }] }).mounts[0].mode, 'overlay');
});

test('providers are those of the machine', () => assert.deepEqual(PROVIDERS, PROVIDER_NAMES));

test('the attributes are of the kind that VS Code understands', () => {
  const attributes = JSON.stringify(launchAttributes());
  // It does not follow references in configuration attributes.
  assert.doesNotMatch(attributes, /\$ref|definitions|\$defs/);
  assert.match(attributes, /"required":\["program"\]/);
});
