/** The folder of the host below a volume: files come into being when somebody first looks at them. */

import { assert } from '../../../base/assert.ts';
import { HostError } from '../../../base/host.ts';
import type { HostErrorCode, HostFileStatus, HostFiles } from '../../../base/host.ts';
import type { Kernel } from '../../kernel.ts';
import { upcase } from '../../rtl/upcase.ts';
import * as status from '../../status.ts';
import type { NtStatus } from '../../status.ts';
import { putEntry } from './entries.ts';
import { createVolumeFile, volumeOf } from './file.ts';
import type { VolumeFile } from './file.ts';

const STATUSES: Readonly<Record<HostErrorCode, NtStatus>> = {
  EACCES: status.STATUS_ACCESS_DENIED,
  EEXIST: status.STATUS_OBJECT_NAME_COLLISION,
  EIO: status.STATUS_IO_DEVICE_ERROR,
  EISDIR: status.STATUS_FILE_IS_A_DIRECTORY,
  ELOOP: status.STATUS_REPARSE_POINT_NOT_RESOLVED,
  ENOENT: status.STATUS_OBJECT_NAME_NOT_FOUND,
  ENOSPC: status.STATUS_DISK_FULL,
  ENOTDIR: status.STATUS_NOT_A_DIRECTORY,
  ENOTEMPTY: status.STATUS_DIRECTORY_NOT_EMPTY,
  EROFS: status.STATUS_MEDIA_WRITE_PROTECTED,
};

const KINDS = { file: 'file', directory: 'directory', symlink: 'link' } as const;

export function hostFiles(kernel: Kernel): HostFiles {
  assert(kernel.hostFiles, 'a volume lies on a host that this machine does not have');
  return kernel.hostFiles;
}

/** The entry with exactly that name, as a new file; undefined if the host has none. */
export function adoptEntry(kernel: Kernel, directory: VolumeFile, name: string): VolumeFile | undefined {
  if (directory.hostPath === '' || directory.removed?.has(name)) return undefined;
  const path = joinHostPath(directory.hostPath, name);
  const found = hostStatus(kernel, path);
  if (!found || found.kind === 'other') return undefined;
  const file = adoptFile(kernel, directory.volume, path, found);
  file.links = file.kind === 'directory' ? 2 : 1;
  if (file.kind === 'directory') {
    file.parent = directory.id;
    file.name = name;
  }
  if (directory.entries) putEntry(directory.entries, name, file.id);
  return file;
}

/** The first entry of the host whose name differs from that one in case alone. */
export function adoptAlike(kernel: Kernel, directory: VolumeFile, name: string): VolumeFile | undefined {
  const wanted = upcase(name);
  const alike = hostNames(kernel, directory).find(each => upcase(each) === wanted);
  return alike === undefined ? undefined : adoptEntry(kernel, directory, alike);
}

/** A file for what is at `path` on the host. */
export function adoptFile(kernel: Kernel, volume: number, path: string, found: HostFileStatus): VolumeFile {
  assert(found.kind !== 'other', 'devices of the host are not adopted');
  const file = createVolumeFile(kernel, volume, KINDS[found.kind]);
  file.hostPath = path;
  file.hostMode = found.mode & 0o7777;
  if (file.kind !== 'directory') file.size = found.size;
  file.hostSize = file.size;
  if (file.kind === 'link') file.target = hostFiles(kernel).readLink(path);
  const seconds = Math.floor(found.modified / 1000);
  const time = { seconds, nanoseconds: Math.floor((found.modified % 1000) * 1e6) };
  file.lastAccess = time;
  file.lastWrite = time;
  file.change = time;
  return file;
}

/** Names that the host has in this directory and nobody has removed. */
export function hostNames(kernel: Kernel, directory: VolumeFile): string[] {
  if (directory.hostPath === '') return [];
  try {
    return hostFiles(kernel)
      .list(directory.hostPath)
      .filter(name => !directory.removed?.has(name));
  } catch (error) {
    if (error instanceof HostError) return [];
    throw error;
  }
}

export function hostStatus(kernel: Kernel, path: string): HostFileStatus | undefined {
  try {
    return hostFiles(kernel).status(path);
  } catch (error) {
    if (error instanceof HostError) return undefined;
    throw error;
  }
}

export function joinHostPath(folder: string, name: string): string {
  return folder.endsWith('/') ? folder + name : `${folder}/${name}`;
}

/** Does the same on the host where the volume says so. */
export function writeThrough(
  kernel: Kernel,
  file: VolumeFile,
  act: (files: HostFiles, path: string) => void,
): NtStatus {
  if (file.hostPath === '' || volumeOf(kernel, file).access !== 'rw') return status.STATUS_SUCCESS;
  try {
    act(hostFiles(kernel), file.hostPath);
    file.hostSize = file.size;
    return status.STATUS_SUCCESS;
  } catch (error) {
    if (error instanceof HostError) return STATUSES[error.code];
    throw error;
  }
}
