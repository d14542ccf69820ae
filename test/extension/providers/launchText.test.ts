/** A configuration more in the text of a launch.json. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withConfiguration } from '../../../extension/providers/launchText.ts';

const NEW = { type: 'pico', request: 'launch', name: 'mine' };

test('an empty file becomes one with the configuration', () => {
  assert.deepEqual(JSON.parse(withConfiguration('\n', NEW) ?? ''), { version: '0.2.0', configurations: [NEW] });
});

test('the configuration comes first; comments, commas and the others stay', () => {
  const text = `{
    // Use IntelliSense.
    "version": "0.2.0",
    "configurations": [
        { "name": "other" }, // the other one
    ],
    "compounds": []
}
`;
  assert.equal(
    withConfiguration(text, NEW),
    `{
    // Use IntelliSense.
    "version": "0.2.0",
    "configurations": [
        {
            "type": "pico",
            "request": "launch",
            "name": "mine"
        },
        { "name": "other" }, // the other one
    ],
    "compounds": []
}
`,
  );
});

test('a file without a list gets one; tabs and line ends are those of the file', () => {
  const text = '{\r\n\t"version": "0.2.0"\r\n}\r\n';
  const written = withConfiguration(text, NEW) ?? '';
  assert.deepEqual(JSON.parse(written), { version: '0.2.0', configurations: [NEW] });
  assert.match(written, /^\t"configurations": \[\r\n\t\t\{\r\n\t\t\t"type": "pico",\r\n/m);
  assert.doesNotMatch(written, /[^\r]\n/);
});

for (const [what, text] of [
  ['an unfinished object', '{ "configurations": [ '],
  ['a list', '[]'],
  ['configurations that are no list', '{ "configurations": {} }'],
  ['words', 'launch it'],
])
  test(`${what} is left as it is`, () => assert.equal(withConfiguration(text, NEW), undefined));
