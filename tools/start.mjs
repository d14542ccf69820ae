// `npm start`: installs what it needs, builds, and runs a scripted debug session on a sample, as VS Code would drive it.

import { installNodeModules } from './setup/packages.mjs';
import { must } from './setup/run.mjs';

installNodeModules();
await must(process.execPath, ['tools/build.mjs']);
await must(process.execPath, ['--import', 'tsx', 'tools/demo.ts']);
