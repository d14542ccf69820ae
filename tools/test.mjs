// `npm test`: installs what it needs, checks, builds, and runs every test. With names it runs only test files whose
// paths contain one of them: `npm test -- cpu/shift adapter`. `UPDATE=1` rewrites expected texts.

import fs from 'node:fs';
import path from 'node:path';
import { installDebianPackages, installNodeModules } from './setup/packages.mjs';
import { ROOT } from './setup/paths.mjs';
import { must, run } from './setup/run.mjs';

const words = process.argv.slice(2);
// `npm run test:programs`: those of a distribution, with the ones that take long.
const programs = words.includes('--programs');
if (programs) process.env.PROGRAMS = 'all';
const names = programs ? ['guests/distribution', 'guests/programs'] : words;
installNodeModules();
for (const sentence of installDebianPackages()) process.stdout.write(`${sentence}\n`);
if (names.length === 0) await must(process.execPath, ['tools/check.mjs']);
await must(process.execPath, ['tools/build.mjs']);

/** Test files below `folder`; suites that VS Code itself runs and programs for the guest are none. */
function testFiles(folder) {
  return fs.readdirSync(path.join(ROOT, folder), { withFileTypes: true }).flatMap(entry => {
    const name = `${folder}/${entry.name}`;
    if (entry.isDirectory())
      return ['test/extension/suite', 'test/guests/linux'].includes(name)
        ? testFiles(name).filter(file => !file.includes('/suite/'))
        : testFiles(name);
    return entry.name.endsWith('.test.ts') ? [name] : [];
  });
}

const files = testFiles('test').filter(file => names.length === 0 || names.some(name => file.includes(name)));
if (files.length === 0) {
  process.stdout.write(`no test file's path contains ${names.join(' or ')}\n`);
  process.exit(1);
}
const code = await run(process.execPath, [
  '--import',
  'tsx',
  '--test',
  '--test-reporter',
  './tools/setup/reporter.mjs',
  '--test-reporter-destination',
  'stdout',
  ...files,
]);
process.exit(code);
