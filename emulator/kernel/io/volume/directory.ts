/** Names on volumes: looking up, listing, making, removing, linking and renaming, with or without regard to case. */

import type { Kernel } from '../../kernel.ts';
import * as status from '../../status.ts';
import type { NtStatus } from '../../status.ts';
import { dropEntry, findEntry, putEntry } from './entries.ts';
import {
  createVolumeFile,
  findVolumeFile,
  getVolumeFile,
  releaseVolumeFile,
  touchChanged,
  touchWritten,
} from './file.ts';
import { volumeOf } from './file.ts';
import type { FileKind, VolumeFile } from './file.ts';
import { adoptAlike, adoptEntry, hostNames, joinHostPath, writeThrough } from './hostFolder.ts';

/** As NTFS has it: more names than one file may have. */
const MAXIMUM_LINKS = 65_000;

/** A file by the name that it has in a directory. */
export interface NamedFile {
  readonly directory: VolumeFile;
  /** As the directory has it, which may differ in case from what was asked for. */
  readonly name: string;
  readonly file: VolumeFile;
}

/** The entry written so comes before one that differs in case, which only who ignores case finds. */
export function lookupFile(
  kernel: Kernel,
  directory: VolumeFile,
  name: string,
  caseInsensitive: boolean,
): VolumeFile | undefined {
  const { entries } = directory;
  if (!entries) return undefined;
  const exact = findEntry(entries, name, false);
  if (exact) return findVolumeFile(kernel, exact.file);
  const adopted = adoptEntry(kernel, directory, name);
  if (adopted || !caseInsensitive) return adopted;
  const alike = findEntry(entries, name, true);
  return alike ? findVolumeFile(kernel, alike.file) : adoptAlike(kernel, directory, name);
}

/** The name under which the directory has the file that was found as `name`. */
export function storedName(directory: VolumeFile, name: string, caseInsensitive: boolean): string {
  return (directory.entries && findEntry(directory.entries, name, caseInsensitive)?.name) ?? name;
}

/** All entries, in the order in which they were first seen. */
export function listFiles(kernel: Kernel, directory: VolumeFile): { name: string; file: VolumeFile }[] {
  for (const name of hostNames(kernel, directory)) lookupFile(kernel, directory, name, false);
  return [...(directory.entries?.values() ?? [])].flat().flatMap(({ name, file }) => {
    const found = findVolumeFile(kernel, file);
    return found ? [{ name, file: found }] : [];
  });
}

export interface NewFile {
  readonly kind: FileKind;
  readonly caseInsensitive: boolean;
  /** Permission bits that a file on the host gets. */
  readonly permissions: number;
  readonly attributes?: unknown;
  readonly target?: string;
}

/** A new file called `name`; STATUS_OBJECT_NAME_COLLISION if there is one, by the caller's view of case. */
export function createFile(
  kernel: Kernel,
  directory: VolumeFile,
  name: string,
  wanted: NewFile,
): { status: NtStatus; file?: VolumeFile } {
  if (volumeOf(kernel, directory).access === 'ro') return { status: status.STATUS_MEDIA_WRITE_PROTECTED };
  if (directory.links === 0) return { status: status.STATUS_DELETE_PENDING };
  if (lookupFile(kernel, directory, name, wanted.caseInsensitive))
    return { status: status.STATUS_OBJECT_NAME_COLLISION };
  const file = createVolumeFile(kernel, directory.volume, wanted.kind);
  file.attributes = wanted.attributes;
  file.hostMode = wanted.permissions;
  if (wanted.target !== undefined) {
    file.target = wanted.target;
    file.size = wanted.target.length;
  }
  const made = createOnHost(kernel, directory, name, file);
  if (!status.succeeded(made)) {
    kernel.state.volumeFiles.delete(file.id);
    return { status: made };
  }
  enterName(kernel, directory, name, file);
  return { status: status.STATUS_SUCCESS, file };
}

/** Links and special files on a writable host folder live in the machine only. */
function createOnHost(kernel: Kernel, directory: VolumeFile, name: string, file: VolumeFile): NtStatus {
  const { kind, hostMode } = file;
  if (directory.hostPath === '' || volumeOf(kernel, directory).access !== 'rw') return status.STATUS_SUCCESS;
  if (kind !== 'file' && kind !== 'directory') return status.STATUS_SUCCESS;
  const path = joinHostPath(directory.hostPath, name);
  const made = writeThrough(kernel, directory, host => host.create(path, kind, hostMode));
  if (status.succeeded(made)) file.hostPath = path;
  return made;
}

/** Puts a file under a name. */
export function enterName(kernel: Kernel, directory: VolumeFile, name: string, file: VolumeFile): void {
  if (directory.entries) putEntry(directory.entries, name, file.id);
  file.links++;
  if (file.kind === 'directory') {
    file.links = Math.max(2, file.links);
    file.parent = directory.id;
    file.name = name;
    directory.links++;
  }
  touchWritten(kernel, directory);
}

function leaveName(kernel: Kernel, { directory, name, file }: NamedFile): void {
  if (directory.entries) dropEntry(directory.entries, name);
  if (directory.hostPath !== '') (directory.removed ??= new Set()).add(name);
  file.links--;
  if (file.kind === 'directory') {
    file.links = 0;
    directory.links--;
  }
  touchWritten(kernel, directory);
  touchChanged(kernel, file);
}

/** Removes a name; with the last one, and when nobody has it open, the file. */
export function removeFile(kernel: Kernel, named: NamedFile): NtStatus {
  const { directory, file } = named;
  if (volumeOf(kernel, directory).access === 'ro') return status.STATUS_MEDIA_WRITE_PROTECTED;
  if (file.kind === 'directory' && listFiles(kernel, file).length > 0) return status.STATUS_DIRECTORY_NOT_EMPTY;
  const kind = file.kind === 'directory' ? 'directory' : 'file';
  const removed = writeThrough(kernel, file, (host, path) => host.remove(path, kind));
  if (!status.succeeded(removed)) return removed;
  leaveName(kernel, named);
  releaseVolumeFile(kernel, file.id);
  return status.STATUS_SUCCESS;
}

/** One more name for a file. */
export function linkFile(kernel: Kernel, directory: VolumeFile, name: string, file: VolumeFile): NtStatus {
  if (directory.volume !== file.volume) return status.STATUS_NOT_SAME_DEVICE;
  const { access } = volumeOf(kernel, directory);
  if (access === 'ro') return status.STATUS_MEDIA_WRITE_PROTECTED;
  if (file.links >= MAXIMUM_LINKS) return status.STATUS_TOO_MANY_LINKS;
  if (access === 'rw' && directory.hostPath !== '') return status.STATUS_NOT_SUPPORTED;
  directory.removed?.delete(name);
  enterName(kernel, directory, name, file);
  touchChanged(kernel, file);
  return status.STATUS_SUCCESS;
}

/**
 * Gives a file another name, in place of `replaced` if the new name stands for one. A name that differs from the old one
 * in case alone is a new name of the same file, whoever ignores case.
 */
export function renameFile(
  kernel: Kernel,
  from: NamedFile,
  to: { readonly directory: VolumeFile; readonly name: string },
  replaced?: NamedFile,
): NtStatus {
  const { file } = from;
  if (from.directory.volume !== to.directory.volume) return status.STATUS_NOT_SAME_DEVICE;
  if (volumeOf(kernel, from.directory).access === 'ro') return status.STATUS_MEDIA_WRITE_PROTECTED;
  if (file.kind === 'directory' && isWithin(kernel, to.directory, file)) return status.STATUS_INVALID_PARAMETER;
  const other = replaced && replaced.file.id !== file.id ? replaced : undefined;
  if (other?.file.kind === 'directory' && listFiles(kernel, other.file).length > 0)
    return status.STATUS_DIRECTORY_NOT_EMPTY;
  const hostPath = to.directory.hostPath === '' ? '' : joinHostPath(to.directory.hostPath, to.name);
  const renamed = writeThrough(kernel, file, (host, path) => host.rename(path, hostPath));
  if (!status.succeeded(renamed)) return renamed;
  if (other) {
    leaveName(kernel, other);
    releaseVolumeFile(kernel, other.file.id);
  }
  const { links } = file;
  leaveName(kernel, from);
  enterName(kernel, to.directory, to.name, file);
  file.links = links;
  if (volumeOf(kernel, file).access === 'rw' && file.hostPath !== '') moveHostPath(kernel, file, hostPath);
  return status.STATUS_SUCCESS;
}

/** Two files change names with each other. */
export function exchangeFiles(kernel: Kernel, a: NamedFile, b: NamedFile): NtStatus {
  if (a.directory.volume !== b.directory.volume) return status.STATUS_NOT_SAME_DEVICE;
  const { access } = volumeOf(kernel, a.directory);
  if (access === 'ro') return status.STATUS_MEDIA_WRITE_PROTECTED;
  if (access === 'rw' && a.file.hostPath !== '') return status.STATUS_INVALID_PARAMETER;
  if (a.file.kind === 'directory' && isWithin(kernel, b.directory, a.file)) return status.STATUS_INVALID_PARAMETER;
  if (b.file.kind === 'directory' && isWithin(kernel, a.directory, b.file)) return status.STATUS_INVALID_PARAMETER;
  const links = [a.file.links, b.file.links];
  leaveName(kernel, a);
  leaveName(kernel, b);
  enterName(kernel, a.directory, a.name, b.file);
  enterName(kernel, b.directory, b.name, a.file);
  [a.file.links, b.file.links] = links;
  return status.STATUS_SUCCESS;
}

function moveHostPath(kernel: Kernel, file: VolumeFile, path: string): void {
  file.hostPath = path;
  for (const { name, file: id } of [...(file.entries?.values() ?? [])].flat()) {
    const child = findVolumeFile(kernel, id);
    if (child && child.hostPath !== '') moveHostPath(kernel, child, joinHostPath(path, name));
  }
}

/** Whether `directory` is `ancestor` or lies below it. */
function isWithin(kernel: Kernel, directory: VolumeFile, ancestor: VolumeFile): boolean {
  for (let at = directory; ; at = getVolumeFile(kernel, at.parent)) {
    if (at.id === ancestor.id) return true;
    if (at.parent === at.id || at.parent === 0 || at.volume !== ancestor.volume) return false;
  }
}
