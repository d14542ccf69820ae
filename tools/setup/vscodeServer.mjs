// Puts the VS Code server (it comes in the npm package code-server) into .cache/vscode-server, for UI tests and for
// `npm run code` where there is no desktop VS Code. No root, no compiler, no install scripts.

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { CACHE } from './paths.mjs';

/** The last version that runs on Node 20 (VS Code 1.100.3). */
const VERSION = '4.100.3';

export function vscodeServer() {
  const folder = path.join(CACHE, `vscode-server-${VERSION}`);
  const main = path.join(folder, 'lib/vscode/out/server-main.js');
  if (fs.existsSync(path.join(folder, '.complete'))) return main;
  process.stdout.write(`Fetching the VS Code server ${VERSION} from the npm registry…\n`);
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  const run = (command, args, cwd) => execFileSync(command, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
  run('npm', ['pack', '--silent', `code-server@${VERSION}`], folder);
  const archive = `code-server-${VERSION}.tgz`;
  run('tar', ['xzf', archive, '--strip-components=1'], folder);
  fs.rmSync(path.join(folder, archive));
  run(
    'npm',
    ['install', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
    path.join(folder, 'lib/vscode'),
  );
  fs.writeFileSync(path.join(folder, '.complete'), '');
  return main;
}
