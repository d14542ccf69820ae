// `npm run code`: VS Code with this extension on the samples: the desktop one if it is on the PATH, else its server,
// to be opened in a browser.

import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { installNodeModules } from './setup/packages.mjs';
import { CACHE, ROOT } from './setup/paths.mjs';
import { must, run } from './setup/run.mjs';
import { vscodeServer } from './setup/vscodeServer.mjs';

const folder = path.join(ROOT, 'samples/hello');
installNodeModules();
await must(process.execPath, ['tools/build.mjs']);

const desktop = onPath('code') ?? onPath('codium');
if (desktop) {
  process.exit(
    await run(desktop, [`--extensionDevelopmentPath=${ROOT}`, folder], { shell: process.platform === 'win32' }),
  );
}

await must(process.execPath, ['tools/package.mjs']);
const main = vscodeServer();
const data = path.join(CACHE, 'vscode-data');
fs.mkdirSync(path.join(data, 'User'), { recursive: true });
const common = [
  '--accept-server-license-terms',
  '--server-data-dir',
  data,
  '--user-data-dir',
  data,
  '--extensions-dir',
  path.join(data, 'extensions'),
];
execFileSync(
  process.execPath,
  [main, ...common, '--install-extension', path.join(CACHE, 'pico-process-debugger.vsix'), '--force'],
  { stdio: 'ignore' },
);
const port = process.env.PORT ?? '8123';
const log = path.join(data, 'server.log');
const server = spawn(
  process.execPath,
  [main, '--host', '127.0.0.1', '--port', port, '--without-connection-token', '--telemetry-level', 'off', ...common],
  { stdio: ['ignore', 'pipe', fs.openSync(log, 'w')] },
);
createInterface({ input: server.stdout }).on('line', line => {
  if (!line.includes('Extension host agent listening')) return;
  process.stdout.write(`\nVS Code runs at http://127.0.0.1:${port}/?folder=${encodeURIComponent(folder)}\n`);
  process.stdout.write('Open it in a browser and press F5. Ctrl+C ends it.\n');
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => server.kill());
server.on('exit', code => {
  if (code) process.stderr.write(`the VS Code server ended with ${code}; see ${log}\n`);
  process.exit(code ?? 0);
});

function onPath(name) {
  const suffixes = process.platform === 'win32' ? ['.cmd', '.exe'] : [''];
  for (const folder of (process.env.PATH ?? '').split(path.delimiter))
    for (const suffix of suffixes) {
      const file = path.join(folder, name + suffix);
      if (fs.existsSync(file)) return file;
    }
  return undefined;
}
