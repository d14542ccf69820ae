/**
 * A drive letter: the driver behind \Device\HarddiskVolume1. What is mounted at the guest path /a/b is the folder \a\b of
 * the drive, on the very volume that others see there. Names are case-preserving; whether case counts is for whoever
 * opens to say.
 */

import type { Kernel } from '../../kernel.ts';
import { upcase } from '../../rtl/upcase.ts';
import * as status from '../../status.ts';
import type { NtStatus } from '../../status.ts';
import type { FileInformation, FileOperations, FileSystemDriver, OpenRequest, OpenedFile } from '../driver.ts';
import { createPageReader, readFile, resizeFile, sectionOf, writeFile } from './contents.ts';
import { createFile, listFiles, lookupFile } from './directory.ts';
import { findVolumeFile, getVolumeFile, releaseVolumeFile, volumeOf } from './file.ts';
import type { Volume, VolumeFile } from './file.ts';
import { hostVolume } from './volume.ts';

/** A folder of the host, and where it is in the guest. */
export interface DriveMount {
  readonly guest: string;
  readonly host: string;
  readonly mode: Volume['access'];
}

/** CreateDisposition (wdm.h): what happens to a file that is there, and whether one that is not there is made. */
const FILE_SUPERSEDE = 0;
const FILE_OPEN = 1;
const FILE_CREATE = 2;
const FILE_OVERWRITE = 4;
const FILE_OVERWRITE_IF = 5;
const EMPTYING: readonly number[] = [FILE_SUPERSEDE, FILE_OVERWRITE, FILE_OVERWRITE_IF];
/** IO_STATUS_BLOCK.Information. */
const SUPERSEDED = 0;
const OPENED = 1;
const CREATED = 2;
const OVERWRITTEN = 3;
const FILE_DIRECTORY_FILE = 1;
const FILE_NON_DIRECTORY_FILE = 0x40;
const FOLDER_PERMISSIONS = 0o755;
const FILE_PERMISSIONS = 0o644;

interface Drive {
  readonly kernel: Kernel;
  readonly mounts: readonly (DriveMount & { readonly names: readonly string[] })[];
}

/** Files are named by their ids; a folder that only leads to mounts by `?` and its path. */
export function createDriveDriver(kernel: Kernel, mounts: readonly DriveMount[]): FileSystemDriver {
  const drive: Drive = { kernel, mounts: mounts.map(mount => ({ ...mount, names: namesOf(mount.guest, '/') })) };
  return {
    readPage: createPageReader(kernel),
    close(file) {
      const closed = fileOf(drive, file);
      if (!closed) return;
      closed.opens--;
      releaseVolumeFile(kernel, closed.id);
    },
    files: operations(drive),
  };
}

function operations(drive: Drive): FileOperations {
  const { kernel } = drive;
  return {
    open: request => open(drive, request),
    read(name, at, into) {
      const file = fileOf(drive, name);
      if (file?.kind !== 'file') return { status: status.STATUS_INVALID_DEVICE_REQUEST, count: 0 };
      const count = readFile(kernel, file, at, into);
      return { status: count === 0 && into.length > 0 ? status.STATUS_END_OF_FILE : status.STATUS_SUCCESS, count };
    },
    write(name, at, bytes) {
      const file = fileOf(drive, name);
      if (file?.kind !== 'file') return { status: status.STATUS_INVALID_DEVICE_REQUEST, count: 0 };
      const written = writeFile(kernel, file, at, bytes);
      return { status: written, count: status.succeeded(written) ? bytes.length : 0 };
    },
    information: name => (name.startsWith('?') ? LEADING_FOLDER : describe(drive, getVolumeFile(kernel, Number(name)))),
    list: name => list(drive, name),
    resize(name, size) {
      const file = fileOf(drive, name);
      return file?.kind === 'file' ? resizeFile(kernel, file, size) : status.STATUS_INVALID_DEVICE_REQUEST;
    },
    section(name) {
      const file = fileOf(drive, name);
      return file?.kind === 'file' ? sectionOf(kernel, file) : undefined;
    },
  };
}

const LEADING_FOLDER: FileInformation = { kind: 'directory', size: 0, isReadOnly: true, modified: 0, identity: 0 };

function fileOf({ kernel }: Drive, name: string): VolumeFile | undefined {
  return name.startsWith('?') ? undefined : findVolumeFile(kernel, Number(name));
}

function namesOf(path: string, separator: string): string[] {
  return path.split(separator).filter(Boolean);
}

function open(drive: Drive, request: OpenRequest): OpenedFile {
  const found = find(drive, namesOf(request.path, '\\'), request.caseInsensitive);
  if (found.leadsTo !== undefined) return { status: status.STATUS_SUCCESS, file: found.leadsTo, information: OPENED };
  if (!found.file) return found.directory ? create(drive, found, request) : { status: found.status };
  const opened = openExisting(drive, found.file, request);
  if (opened.file !== undefined) found.file.opens++;
  return opened;
}

function openExisting({ kernel }: Drive, file: VolumeFile, request: OpenRequest): OpenedFile {
  const { disposition, options, wantsWrite } = request;
  const isDirectory = file.kind === 'directory';
  if (file.kind === 'link') return { status: status.STATUS_IO_REPARSE_TAG_NOT_HANDLED };
  if (file.kind === 'special') return { status: status.STATUS_ACCESS_DENIED };
  if (disposition === FILE_CREATE) return { status: status.STATUS_OBJECT_NAME_COLLISION };
  if (isDirectory && options & FILE_NON_DIRECTORY_FILE) return { status: status.STATUS_FILE_IS_A_DIRECTORY };
  if (!isDirectory && options & FILE_DIRECTORY_FILE) return { status: status.STATUS_NOT_A_DIRECTORY };
  const empties = EMPTYING.includes(disposition);
  if (isDirectory && empties) return { status: status.STATUS_FILE_IS_A_DIRECTORY };
  if ((wantsWrite || empties) && volumeOf(kernel, file).access === 'ro')
    return { status: status.STATUS_MEDIA_WRITE_PROTECTED };
  const emptied = empties && file.size > 0 ? resizeFile(kernel, file, 0) : status.STATUS_SUCCESS;
  if (!status.succeeded(emptied)) return { status: emptied };
  const information = empties ? (disposition === FILE_SUPERSEDE ? SUPERSEDED : OVERWRITTEN) : OPENED;
  return { status: status.STATUS_SUCCESS, file: String(file.id), information };
}

function create({ kernel }: Drive, { directory, name, status: missing }: Found, request: OpenRequest): OpenedFile {
  const { disposition, options, caseInsensitive } = request;
  if (disposition === FILE_OPEN || disposition === FILE_OVERWRITE || !directory || !name) return { status: missing };
  const isDirectory = (options & FILE_DIRECTORY_FILE) !== 0;
  const made = createFile(kernel, directory, name, {
    kind: isDirectory ? 'directory' : 'file',
    caseInsensitive,
    permissions: isDirectory ? FOLDER_PERMISSIONS : FILE_PERMISSIONS,
  });
  if (!made.file) return { status: made.status };
  made.file.opens++;
  return { status: status.STATUS_SUCCESS, file: String(made.file.id), information: CREATED };
}

interface Found {
  readonly status: NtStatus;
  readonly file?: VolumeFile;
  /** Where a missing last name would go, and that name. */
  readonly directory?: VolumeFile;
  readonly name?: string;
  /** A folder that is there only because mounts lie below it. */
  readonly leadsTo?: string;
}

function find(drive: Drive, names: readonly string[], caseInsensitive: boolean): Found {
  const mount = drive.mounts
    .filter(each => each.names.length <= names.length && each.names.every((name, i) => sameName(name, names[i])))
    .reduce<Drive['mounts'][number] | undefined>(
      (best, each) => (best && best.names.length >= each.names.length ? best : each),
      undefined,
    );
  if (!mount) {
    const leads = drive.mounts.some(each => names.every((name, i) => sameName(name, each.names[i] ?? '')));
    if (leads) return { status: status.STATUS_SUCCESS, leadsTo: `?${names.join('/')}` };
    return { status: names.length > 1 ? status.STATUS_OBJECT_PATH_NOT_FOUND : status.STATUS_OBJECT_NAME_NOT_FOUND };
  }
  const volume = hostVolume(drive.kernel, mount.host, mount.mode);
  if (!volume) return { status: status.STATUS_OBJECT_PATH_NOT_FOUND };
  return descend(
    drive.kernel,
    getVolumeFile(drive.kernel, volume.root),
    names.slice(mount.names.length),
    caseInsensitive,
  );
}

function descend(kernel: Kernel, root: VolumeFile, names: readonly string[], caseInsensitive: boolean): Found {
  let file = root;
  for (const [index, name] of names.entries()) {
    if (file.kind !== 'directory') return { status: status.STATUS_OBJECT_PATH_NOT_FOUND };
    const next = lookupFile(kernel, file, name, caseInsensitive);
    if (!next)
      return index < names.length - 1
        ? { status: status.STATUS_OBJECT_PATH_NOT_FOUND }
        : { status: status.STATUS_OBJECT_NAME_NOT_FOUND, directory: file, name };
    file = next;
  }
  return { status: status.STATUS_SUCCESS, file };
}

function sameName(left: string, right: string): boolean {
  return upcase(left) === upcase(right);
}

function describe({ kernel }: Drive, file: VolumeFile): FileInformation {
  const { id, kind, size, hostMode, lastWrite } = file;
  const isFile = kind === 'file';
  return {
    kind: kind === 'directory' ? 'directory' : 'file',
    size: isFile ? size : 0,
    isReadOnly: volumeOf(kernel, file).access === 'ro' || (isFile && (hostMode & 0o222) === 0),
    modified: lastWrite.seconds * 1000 + lastWrite.nanoseconds / 1e6,
    identity: id,
  };
}

function list(drive: Drive, name: string): ReturnType<FileOperations['list']> {
  if (name.startsWith('?')) {
    const at = namesOf(name.slice(1), '/');
    const below = drive.mounts.filter(({ names }) => at.every((part, i) => sameName(part, names[i] ?? '')));
    return [...new Set(below.map(({ names }) => names[at.length]))].map(each => ({
      name: each,
      information: LEADING_FOLDER,
    }));
  }
  const file = fileOf(drive, name);
  if (file?.kind !== 'directory') return undefined;
  return listFiles(drive.kernel, file)
    .filter(entry => entry.file.kind === 'file' || entry.file.kind === 'directory')
    .map(entry => ({ name: entry.name, information: describe(drive, entry.file) }))
    .sort((left, right) => (upcase(left.name) < upcase(right.name) ? -1 : 1));
}
