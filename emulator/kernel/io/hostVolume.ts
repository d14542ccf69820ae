/**
 * A volume that shows folders of the host, read only: drive C: of traditional processes. A mount at the guest path /a/b
 * is the folder C:\a\b. Names are case-preserving; a name that is not there as it is written is looked for without
 * regard to case.
 */

import { PAGE_SIZE } from '../../base/pages.ts';
import { HostError } from '../../base/host.ts';
import type { HostFiles } from '../../base/host.ts';
import { upcase } from '../rtl/upcase.ts';
import {
  STATUS_ACCESS_DENIED,
  STATUS_END_OF_FILE,
  STATUS_FILE_IS_A_DIRECTORY,
  STATUS_INVALID_DEVICE_REQUEST,
  STATUS_MEDIA_WRITE_PROTECTED,
  STATUS_NOT_A_DIRECTORY,
  STATUS_OBJECT_NAME_NOT_FOUND,
  STATUS_OBJECT_PATH_NOT_FOUND,
  STATUS_SUCCESS,
} from '../status.ts';
import type { NtStatus } from '../status.ts';
import type { FileInformation, FileOperations, FileSystemDriver, OpenedFile } from './driver.ts';

/** A folder of the host by its guest path. */
export interface VolumeMount {
  readonly guest: string;
  readonly host: string;
}

const FILE_OPENED = 1;
/** FILE_OPEN and FILE_OPEN_IF leave an existing file as it is. */
const KEEPING = [1, 3];
const FILE_DIRECTORY_FILE = 1;
const FILE_NON_DIRECTORY_FILE = 0x40;

export function createHostVolume(files: HostFiles, mounts: readonly VolumeMount[]): FileSystemDriver {
  const volume: Volume = { files, mounts: mounts.map(mount => ({ ...mount, names: namesOf(mount.guest, '/') })) };
  return {
    readPage(file, page, into) {
      into.fill(0);
      files.read(file, page * PAGE_SIZE, into);
    },
    files: operations(volume),
  };
}

interface Volume {
  readonly files: HostFiles;
  readonly mounts: readonly (VolumeMount & { readonly names: readonly string[] })[];
}

function namesOf(path: string, separator: string): string[] {
  return path.split(separator).filter(Boolean);
}

/** Files are named by their path on the host; a folder that only leads to mounts by `?` and its guest path. */
function operations(volume: Volume): FileOperations {
  const { files } = volume;
  return {
    open({ path, caseInsensitive, disposition, wantsWrite, options }) {
      const found = find(volume, namesOf(path, '\\'), caseInsensitive);
      if (found.file === undefined) return found;
      const information = informationOf(volume, found.file);
      if (!information) return { status: STATUS_ACCESS_DENIED };
      const isDirectory = information.kind === 'directory';
      if (isDirectory && options & FILE_NON_DIRECTORY_FILE) return { status: STATUS_FILE_IS_A_DIRECTORY };
      if (!isDirectory && options & FILE_DIRECTORY_FILE) return { status: STATUS_NOT_A_DIRECTORY };
      if (wantsWrite || !KEEPING.includes(disposition)) return { status: STATUS_MEDIA_WRITE_PROTECTED };
      return { status: STATUS_SUCCESS, file: found.file, information: FILE_OPENED };
    },
    read(file, at, into) {
      if (informationOf(volume, file)?.kind !== 'file') return { status: STATUS_INVALID_DEVICE_REQUEST, count: 0 };
      const count = files.read(file, at, into);
      return { status: count === 0 && into.length > 0 ? STATUS_END_OF_FILE : STATUS_SUCCESS, count };
    },
    write: () => ({ status: STATUS_MEDIA_WRITE_PROTECTED, count: 0 }),
    information: file => informationOf(volume, file),
    list: file => list(volume, file),
    resize: () => STATUS_MEDIA_WRITE_PROTECTED,
  };
}

/** The host file behind a path on the volume. */
function find(volume: Volume, names: readonly string[], caseInsensitive: boolean): OpenedFile {
  const mount = volume.mounts
    .filter(each => each.names.length <= names.length && each.names.every((name, i) => sameName(name, names[i])))
    .reduce<Volume['mounts'][number] | undefined>(
      (best, each) => (best && best.names.length >= each.names.length ? best : each),
      undefined,
    );
  if (!mount) {
    const leads = volume.mounts.some(each => names.every((name, i) => sameName(name, each.names[i] ?? '')));
    return leads ? { status: STATUS_SUCCESS, file: `?${names.join('/')}` } : missing(names, 0);
  }
  let file = mount.host;
  for (let index = mount.names.length; index < names.length; index++) {
    const next = child(volume.files, file, names[index], caseInsensitive);
    if (next === undefined) return missing(names, index);
    file = next;
  }
  return { status: STATUS_SUCCESS, file };
}

function missing(names: readonly string[], index: number): { status: NtStatus } {
  return { status: index < names.length - 1 ? STATUS_OBJECT_PATH_NOT_FOUND : STATUS_OBJECT_NAME_NOT_FOUND };
}

function sameName(left: string, right: string): boolean {
  return upcase(left) === upcase(right);
}

function child(files: HostFiles, folder: string, name: string, caseInsensitive: boolean): string | undefined {
  const exact = join(folder, name);
  if (attempt(() => files.status(exact))) return exact;
  const other = caseInsensitive && attempt(() => files.list(folder))?.find(each => sameName(each, name));
  return other ? join(folder, other) : undefined;
}

function join(folder: string, name: string): string {
  return folder.endsWith('/') ? folder + name : `${folder}/${name}`;
}

function informationOf(volume: Volume, file: string): FileInformation | undefined {
  if (file.startsWith('?')) return { kind: 'directory', size: 0, isReadOnly: true, modified: 0, identity: 0 };
  const status = attempt(() => volume.files.status(file));
  if (!status || (status.kind !== 'file' && status.kind !== 'directory')) return undefined;
  const { kind, size, modified, inode } = status;
  return { kind, size: kind === 'file' ? size : 0, isReadOnly: true, modified, identity: inode };
}

function list(volume: Volume, file: string): ReturnType<FileOperations['list']> {
  const at = file.startsWith('?') ? namesOf(file.slice(1), '/') : undefined;
  const names = at
    ? volume.mounts
        .filter(each => at.every((name, i) => sameName(name, each.names[i] ?? '')))
        .map(each => each.names[at.length])
    : attempt(() => volume.files.list(file));
  return (
    names &&
    [...new Set(names)].flatMap(name => {
      const information = informationOf(volume, at ? '?' : join(file, name));
      return information ? [{ name, information }] : [];
    })
  );
}

function attempt<Result>(action: () => Result): Result | undefined {
  try {
    return action();
  } catch (error) {
    if (error instanceof HostError) return undefined;
    throw error;
  }
}
