/** Files below a launch's mounts, for providers that have no file system of their own. */

import type { Kernel } from '../kernel/kernel.ts';
import { readFileBytes } from '../kernel/io/fileBytes.ts';
import { VOLUME_DRIVER } from '../kernel/io/volume/contents.ts';
import { createDriveDriver, type DriveMount } from '../kernel/io/volume/drive.ts';
import { attachHost } from '../kernel/io/volume/volume.ts';
import type { HostFiles } from '../base/host.ts';

const FILE_OPEN = 1;

/** Contents by guest path; undefined for what is no file, or cannot be read. */
export function guestFiles(
  kernel: Kernel,
  files: HostFiles,
  mounts: readonly DriveMount[],
): (path: string) => Uint8Array | undefined {
  attachHost(kernel, files);
  const drive = createDriveDriver(kernel, mounts);
  return path => {
    const request = {
      path: path.replaceAll('/', '\\'),
      caseInsensitive: false,
      disposition: FILE_OPEN,
      wantsWrite: false,
      options: 0,
    };
    const opened = drive.files?.open(request);
    if (opened?.file === undefined) return undefined;
    const information = drive.files?.information(opened.file);
    drive.close?.(opened.file);
    if (information?.kind !== 'file') return undefined;
    return readFileBytes(kernel, { driver: VOLUME_DRIVER, file: opened.file }, information.size);
  };
}
