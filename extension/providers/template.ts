/** The first files of a provider: a folder of its own with code, types, and a program that runs at once. */

import { chmod, copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import * as path from 'node:path';

/** A folder of `extension/templates`, and in it `my-` and this is what the name of a new provider replaces. */
export type Template = 'system' | 'linux';

/** Files that the extension ships. */
export interface Shipped {
  readonly templates: string;
  /** pico-provider.d.ts. */
  readonly types: string;
}

export interface WrittenProvider {
  /** The file that a launch configuration names. */
  readonly provider: string;
  readonly program: string;
}

/** Writes `folder`, whose last part names the provider. Fails, and overwrites nothing, where a file is there already. */
export async function writeProvider(shipped: Shipped, template: Template, folder: string): Promise<WrittenProvider> {
  const source = path.join(shipped.templates, template);
  const name = path.basename(folder);
  const file = (own: string): string => path.join(folder, own);
  const code = await readFile(path.join(source, 'provider.ts'), 'utf8');
  const written = { provider: file(`${name}.ts`), program: file('guest') };
  await mkdir(folder, { recursive: true });
  await writeFile(written.provider, code.replaceAll(`my-${template}`, name), { flag: 'wx' });
  for (const [from, to] of [
    [shipped.types, 'pico-provider.d.ts'],
    [path.join(shipped.templates, 'tsconfig.json'), 'tsconfig.json'],
    [path.join(source, 'guest.s'), 'guest.s'],
    [path.join(source, 'guest'), 'guest'],
  ])
    await copyFile(from, file(to));
  // Packages of extensions do not keep it.
  await chmod(written.program, 0o755);
  return written;
}

/** Why no provider can be written to `name` below `parent`; undefined if it can. */
export async function problemWithName(parent: string, name: string): Promise<string | undefined> {
  const parts = name.split('/');
  if (!parts.every(part => /^\w[\w-]*$/.test(part)))
    return 'Letters, digits, - and _ make a name; / puts it into a folder.';
  if (await isTaken(path.join(parent, ...parts)))
    return `'${name}' exists already, and nothing is overwritten: choose another name.`;
  return undefined;
}

/** `my-system`, or the first of `my-system-2`, … that is free. */
export async function freeName(parent: string, template: Template): Promise<string> {
  const name = `my-${template}`;
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? name : `${name}-${number}`;
    if (!(await isTaken(path.join(parent, candidate)))) return candidate;
  }
}

async function isTaken(folder: string): Promise<boolean> {
  try {
    return (await readdir(folder)).length > 0;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ENOENT';
  }
}
