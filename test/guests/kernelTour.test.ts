/** samples/kernel-tour on the command line: a pico and a traditional process in one machine, with less memory than they use. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

function pico(command: string, ...more: string[]): string {
  const machine = [
    '--vbs',
    '--resident',
    '2M',
    '--mount',
    'samples/kernel-tour:/tour',
    '--alongside',
    '/tour/visitor.exe',
  ];
  const words = [path.join(ROOT, 'dist/pico.cjs'), command, ...machine, ...more, '/tour/tour'];
  return execFileSync(process.execPath, words, { cwd: ROOT, encoding: 'utf8' });
}

test('both programs say what they found', () => {
  assert.deepEqual(pico('run').split('\n'), [
    'visitor: the registry calls this Pico machine',
    'visitor: process 16 is a pico process, and may not be read',
    'tour: 2048 of 2048 pages are as they were',
    'tour: child ended with 7; page 0 here is untouched',
    'tour: /tour/tour.txt is there, /tour/TOUR.TXT is missing',
    'visitor: TOUR.TXT was written by a pico process',
    '',
  ]);
});

test('all kinds of process stand side by side', () => {
  const rows = pico('ps', '--after', '30000000')
    .split('\n')
    .filter(line => /^\d/.test(line))
    .map(line => line.split(/ {2,}/));
  assert.deepEqual(
    rows.map(columns => `${columns[1]} ${columns.at(-1)}`),
    [
      'system System',
      'secure Secure System',
      'minimal Memory Compression',
      'pico /tour/tour',
      'traditional C:\\tour\\visitor.exe',
      'minimal Registry',
    ],
  );
});
