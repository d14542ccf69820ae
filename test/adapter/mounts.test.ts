/** Where the guest finds the program. */

import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { after, test } from 'node:test';
import { type ProgramRequest, placeProgram } from '../../adapter/mounts.ts';

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'pico-mounts-'));
after(() => fs.rmSync(root, { recursive: true }));
fs.mkdirSync(path.join(root, 'work/build'), { recursive: true });
fs.mkdirSync(path.join(root, 'image/bin'), { recursive: true });
fs.writeFileSync(path.join(root, 'work/build/hello'), '');
fs.writeFileSync(path.join(root, 'image/bin/sh'), '');
const image = { host: path.join(root, 'image'), guest: '/', mode: 'overlay' } as const;

function place(request: Partial<ProgramRequest>): string {
  try {
    const { mounts, program, directory } = placeProgram({ program: '', mounts: [], ...request });
    const shown = mounts.map(({ host, guest, mode }) => `${host}:${guest}:${mode}`).join(' ');
    return `${program} in ${directory} | ${shown}`.replaceAll(root, '~');
  } catch (error) {
    return (error as Error).message.replaceAll(root, '~');
  }
}

const hello = path.join(root, 'work/build/hello');

test('only the program’s folder is shown, as an overlay', () => {
  assert.equal(place({ program: hello }), '~/work/build/hello in ~/work/build | ~/work/build:~/work/build:overlay');
});

test('a working folder that holds the program is shown as a whole', () => {
  assert.equal(
    place({ program: 'build/hello', cwd: path.join(root, 'work') }),
    '~/work/build/hello in ~/work | ~/work:~/work:overlay',
  );
});

test('a mount that holds the program serves, and the program is named as the guest sees it', () => {
  assert.equal(
    place({ program: path.join(root, 'image/bin/sh'), mounts: [image] }),
    '/bin/sh in /bin | ~/image:/:overlay',
  );
});

test('a guest path is taken through the mounts', () => {
  assert.equal(place({ program: '/bin/sh', mounts: [image], cwd: '/' }), '/bin/sh in / | ~/image:/:overlay');
});

test('the innermost mount decides', () => {
  const work = { host: path.join(root, 'work'), guest: '/bin', mode: 'ro' } as const;
  assert.equal(
    place({ program: '/bin/build/hello', mounts: [image, work] }).split(' |')[0],
    '/bin/build/hello in /bin/build',
  );
});

test('mistakes', () => {
  assert.equal(place({ program: path.join(root, 'no') }), "The program '~/no' does not exist.");
  assert.equal(place({ program: root }), "The program '~' is not a file.");
  assert.equal(
    place({ program: hello, mounts: [{ host: root, guest: 'home', mode: 'ro' }] }),
    "The guest path 'home' of a mount must start with '/'.",
  );
});
