/** Making volumes: in memory, or above a folder of the host. */

import type { HostFiles } from '../../../base/host.ts';
import type { Kernel } from '../../kernel.ts';
import { nextObject } from '../../kernel.ts';
import { registerFileSystemDriver } from '../driver.ts';
import { VOLUME_DRIVER, createPageReader } from './contents.ts';
import { createVolumeFile } from './file.ts';
import type { Volume } from './file.ts';
import { adoptFile, hostStatus } from './hostFolder.ts';

/** The kernel may use these files of the host for volumes. The first who says so decides. */
export function attachHost(kernel: Kernel, files: HostFiles): void {
  if (kernel.hostFiles) return;
  kernel.hostFiles = files;
  registerFileSystemDriver(kernel, VOLUME_DRIVER, { readPage: createPageReader(kernel) });
}

/** An empty volume in memory. */
export function createMemoryVolume(kernel: Kernel): Volume {
  const volume: Volume = { id: nextObject(kernel), hostFolder: '', access: 'overlay', root: 0 };
  kernel.state.volumes.set(volume.id, volume);
  const root = createVolumeFile(kernel, volume.id, 'directory');
  root.links = 2;
  volume.root = root.id;
  return volume;
}

/** The volume above that folder of the host, one for all who see it; undefined if it is no folder that can be read. */
export function hostVolume(kernel: Kernel, hostFolder: string, access: Volume['access']): Volume | undefined {
  for (const volume of kernel.state.volumes.values())
    if (volume.hostFolder === hostFolder && volume.access === access) return volume;
  const found = hostStatus(kernel, hostFolder);
  if (found?.kind !== 'directory') return undefined;
  const volume: Volume = { id: nextObject(kernel), hostFolder, access, root: 0 };
  kernel.state.volumes.set(volume.id, volume);
  const root = adoptFile(kernel, volume.id, hostFolder, found);
  root.links = 2;
  volume.root = root.id;
  return volume;
}
