/** The process Memory Compression, which a machine with a limit on resident memory has from boot on. */

import { assert } from '../../base/assert.ts';
import type { Kernel } from '../kernel.ts';
import { createMinimalProcess } from '../ps/create.ts';
import { SYSTEM_PROCESS_ID } from '../ps/system.ts';
import { newStore } from './records.ts';
import type { Store } from './records.ts';

/** SmFirstTimeInit: the process and its empty store. */
export function initializeStore(kernel: Kernel): Store {
  if (kernel.state.store) return kernel.state.store;
  const { process } = createMinimalProcess(kernel, {
    parent: SYSTEM_PROCESS_ID,
    name: 'Memory Compression',
    commandLine: '',
    critical: true,
  });
  assert(process, 'critical processes are always made');
  kernel.state.store = newStore(process.id);
  return kernel.state.store;
}
