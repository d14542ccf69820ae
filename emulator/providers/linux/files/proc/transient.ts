/** Inodes of /proc: made for one look, never stored. */

import { now } from '../../time.ts';
import type { Linux } from '../../instance.ts';
import type { Inode } from '../inode.ts';

export function createTransientInode(linux: Linux, id: number, superblock: number, mode: number): Inode {
  const time = now(linux.kernel);
  return {
    id,
    superblock,
    mode,
    uid: 0,
    gid: 0,
    links: 1,
    size: 0,
    rdev: 0,
    atime: time,
    mtime: time,
    ctime: time,
    opens: 0,
    section: 0,
    entries: undefined,
    parent: 0,
    name: '',
    removed: undefined,
    target: '',
    pipe: 0,
    hostPath: '',
    hostSize: 0,
  };
}
