/** Finding inodes by their ids, stored ones and those of /proc, which exist only while somebody looks. */

import { assert } from '../../../base/assert.ts';
import { findVolumeFile } from '../../../kernel/io/volume/file.ts';
import type { Linux } from '../instance.ts';
import { type Inode, inodeOfFile } from './inode.ts';
import { procInode } from './proc/tree.ts';

export function findInode(linux: Linux, id: number): Inode | undefined {
  const file = findVolumeFile(linux.kernel, id);
  return file ? inodeOfFile(linux, file) : procInode(linux, id);
}

export function getInode(linux: Linux, id: number): Inode {
  const inode = findInode(linux, id);
  assert(inode, `there is no inode ${id}`);
  return inode;
}

/** Where a directory is in the namespace of the guest. */
export function directoryPath(linux: Linux, directory: Inode): string {
  const names: string[] = [];
  for (let at = directory; at.parent !== at.id && at.parent !== 0; at = getInode(linux, at.parent))
    names.unshift(at.name);
  return `/${names.join('/')}`;
}
