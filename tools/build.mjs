/**
 * Bundles everything that is shipped into `dist/`. `--watch` keeps doing so, `--production` makes it small, `--tests` adds
 * the suite that VS Code runs.
 */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, context } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');

/** Each becomes `dist/<name>.cjs`. */
const ENTRIES = {
  adapter: 'adapter/main.ts',
  machine: 'adapter/machine/worker.ts',
  pico: 'adapter/cli/main.ts',
  extension: 'extension/main.ts',
};

/**
 * iced-x86 is CommonJS for Node and reads its WebAssembly from a file beside itself: in a bundle that file is a part of
 * the text, so that each bundle stands alone.
 */
const inlineIced = {
  name: 'inline iced-x86',
  setup(build) {
    build.onLoad({ filter: /iced-x86[\\/]iced_x86\.js$/ }, ({ path }) => {
      const wasm = readFileSync(join(dirname(path), 'iced_x86_bg.wasm')).toString('base64');
      const source = readFileSync(path, 'utf8')
        .replace(/const path = require\(['"`]path['"`]\)\.join\(__dirname, [^)]*\);/, '')
        .replace(/require\(['"`]fs['"`]\)\.readFileSync\(path\)/, `Buffer.from('${wasm}', 'base64')`);
      if (source.includes('readFileSync(path)')) throw new Error('iced-x86 loads its WebAssembly in a new way');
      return { contents: source, loader: 'js' };
    });
  },
};

/** Our own modules only define things, so that a bundle holds what it uses: the adapter none of the emulator. */
const withoutSideEffects = {
  name: 'modules without side effects',
  setup(build) {
    build.onResolve({ filter: /^\.{1,2}\/.*\.ts$/ }, ({ path, resolveDir, kind }) =>
      kind === 'entry-point' ? undefined : { path: join(resolveDir, path), sideEffects: false },
    );
  },
};

/** The processor's interpreter is a WebAssembly module that takes long to make: once here instead of at each start. */
async function writeInterpreter() {
  const contents = "export { interpreterBytes } from './emulator/cpu/processor.ts';";
  const { outputFiles } = await build({
    ...options,
    entryPoints: undefined,
    stdin: { contents, resolveDir: root, loader: 'ts' },
    write: false,
    sourcemap: false,
  });
  const scope = { exports: {} };
  new Function('module', 'exports', 'require', '__filename', outputFiles[0].text)(
    scope,
    scope.exports,
    createRequire(import.meta.url),
    fileURLToPath(import.meta.url),
  );
  writeFileSync(join(dist, 'interpreter.wasm'), scope.exports.interpreterBytes());
}

const options = {
  absWorkingDir: root,
  entryPoints: ENTRIES,
  outdir: dist,
  outExtension: { '.js': '.cjs' },
  bundle: true,
  platform: 'node',
  // Without a target esbuild writes Uint8Array.fromBase64 for binary contents, which Node 20 does not have.
  target: 'node20',
  format: 'cjs',
  external: ['vscode'],
  define: { 'import.meta.url': 'importMetaUrl' },
  banner: { js: "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
  sourcemap: true,
  sourcesContent: false,
  minify: process.argv.includes('--production'),
  legalComments: 'linked',
  logLevel: 'warning',
  plugins: [withoutSideEffects, inlineIced],
};

/** The suite runs beside this project's node_modules and takes mocha from there. */
const suite = {
  ...options,
  entryPoints: { index: 'test/extension/suite/index.ts' },
  outdir: join(root, '.cache/suite'),
  external: ['vscode', 'mocha'],
  minify: false,
};

mkdirSync(dist, { recursive: true });
if (process.argv.includes('--watch')) {
  const watching = await context(options);
  await watching.watch();
} else {
  await Promise.all([build(options), writeInterpreter(), ...(process.argv.includes('--tests') ? [build(suite)] : [])]);
}
