/** Mounts that guests make and take away; those of the launch are `mount.ts`'s. */

import { releaseVolumeFile } from '../../../kernel/io/volume/file.ts';
import { createMemoryVolume } from '../../../kernel/io/volume/volume.ts';
import { nextObject } from '../../../kernel/kernel.ts';
import { EBUSY } from '../abi/errno.ts';
import { S_IFDIR, TMPFS_MAGIC } from '../abi/stat.ts';
import { type Linux, stateOf } from '../instance.ts';
import type { ThreadGroup } from '../task.ts';
import { lookup } from './directory.ts';
import { freshAttributes, type Inode, superblockOf } from './inode.ts';
import { findInode, getInode } from './inodes.ts';
import type { Walked } from './walk.ts';

/** Where something is to be mounted, and with which of MS_RDONLY, MS_NOSUID, MS_NODEV and MS_NOEXEC. */
export interface MountPlace {
  readonly point: Inode;
  readonly path: string;
  readonly kept: number;
}

/** An empty file system in memory. */
export function mountMemory(linux: Linux, { point, path, kept }: MountPlace, source: string, mode: number): void {
  const volume = createMemoryVolume(linux.kernel);
  const state = stateOf(linux);
  state.superblocks.set(volume.id, {
    id: volume.id,
    type: 'tmpfs',
    source,
    target: path,
    magic: TMPFS_MAGIC,
    mode: 'rw',
    flags: kept,
    root: volume.root,
    point: point.id,
  });
  const root = getInode(linux, volume.root);
  root.attributes = freshAttributes(S_IFDIR | mode, 0, 0);
  root.parent = point.parent;
  root.name = point.name;
  state.mounts.set(point.id, root.id);
}

/** What is there already, at one more place. The record of it has no files of its own. */
export function mountBeside(linux: Linux, { point, path, kept }: MountPlace, root: Inode, source: string): number {
  if (root.id === point.id) return -EBUSY;
  const state = stateOf(linux);
  const id = nextObject(linux.kernel);
  const flags = kept | superblockOf(linux, root).flags;
  state.superblocks.set(id, {
    ...superblockOf(linux, root),
    id,
    source,
    target: path,
    flags,
    root: root.id,
    point: point.id,
  });
  state.mounts.set(point.id, root.id);
  return 0;
}

/** The inode that the topmost mount at a place covers; undefined where nothing of a guest's is mounted. */
export function mountPoint(linux: Linux, { directory, name }: Walked): number | undefined {
  const { mounts, superblocks } = stateOf(linux);
  let at = name === '' ? undefined : lookup(linux, directory, name)?.id;
  if (at === undefined || !mounts.has(at)) return undefined;
  for (let next = mounts.get(at); next !== undefined && mounts.has(next); next = mounts.get(next)) at = next;
  const covered = at;
  return [...superblocks.values()].some(({ point }) => point === covered) ? covered : undefined;
}

function recordOf(linux: Linux, point: number): { id: number; root: number } | undefined {
  return [...stateOf(linux).superblocks.values()].find(superblock => superblock.point === point);
}

/** Whether a file is open on what is mounted there, a process lives in it, or something is mounted further down. */
export function isBusy(linux: Linux, point: number, groups: readonly ThreadGroup[]): boolean {
  const record = recordOf(linux, point);
  const root = record && findInode(linux, record.root);
  // Of a place bound or mounted once more the files are still somewhere else.
  if (!root || root.volume !== record.id) return false;
  const isInside = (inode: number): boolean => findInode(linux, inode)?.volume === root.volume;
  return (
    groups.some(group => [group.directory, group.root, group.executableInode].some(isInside)) ||
    [...stateOf(linux).files.values()].some(file => isInside(file.inode)) ||
    [...stateOf(linux).mounts.keys()].some(isInside)
  );
}

/** Takes a mount away; a file system that nobody uses goes with it, one in use lives on unseen. */
export function unmount(linux: Linux, point: number, inUse: boolean): void {
  const state = stateOf(linux);
  const record = recordOf(linux, point);
  state.mounts.delete(point);
  if (!record) return;
  const root = findInode(linux, record.root);
  if (root?.volume !== record.id) state.superblocks.delete(record.id);
  else if (inUse) {
    const superblock = state.superblocks.get(record.id);
    if (superblock) Object.assign(superblock, { point: 0, target: '' });
  } else {
    for (const file of linux.kernel.state.volumeFiles.values())
      if (file.volume === record.id) {
        file.links = 0;
        releaseVolumeFile(linux.kernel, file.id);
      }
    linux.kernel.state.volumes.delete(record.id);
    state.superblocks.delete(record.id);
  }
}
