/** The world outside as a machine of this adapter gets it. */

import type { Host, Mount } from '../../emulator/index.ts';
import { hostFiles } from './files.ts';

export function createHost(mounts: readonly Mount[]): Host {
  return {
    files: hostFiles(mounts),
    // Guest output leaves the machine as notices, in order with everything else it reports.
    console: { write() {} },
  };
}
