/** Watching files: inotify(7). */

import { EACCES, EEXIST, EINVAL, EMFILE, ENOSPC, ENOTDIR, isError } from '../abi/errno.ts';
import { O_CLOEXEC, O_NONBLOCK, R_OK } from '../abi/fcntl.ts';
import { flagText } from '../abi/flagNames.ts';
import * as abi from '../abi/inotify.ts';
import { install } from '../files/descriptors.ts';
import { isDirectory } from '../files/inode.ts';
import { fileOf } from '../files/openFile.ts';
import { find, mayAccess, workingDirectory } from '../files/walk.ts';
import { createWatcherFile, removeWatch, type Watcher, watcherOf } from '../files/watches.ts';
import { stateOf } from '../instance.ts';
import type { Task } from '../task.ts';
import { fd, flags, int, path, printed } from './arguments.ts';
import { call, missing, type Row } from './row.ts';

const initFlags = printed('flags', 'int', value =>
  flagText(value, [
    [O_NONBLOCK, 'IN_NONBLOCK'],
    [O_CLOEXEC, 'IN_CLOEXEC'],
  ]),
);

export const watchingRows: readonly Row[] = [
  call(253, 'inotify_init', [], task => inotifyInit1(task, 0)),
  call(254, 'inotify_add_watch', [fd(), path(), flags('mask', abi.INOTIFY_MASK)], inotifyAddWatch),
  call(255, 'inotify_rm_watch', [fd(), int('wd')], inotifyRmWatch),
  call(294, 'inotify_init1', [initFlags], inotifyInit1),
  missing(300, 'fanotify_init', 'Files are watched by inotify only.'),
  missing(301, 'fanotify_mark', 'Files are watched by inotify only.'),
];

function inotifyInit1(task: Task, wanted: number): number {
  if (wanted & ~(O_NONBLOCK | O_CLOEXEC)) return -EINVAL;
  if (stateOf(task.linux).watchers.size >= abi.MAX_USER_INSTANCES) return -EMFILE;
  return install(task, createWatcherFile(task, wanted & O_NONBLOCK), (wanted & O_CLOEXEC) !== 0);
}

function watcherBehind(task: Task, descriptor: number): Watcher | number {
  const file = fileOf(task, descriptor);
  if (isError(file)) return file;
  return file.type === 'watcher' ? watcherOf(task.linux, file) : -EINVAL;
}

function inotifyAddWatch(task: Task, descriptor: number, name: string, mask: number): number {
  const watcher = watcherBehind(task, descriptor);
  if (typeof watcher === 'number') return watcher;
  if ((mask & abi.IN_ALL_EVENTS) === 0) return -EINVAL;
  if (mask & abi.IN_MASK_ADD && mask & abi.IN_MASK_CREATE) return -EINVAL;
  const inode = find(task, workingDirectory(task), name, (mask & abi.IN_DONT_FOLLOW) === 0);
  if (isError(inode)) return inode;
  if (mask & abi.IN_ONLYDIR && !isDirectory(inode)) return -ENOTDIR;
  if (!mayAccess(task, inode, R_OK)) return -EACCES;
  const kept = mask & (abi.IN_ALL_EVENTS | abi.IN_ONESHOT | abi.IN_EXCL_UNLINK);
  const known = watcher.watches.find(watch => watch.inode === inode.id);
  if (known) {
    if (mask & abi.IN_MASK_CREATE) return -EEXIST;
    known.mask = mask & abi.IN_MASK_ADD ? known.mask | kept : kept;
    return known.wd;
  }
  if (watcher.watches.length >= abi.MAX_USER_WATCHES) return -ENOSPC;
  const wd = watcher.nextWd++;
  watcher.watches.push({ wd, inode: inode.id, mask: kept });
  return wd;
}

function inotifyRmWatch(task: Task, descriptor: number, wd: number): number {
  const watcher = watcherBehind(task, descriptor);
  if (typeof watcher === 'number') return watcher;
  const watch = watcher.watches.find(each => each.wd === wd);
  if (!watch) return -EINVAL;
  removeWatch(task.linux, watcher, watch);
  return 0;
}
