// `npm run test:desktop`: the extension's suite in the desktop VS Code that @vscode/test-electron downloads.

import { runTests } from '@vscode/test-electron';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { ROOT } from './setup/paths.mjs';

execFileSync(process.execPath, ['tools/build.mjs'], { cwd: ROOT, stdio: 'inherit' });
execFileSync(process.execPath, ['tools/build.mjs', '--suite'], { cwd: ROOT, stdio: 'inherit' });
await runTests({
  extensionDevelopmentPath: ROOT,
  extensionTestsPath: path.join(ROOT, '.cache/suite/index.cjs'),
  launchArgs: [path.join(ROOT, 'samples'), '--disable-extensions'],
});
