// `npm run package`: makes the .vsix, and fails if it is too large or holds what does not belong in it.

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { installNodeModules } from './setup/packages.mjs';
import { CACHE, ROOT } from './setup/paths.mjs';

const LIMIT = 5 * 1024 * 1024;
/** What the debugger of providers needs, and those who write providers. */
const SOURCES =
  /^dist\/(sources\/|machine\.main\.cjs\.map$|pico-provider\.d\.ts$|typescript\/)|^extension\/templates\//;
const FORBIDDEN = /(^|\/)(test|node_modules|tools|\.cache)\/|(^|\/)(emulator|adapter)\/|\.ts$|\.map$/;

/** What goes into the package as it is. */
const FILES = [
  'package.json',
  'README.md',
  'CHANGELOG.md',
  'LICENSE',
  '.vscodeignore',
  'extension/media/icon.png',
  'extension/templates',
  ...fs.readdirSync(path.join(ROOT, 'syntaxes')).map(file => `syntaxes/${file}`),
];

installNodeModules();
fs.mkdirSync(CACHE, { recursive: true });
const target = path.join(CACHE, 'pico-process-debugger.vsix');
// A folder of its own: others may be running what is in dist/, or be making a package, too.
const staging = fs.mkdtempSync(path.join(CACHE, 'package-'));
process.on('exit', () => fs.rmSync(staging, { recursive: true, force: true }));
for (const file of FILES) fs.cpSync(path.join(ROOT, file), path.join(staging, file), { recursive: true });
const build = ['tools/build.mjs', '--production', `--out=${path.join(staging, 'dist')}`];
execFileSync(process.execPath, build, { cwd: ROOT, stdio: 'inherit' });
// What people step through, where the source map of the machine finds it (adapter/provider/sources.ts).
fs.cpSync(path.join(ROOT, 'emulator'), path.join(staging, 'dist/sources/emulator'), { recursive: true });
// Those who open one are not to see the problems of others' code.
fs.writeFileSync(
  path.join(staging, 'dist/sources/tsconfig.json'),
  JSON.stringify({
    compilerOptions: { noCheck: true, noEmit: true, allowImportingTsExtensions: true, moduleResolution: 'bundler' },
  }),
);
const draft = path.join(staging, 'package.vsix');
const vsce = path.join(ROOT, 'node_modules/@vscode/vsce/vsce');
const listed = execFileSync(process.execPath, [vsce, 'ls', '--no-dependencies'], { cwd: staging, encoding: 'utf8' })
  .trim()
  .split('\n');
const wrong = listed.filter(file => FORBIDDEN.test(file) && !SOURCES.test(file));
if (wrong.length) fail(`the package would hold ${wrong.join(', ')}; see .vscodeignore`);
execFileSync(process.execPath, [vsce, 'package', '--no-dependencies', '--allow-missing-repository', '--out', draft], {
  cwd: staging,
  stdio: ['ignore', 'ignore', 'inherit'],
});
const { size } = fs.statSync(draft);
if (size > LIMIT) fail(`the package has ${size} bytes, more than ${LIMIT}`);
fs.renameSync(draft, target);
process.stdout.write(`${path.relative(ROOT, target)}: ${(size / 1024 / 1024).toFixed(2)} MB, ${listed.length} files\n`);

function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}
