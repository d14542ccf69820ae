/** Mounting what there is to mount: memory, a place that is there already, and /proc and its like once more (mount(2)). */

import {
  EACCES,
  EBUSY,
  EFAULT,
  EINVAL,
  ENODEV,
  ENOENT,
  ENOSPC,
  ENOTDIR,
  EPERM,
  isError,
  type Errno,
} from '../abi/errno.ts';
import * as abi from '../abi/mount.ts';
import { type Inode, isDirectory, superblockOf } from '../files/inode.ts';
import { directoryPath, findInode, getInode } from '../files/inodes.ts';
import { isBusy, mountBeside, mountMemory, mountPoint, unmount } from '../files/mountTable.ts';
import { find, walk, walkedPath, workingDirectory } from '../files/walk.ts';
import { stateOf } from '../instance.ts';
import { liveProcesses } from '../process/lookup.ts';
import { groupOf, isPrivileged, type Task } from '../task.ts';
import { readText } from '../userMemory.ts';
import { flags, path, pointer } from './arguments.ts';
import { call, partly, type Row } from './row.ts';

export const mountRows: readonly Row[] = [
  partly(
    call(
      165,
      'mount',
      [
        pointer('source', 'const char *'),
        path('target'),
        pointer('filesystemtype', 'const char *'),
        flags('mountflags', abi.MOUNT_FLAGS),
        pointer('data', 'const void *'),
      ],
      mount,
    ),
    'tmpfs, proc, sysfs, devpts and bind mounts; flags belong to file systems, not to mounts; nothing is moved. `..` of a ' +
      'bound directory is that of where it was bound from.',
  ),
  call(166, 'umount2', [path('target'), flags('flags', abi.UNMOUNT_FLAGS)], umount2),
];

/** Mounts that a guest may make: each costs memory of the machine. */
const MOST_MOUNTS = 1000;

/** File systems of which there is one, by the place where it is mounted from the start. */
const SINGLE: ReadonlyMap<string, string> = new Map([
  ['proc', '/proc'],
  ['sysfs', '/sys'],
  ['devtmpfs', '/dev'],
  ['devpts', '/dev/pts'],
]);

function textAt(task: Task, address: number): string | Errno {
  return address === 0 ? '' : readText(task, address);
}

function mount(
  task: Task,
  sourceAddress: number,
  target: string,
  typeAddress: number,
  mountFlags: number,
  dataAddress: number,
): number {
  if (!isPrivileged(task)) return -EPERM;
  const walked = walk(task, workingDirectory(task), target, true);
  if (isError(walked)) return walked;
  if (!walked.inode) return -ENOENT;
  const point = walked.inode;
  if (mountFlags & abi.MS_REMOUNT) return remount(task, point, mountFlags);
  if (mountFlags & abi.MS_PROPAGATION) return 0;
  if (mountFlags & abi.MS_MOVE) return -EINVAL;
  if (stateOf(task.linux).mounts.size >= MOST_MOUNTS) return -ENOSPC;
  const place = { point, path: walkedPath(task, walked), kept: mountFlags & abi.KEPT_FLAGS };
  const source = textAt(task, sourceAddress);
  if (typeof source === 'number') return source;
  if (mountFlags & abi.MS_BIND) return bind(task, source, place);
  const type = textAt(task, typeAddress);
  if (typeof type === 'number') return type;
  if (type === '') return -EINVAL;
  if (!isDirectory(point)) return -ENOTDIR;
  if (type === 'tmpfs' || type === 'ramfs') {
    const data = textAt(task, dataAddress);
    if (typeof data === 'number') return -EFAULT;
    const mode = Number.parseInt(/(?:^|,)mode=([0-7]+)/.exec(data)?.[1] ?? '1777', 8);
    mountMemory(task.linux, place, source || type, mode & 0o7777);
    return 0;
  }
  const single = SINGLE.get(type);
  if (single === undefined) return -ENODEV;
  const root = find(task, getInode(task.linux, stateOf(task.linux).root), single);
  return isError(root) ? -ENODEV : mountBeside(task.linux, place, root, source || type);
}

function bind(task: Task, source: string, place: Parameters<typeof mountBeside>[1]): number {
  const inode = find(task, workingDirectory(task), source);
  if (isError(inode)) return inode;
  if (isDirectory(inode) !== isDirectory(place.point)) return -ENOTDIR;
  // A directory below itself would have no end.
  for (
    let at: Inode | undefined = place.point;
    at;
    at = at.parent === at.id ? undefined : findInode(task.linux, at.parent)
  )
    if (at.id === inode.id) return -EINVAL;
  return mountBeside(task.linux, place, inode, directoryPath(task.linux, inode));
}

/** Other flags for a file system; what the launch mounted read-only stays so. */
function remount({ linux }: Task, root: Inode, mountFlags: number): number {
  if (mountFlags & abi.MS_BIND) return -EINVAL;
  const superblock = superblockOf(linux, root);
  if (superblock.root !== root.id) return -EINVAL;
  if (superblock.mode === 'ro' && (mountFlags & abi.MS_RDONLY) === 0) return -EACCES;
  superblock.flags = mountFlags & abi.KEPT_FLAGS;
  return 0;
}

function umount2(task: Task, target: string, unmountFlags: number): number {
  const known = abi.MNT_FORCE | abi.MNT_DETACH | abi.UMOUNT_NOFOLLOW;
  if (unmountFlags & ~known) return -EINVAL;
  if (!isPrivileged(task)) return -EPERM;
  const walked = walk(task, workingDirectory(task), target, (unmountFlags & abi.UMOUNT_NOFOLLOW) === 0);
  if (isError(walked)) return walked;
  if (!walked.inode) return -ENOENT;
  const point = mountPoint(task.linux, walked);
  if (point === undefined) return -EINVAL;
  const inUse = isBusy(task.linux, point, liveProcesses(task.linux).map(groupOf));
  if (inUse && (unmountFlags & abi.MNT_DETACH) === 0) return -EBUSY;
  unmount(task.linux, point, inUse);
  return 0;
}
