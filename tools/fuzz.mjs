// `npm run fuzz` and `npm run fuzz:code`: install what they need and run `tools/fuzz`; `-- --help` lists the options.

import { installDebianPackages, installNodeModules } from './setup/packages.mjs';
import { run } from './setup/run.mjs';

const [name, ...options] = process.argv.slice(2);
installNodeModules();
for (const sentence of installDebianPackages()) process.stdout.write(`${sentence}\n`);
process.exit(await run(process.execPath, ['--import', 'tsx', `tools/fuzz/${name}.ts`, ...options]));
