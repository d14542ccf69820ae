/**
 * Bundles everything that is shipped into `dist/`, or where `--out=` says. `--watch` keeps doing so, `--production` makes it
 * small; `--suite` makes only the suite that VS Code runs.
 */

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, context } from 'esbuild';
import { inScopes } from './setup/scopes.mjs';
import { writeDeclarations } from './declarations.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = resolve(
  root,
  /^--out=(.+)$/.exec(process.argv.find(word => word.startsWith('--out=')) ?? '')?.[1] ?? 'dist',
);

/** CommonJS has no `import.meta`; few starts need the address, which takes a millisecond to make. */
const META = "const importMeta = { get url() { return require('node:url').pathToFileURL(__filename).href; } };";
const META_NAMES = { 'import.meta.url': 'importMeta.url', 'import.meta.dirname': '__dirname' };

/** Each becomes `dist/<name>.cjs`. */
const ENTRIES = {
  extension: 'extension/main.ts',
  server: 'adapter/server.ts',
  terminal: 'adapter/cli/terminal.ts',
  providerDebugger: 'adapter/provider/providerDebugger.ts',
  ownProvider: 'adapter/provider/code/ownProvider.ts',
  compilerThread: 'adapter/provider/code/compilerThread.ts',
};

/** Each becomes `dist/<name>.main.cjs`, a function that `dist/<name>.cjs` calls. */
const STARTED = {
  adapter: 'adapter/main.ts',
  pico: 'adapter/cli/main.ts',
  compiler: 'emulator/cpu/compiler.ts',
};

/** These read their WebAssembly from a file in their own folder, which in a bundle is that of the bundle. */
const WASM_FILES = { 'iced-x86': 'iced_x86_bg.wasm', 'lz4-wasm-nodejs': 'lz4_wasm_nodejs_bg.wasm' };

/** Large and not needed by every start: files of their own, which the first use of one of their names loads. */
const whenFirstUsed = {
  name: 'what is loaded when first used',
  setup(build) {
    const later = name => options =>
      options.kind === 'entry-point' ? undefined : { path: name, namespace: 'later', pluginData: options };
    build.onResolve({ filter: /^iced-x86$/ }, later('./iced.cjs'));
    build.onResolve({ filter: /^lz4-wasm-nodejs$/ }, later('./lz4.cjs'));
    build.onResolve({ filter: /\/compiler\.ts$/ }, later('./compiler.cjs'));
    build.onResolve({ filter: /^typescript-js$/ }, later('./typescript.cjs'));
    build.onResolve({ filter: /.*/, namespace: 'later' }, ({ path }) => ({ path, external: true }));
    build.onLoad({ filter: /.*/, namespace: 'later' }, async ({ path, pluginData }) => ({
      contents: (await exportsOf(pluginData))
        .map(
          name =>
            `Object.defineProperty(exports, '${name}', { enumerable: true, get: () => require('${path}').${name} });`,
        )
        .join('\n'),
    }));
  },
};

/** The names that a module exports: one of ours, or a package. */
async function exportsOf({ path, resolveDir }) {
  if (!path.startsWith('.')) return Object.keys(createRequire(import.meta.url)(path));
  const { metafile } = await build({
    entryPoints: [join(resolveDir, path)],
    outdir: dist,
    write: false,
    metafile: true,
  });
  return Object.values(metafile.outputs)[0].exports;
}

/** What is imported when it is needed is a bundle of its own. */
const onDemand = {
  name: 'imports on demand',
  setup(build) {
    build.onResolve({ filter: /^\.{1,2}\/.*\.ts$/ }, ({ path, kind }) =>
      kind === 'dynamic-import' ? { path: `./${basename(path, '.ts')}.cjs`, external: true } : undefined,
    );
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

/** The processor's interpreters are WebAssembly modules that take long to make: once here instead of at each start. */
function writeInterpreters() {
  const { buildInterpreter, CPU_LEVELS, listHandlers } = createRequire(import.meta.url)(join(dist, 'compiler.cjs'));
  for (const level of CPU_LEVELS)
    writeFileSync(join(dist, `interpreter.${level}.wasm`), buildInterpreter(listHandlers(level)));
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
  // Such imports become calls of require, which code started by hand may do.
  supported: { 'dynamic-import': false },
  format: 'cjs',
  // jsonc-parser's CommonJS cannot be bundled: it asks for its parts through a function.
  alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
  external: ['vscode'],
  define: META_NAMES,
  banner: { js: META },
  sourcemap: true,
  sourcesContent: false,
  // Half of a session's start is reading code: comments and spaces are left out always, names kept for stack traces.
  minifyWhitespace: true,
  minifySyntax: true,
  minifyIdentifiers: process.argv.includes('--production'),
  legalComments: 'linked',
  metafile: true,
  logLevel: 'warning',
  plugins: [onDemand, whenFirstUsed, withoutSideEffects],
};

/** As Node wraps modules. */
const started = {
  ...options,
  entryPoints: Object.fromEntries(Object.entries(STARTED).map(([name, file]) => [`${name}.main`, file])),
  // People step through the providers in one of them: statements stay statements, and variables keep their names.
  minifySyntax: false,
  minifyIdentifiers: false,
  banner: { js: `(function (exports, require, module, __filename, __dirname) {'use strict';${META}` },
  footer: { js: '})' },
};

/** What people step through: a script whose modules V8's debugger can tell apart. */
const machine = await inScopes('machine.main.cjs', 'adapter/machine/thread.ts', started);

/** Most of iced-x86's JavaScript are lists of names that nobody asks for. */
const withoutNames = {
  name: 'iced-x86 without lists of names',
  setup(build) {
    const used = readFileSync(join(root, 'emulator/cpu/decode/disassemble.ts'), 'utf8');
    build.onLoad({ filter: /iced_x86\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replace(
        /^module\.exports\.(\w+) = Object\.freeze\(\{[^]*?\}\);$/gm,
        (line, name) => (used.includes(`${name}.`) ? line : ''),
      ),
    }));
  },
};

const disassembler = {
  ...options,
  entryPoints: { iced: 'iced-x86' },
  banner: undefined,
  plugins: [withoutNames],
  sourcemap: false,
};

/** Checks and translates the providers that users bring. */
const typescript = {
  ...disassembler,
  entryPoints: { typescript: 'typescript-js' },
  plugins: [],
  minifyIdentifiers: true,
};

const compressor = { ...disassembler, entryPoints: { lz4: 'lz4-wasm-nodejs' }, plugins: [] };

/** What starts a bundle knows it by its contents; one that keeps changing it does not know. */
function starter(name, changing) {
  const digest = changing
    ? ''
    : createHash('sha256')
        .update(readFileSync(join(dist, `${name}.main.cjs`)))
        .digest('hex')
        .slice(0, 16);
  return {
    ...options,
    entryPoints: { [name]: 'adapter/start/loader.ts' },
    define: { BUNDLE: JSON.stringify(name), DIGEST: JSON.stringify(digest) },
    banner: { js: '#!/usr/bin/env node' },
    sourcemap: false,
  };
}

/** The suite runs beside this project's node_modules and takes mocha from there. */
const suite = {
  ...options,
  entryPoints: { index: 'test/extension/suite/index.ts' },
  outdir: join(root, '.cache/suite'),
  external: ['vscode', 'mocha'],
  plugins: [withoutSideEffects],
  minifyWhitespace: false,
  minifySyntax: false,
  minifyIdentifiers: false,
};

/** Whoever gives away bundles gives away what is in them, with its licences. */
function writeLicences(builds) {
  const inputs = builds.flatMap(({ metafile }) => Object.keys(metafile.inputs));
  const packages = new Set(inputs.flatMap(file => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? []));
  const texts = [...packages].sort().map(name => {
    const folder = join(root, 'node_modules', name);
    const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    // Of several the one that asks for least.
    const [file] = readdirSync(folder)
      .filter(each => /^licen[cs]e/i.test(each))
      .sort((one, other) => Number(/mit/i.test(other)) - Number(/mit/i.test(one)));
    if (!file) throw new Error(`${name} ${version} has no licence file`);
    return `${name} ${version} (${license})\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
  });
  writeFileSync(join(dist, 'licences.txt'), texts.join(`\n${'-'.repeat(80)}\n\n`));
}

mkdirSync(join(dist, 'nt'), { recursive: true });
copyFileSync(join(root, 'samples/nt/ntdll/ntdll.dll'), join(dist, 'nt/ntdll.dll'));
for (const [name, file] of Object.entries(WASM_FILES))
  copyFileSync(join(dirname(createRequire(import.meta.url).resolve(name)), file), join(dist, file));
if (process.argv.includes('--suite')) await build(suite);
else if (process.argv.includes('--watch')) {
  for (const watched of [options, started, machine]) await (await context(watched)).watch();
  await Promise.all([...Object.keys(STARTED), 'machine'].map(name => build(starter(name, true))));
} else {
  const shipped = await Promise.all(
    [options, started, machine, disassembler, compressor, typescript].map(each => build(each)),
  );
  writeLicences(shipped);
  await Promise.all([...Object.keys(STARTED), 'machine'].map(name => build(starter(name, false))));
  writeInterpreters();
  await writeDeclarations(dist);
  // What `npx pico` and an installed package start.
  chmodSync(join(dist, 'pico.cjs'), 0o755);
  // The first runs of a bundle keep what V8 makes of it.
  for (let run = 0; run < 2; run++)
    execFileSync(process.execPath, [join(dist, 'pico.cjs'), 'run', join(root, 'samples/hello/hello')], {
      stdio: 'ignore',
    });
}
