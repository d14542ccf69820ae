/** Inodes of /proc: made for one look, never stored. */

import { freshVolumeFile } from '../../../../kernel/io/volume/file.ts';
import type { Linux } from '../../instance.ts';
import { freshAttributes, type Inode, kindOf } from '../inode.ts';

export function createTransientInode(linux: Linux, id: number, superblock: number, mode: number): Inode {
  return {
    ...freshVolumeFile(linux.kernel, id, superblock, kindOf(mode)),
    links: 1,
    // Neither counts nor lists what is in it: that is found when somebody looks.
    size: 0,
    entries: undefined,
    attributes: freshAttributes(mode, 0, 0),
  };
}
