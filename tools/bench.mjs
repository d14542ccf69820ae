// `npm run bench`: installs what it needs, builds, and measures. Options: `npm run bench -- --help`.

import { installNodeModules } from './setup/packages.mjs';
import { must } from './setup/run.mjs';

installNodeModules();
await must(process.execPath, ['tools/build.mjs']);
await must(process.execPath, ['--import', 'tsx', 'bench/main.ts', ...process.argv.slice(2)]);
