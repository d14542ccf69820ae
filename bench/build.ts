/** Builds the programs that are measured, and the one that measures them. */

import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import type { Measurement } from './inside.ts';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
export const DIST = path.join(ROOT, 'dist');
export const WORK = path.join(ROOT, '.cache/bench');

const SOURCES = path.join(ROOT, 'bench/programs');
const WASM_FILES = ['iced_x86_bg.wasm', 'lz4_wasm_nodejs_bg.wasm'];
const FLAGS = ['-O2', '-march=x86-64', '-static'];

/** Compilers, by the C library that they link. */
const COMPILERS = { glibc: 'gcc', musl: 'musl-gcc' } as const;

/** The path of `bench/programs/<name>.c`, built; cached while the source stays as it is. */
export function built(name: string, library: keyof typeof COMPILERS = 'glibc'): string {
  const source = path.join(SOURCES, `${name}.c`);
  const target = path.join(WORK, library === 'glibc' ? name : `${name}-${library}`);
  if (fs.existsSync(target) && fs.statSync(target).mtimeMs >= fs.statSync(source).mtimeMs) return target;
  fs.mkdirSync(WORK, { recursive: true });
  const options = [...FLAGS, '-o', target, source, '-lm'];
  execFileSync(COMPILERS[library], options, { stdio: ['ignore', 'ignore', 'inherit'] });
  return target;
}

/** The path of a script in `bench/programs`. */
export function script(name: string): string {
  return path.join(SOURCES, name);
}

/** Whether programs can be linked with musl here. */
export function hasMusl(): boolean {
  return spawnSync(COMPILERS.musl, ['--version'], { stdio: 'ignore' }).status === 0;
}

const bundles = new Map<string, string>();

/** The path of `bench/<name>.ts` with all it imports, made as the shipped bundles are; once in each run. */
export function bundled(name: string): string {
  const known = bundles.get(name);
  if (known !== undefined) return known;
  const outfile = path.join(WORK, `${name}.cjs`);
  buildSync({
    absWorkingDir: ROOT,
    entryPoints: [`bench/${name}.ts`],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    define: { 'import.meta.url': 'importMetaUrl' },
    banner: { js: "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
    minifyWhitespace: true,
    minifySyntax: true,
    logLevel: 'warning',
  });
  // These packages read their WebAssembly from the bundle's folder.
  for (const file of WASM_FILES) fs.copyFileSync(path.join(DIST, file), path.join(WORK, file));
  bundles.set(name, outfile);
  return outfile;
}

/** Runs `bench/inside.ts` in a process of its own. */
export function measureInside<Times>(measurement: Measurement, program: string, ...words: readonly string[]): Times {
  const command = [bundled('inside'), path.join(DIST, 'interpreter.x86-64-v2.wasm'), measurement, program, ...words];
  return JSON.parse(execFileSync(process.execPath, command, { encoding: 'utf8' })) as Times;
}

const LINES = 60_000;

/** A file of words and numbers for real programs; the same on every computer. */
export function textFile(): string {
  const file = path.join(WORK, 'text');
  if (fs.existsSync(file)) return file;
  let seed = 1;
  const chance = (limit: number): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((seed / 2 ** 32) * limit);
  };
  const word = (): string => Array.from({ length: 2 + chance(6) }, () => String.fromCharCode(97 + chance(26))).join('');
  const words = Array.from({ length: 2000 }, word);
  const line = (): string => `${chance(1_000_000)} ${Array.from({ length: 5 }, () => words[chance(2000)]).join(' ')}\n`;
  fs.mkdirSync(WORK, { recursive: true });
  fs.writeFileSync(file, Array.from({ length: LINES }, line).join(''));
  return file;
}

/** Why nothing can be measured here, as a sentence. */
export function obstacle(): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'The comparison needs Linux on x86-64.';
  try {
    execFileSync('gcc', ['--version'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'The measured programs are built with gcc; install it with: sudo apt-get install gcc libc6-dev';
  }
}
