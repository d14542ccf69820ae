/** The images of this project: which sources each is made of. Needs `as` of the GNU binutils. */

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { serviceTable } from '../../emulator/kernel/services/table.ts';
import { readExports, readPe } from '../../emulator/formats/pe.ts';
import { buildGuest, GUESTS } from './guests.ts';
import { link } from './link.ts';
import { type ObjectFile, readObject } from './objectFile.ts';
import { stubs } from './stubs.ts';

export const ROOT = path.resolve(import.meta.dirname, '../..');

export const NTDLL = 'samples/nt/ntdll/ntdll.dll';
const NTDLL_BASE = 0x1_8000_0000;
const PROGRAM_BASE = 0x1_4000_0000;
const PROGRAM_FOLDERS = ['samples/nt', 'samples/kernel-tour', 'test/guests/nt'];
/** What sources include. */
const INCLUDES = path.join(ROOT, 'samples/nt');

/** All images by their path from the project's root, in the order in which they need each other. */
export function buildImages(): Map<string, Uint8Array> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'images-'));
  try {
    const ntdll = link([assemble(NTDLL.replace('.dll', '.s'), folder), assembleText(stubs(serviceTable()), folder)], {
      name: 'ntdll.dll',
      dll: true,
      base: NTDLL_BASE,
      modules: new Map(),
    });
    const exported = new Set(readExports(ntdll, readPe(ntdll)).map(({ name }) => name));
    const images = new Map([[NTDLL, ntdll]]);
    for (const source of programs()) {
      const image = source.replace(/\.s$/, '.exe');
      const options = { name: path.basename(image), dll: false, base: PROGRAM_BASE, entry: 'main' };
      images.set(image, link([assemble(source, folder)], { ...options, modules: new Map([['ntdll.dll', exported]]) }));
    }
    return images;
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

/** Assembly sources of programs: one to an image. */
function programs(): string[] {
  return PROGRAM_FOLDERS.flatMap(folder =>
    (fs.readdirSync(path.join(ROOT, folder), { recursive: true }) as string[])
      .map(name => `${folder}/${name.split(path.sep).join('/')}`)
      .filter(name => name.endsWith('.s') && name !== NTDLL.replace('.dll', '.s'))
      .sort(),
  );
}

function assemble(source: string, folder: string): ObjectFile {
  return assembleText(fs.readFileSync(path.join(ROOT, source), 'utf8'), folder);
}

function assembleText(text: string, folder: string): ObjectFile {
  const object = path.join(folder, 'object.o');
  execFileSync('as', ['-I', INCLUDES, '-o', object, '-'], { input: text, stdio: ['pipe', 'inherit', 'inherit'] });
  return readObject(new Uint8Array(fs.readFileSync(object)));
}

/** `npm run images` */
if (process.argv[1] === import.meta.filename)
  for (const [file, bytes] of [...buildImages(), ...GUESTS.map(file => [file, buildGuest(file)] as const)]) {
    fs.writeFileSync(path.join(ROOT, file), bytes);
    process.stdout.write(`${file}: ${bytes.length} bytes\n`);
  }
