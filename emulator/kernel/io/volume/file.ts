/**
 * Volumes and their files, as data. A volume keeps its files in memory, above a folder of the host if it has one: what
 * the host has comes in when somebody first looks at it.
 */

import { assert } from '../../../base/assert.ts';
import type { Kernel } from '../../kernel.ts';
import { nextObject } from '../../kernel.ts';
import { closeSection } from '../../mm/section.ts';
import type { DirectoryEntry } from './entries.ts';

export interface Volume {
  readonly id: number;
  /** Folder of the host, or '' for a volume that lives in memory alone. */
  readonly hostFolder: string;
  /** `overlay`: what is written stays in the machine. `rw`: the host gets it, too. */
  readonly access: 'ro' | 'overlay' | 'rw';
  root: number;
}

/** A moment since 1970; seconds apart, because ns since then are more than a double holds exactly. */
export interface FileTime {
  seconds: number;
  nanoseconds: number;
}

export type FileKind = 'file' | 'directory' | 'link' | 'special';

export interface VolumeFile {
  readonly id: number;
  readonly volume: number;
  readonly kind: FileKind;
  /** Names it has; a directory's `.` and the `..` of its children count, too. */
  links: number;
  /** Who has it open: it lives on while there is anybody. */
  opens: number;
  /** Bytes. */
  size: number;
  lastAccess: FileTime;
  lastWrite: FileTime;
  change: FileTime;
  /** Files: the section with the contents, 0 while nothing was read or written. */
  section: number;
  /** Directories: what has been looked up or made so far, by upcased name. */
  entries: Map<string, DirectoryEntry[]> | undefined;
  /** Directories: where they are. */
  parent: number;
  name: string;
  /** Names of the host's that have been removed. */
  removed: Set<string> | undefined;
  /** Links: the path that they stand for. */
  target: string;
  /** Where it is on the host, or ''; how many bytes of the host's file still count, and its permission bits. */
  hostPath: string;
  hostSize: number;
  hostMode: number;
  /** Extended attributes: what a provider keeps with the file, plain data. */
  attributes: unknown;
}

const DIRECTORY_SIZE = 4096;
const NS_PER_SECOND = 1_000_000_000;

/** A file that has no name yet. */
export function createVolumeFile(kernel: Kernel, volume: number, kind: FileKind): VolumeFile {
  const file = freshVolumeFile(kernel, nextObject(kernel), volume, kind);
  kernel.state.volumeFiles.set(file.id, file);
  return file;
}

/** The record of a file that no volume keeps: somebody makes it for one look. */
export function freshVolumeFile(kernel: Kernel, id: number, volume: number, kind: FileKind): VolumeFile {
  const time = systemTime(kernel);
  return {
    id,
    volume,
    kind,
    links: 0,
    opens: 0,
    size: kind === 'directory' ? DIRECTORY_SIZE : 0,
    lastAccess: time,
    lastWrite: time,
    change: time,
    section: 0,
    entries: kind === 'directory' ? new Map() : undefined,
    parent: 0,
    name: '',
    removed: undefined,
    target: '',
    hostPath: '',
    hostSize: 0,
    hostMode: 0,
    attributes: undefined,
  };
}

export function findVolumeFile(kernel: Kernel, id: number): VolumeFile | undefined {
  return kernel.state.volumeFiles.get(id);
}

export function getVolumeFile(kernel: Kernel, id: number): VolumeFile {
  const file = kernel.state.volumeFiles.get(id);
  assert(file, `there is no file ${id}`);
  return file;
}

export function volumeOf(kernel: Kernel, file: VolumeFile): Volume {
  const volume = kernel.state.volumes.get(file.volume);
  assert(volume, `file ${file.id} is on no volume`);
  return volume;
}

/** The clock of the machine: virtual time after boot. */
export function systemTime({ state }: Kernel): FileTime {
  const seconds = Math.floor(state.bootTime / NS_PER_SECOND);
  const nanoseconds = state.bootTime - seconds * NS_PER_SECOND + state.time;
  const whole = Math.floor(nanoseconds / NS_PER_SECOND);
  return { seconds: seconds + whole, nanoseconds: Math.floor(nanoseconds - whole * NS_PER_SECOND) };
}

/** Contents or entries have changed. */
export function touchWritten(kernel: Kernel, file: VolumeFile): void {
  file.lastWrite = systemTime(kernel);
  file.change = file.lastWrite;
}

/** Names or attributes have changed. */
export function touchChanged(kernel: Kernel, file: VolumeFile): void {
  file.change = systemTime(kernel);
}

/** Ends a file that has neither names nor anybody who has it open. */
export function releaseVolumeFile(kernel: Kernel, id: number): void {
  const file = findVolumeFile(kernel, id);
  if (!file || file.links > 0 || file.opens > 0) return;
  // Pages of a host file may still be asked for by views of it.
  if (file.hostPath !== '') return;
  if (file.section !== 0) closeSection(kernel, file.section);
  kernel.state.volumeFiles.delete(id);
}
