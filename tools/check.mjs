// `npm run check`: types of all parts, lint, and which folder imports which.

import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { installNodeModules } from './setup/packages.mjs';
import { ROOT } from './setup/paths.mjs';
import { importCycles, layerViolations } from './layers.mjs';

installNodeModules();
const bin = name => path.join(ROOT, 'node_modules/.bin', name);
const checks = [
  // Not by its name in .bin, which TypeScript 6 has too.
  ['types', path.join(ROOT, 'node_modules/typescript/bin/tsc'), ['-b']],
  ['lint', bin('oxlint'), ['--quiet', '--config', '.oxlintrc.json']],
  ['format', bin('biome'), ['format', '.']],
];
let failed = false;
for (const [name, command, args] of checks) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: ROOT, encoding: 'utf8' });
  if (status === 0) continue;
  failed = true;
  process.stdout.write(`${name}:\n${stdout}${stderr}\n`);
}
for (const problem of [...layerViolations(), ...importCycles().map(cycle => `import cycle: ${cycle}`)]) {
  failed = true;
  process.stdout.write(`${problem}\n`);
}
process.exit(failed ? 1 : 0);
