/** Where what was made once is kept for the next start: beside the bundles, or where users keep such things. */

import type Os from 'node:os';
import path from 'node:path';

/** From the first place on; who looks for no other does not load `node:os`. `bundles`: the folder of the bundles. */
export function* cacheFolders(bundles: string): Iterable<string> {
  yield path.join(bundles, 'cache');
  const home = process.env.XDG_CACHE_HOME || path.join((require('node:os') as typeof Os).homedir(), '.cache');
  yield path.join(home, 'pico-process-debugger');
}
