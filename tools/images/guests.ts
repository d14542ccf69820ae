/** Small ELF programs of assembly sources, which providers of users' own are tried on. Needs as and ld of the GNU binutils. */

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** Paths from the project's root; the source of each is beside it, with .s. */
export const GUESTS = [
  'samples/tiny-os/greeter',
  'samples/linux-extension/reader',
  'extension/templates/system/guest',
  'extension/templates/linux/guest',
];

/** The program as the first lines of its source say that it is made. */
export function buildGuest(file: string): Uint8Array {
  const name = path.basename(file);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'guest-'));
  try {
    const run = (command: string, ...args: string[]) => execFileSync(command, args, { cwd: folder, stdio: 'inherit' });
    run('as', '-o', `${name}.o`, path.join(ROOT, `${file}.s`));
    run('ld', '-o', name, `${name}.o`);
    return new Uint8Array(fs.readFileSync(path.join(folder, name)));
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}
