/** Inodes of /proc: made for one look, never stored. */

import { systemTime } from '../../../../kernel/io/volume/file.ts';
import type { Linux } from '../../instance.ts';
import { freshAttributes, type Inode, kindOf } from '../inode.ts';

export function createTransientInode(linux: Linux, id: number, superblock: number, mode: number): Inode {
  const time = systemTime(linux.kernel);
  return {
    id,
    volume: superblock,
    kind: kindOf(mode),
    links: 1,
    size: 0,
    lastAccess: time,
    lastWrite: time,
    change: time,
    opens: 0,
    section: 0,
    entries: undefined,
    parent: 0,
    name: '',
    removed: undefined,
    target: '',
    hostPath: '',
    hostSize: 0,
    hostMode: 0,
    attributes: freshAttributes(mode, 0, 0),
  };
}
