/** Extended attributes of files (xattr(7)): what programs, and those with privileges, keep with them by name. */

import {
  E2BIG,
  EACCES,
  EEXIST,
  EFAULT,
  EINVAL,
  ENODATA,
  ENOSPC,
  EOPNOTSUPP,
  EPERM,
  ERANGE,
  EROFS,
  type Errno,
  isError,
} from '../abi/errno.ts';
import { AT_FDCWD, R_OK, W_OK } from '../abi/fcntl.ts';
import type { FlagNames } from '../abi/flagNames.ts';
import { IN_ATTRIB } from '../abi/inotify.ts';
import { touchChanged } from '../../../kernel/io/volume/file.ts';
import { type Inode, isDirectory, isReadOnly, isRegular } from '../files/inode.ts';
import { isProcInode } from '../files/proc/tree.ts';
import { mayAccess } from '../files/walk.ts';
import { tell } from '../files/watches.ts';
import { isPrivileged, type Task } from '../task.ts';
import { encodeText, readBytes, writeBytes } from '../userMemory.ts';
import { fd, flags, out, path, pointer, size } from './arguments.ts';
import { call, type Row } from './row.ts';
import { findAt, findOpen } from './start.ts';

const XATTR_CREATE = 1;
const XATTR_REPLACE = 2;
const SET_FLAGS: FlagNames = [
  [XATTR_CREATE, 'XATTR_CREATE'],
  [XATTR_REPLACE, 'XATTR_REPLACE'],
];
/** Limits of linux/limits.h: bytes of a name, of a value, and here of all that one file has. */
const NAME_MAX = 255;
const SIZE_MAX = 0x1_0000;

/** How the three forms of each call name their file. */
const PLACES = {
  path: { argument: path(), find: (task: Task, name: string) => findAt(task, AT_FDCWD, name, 0, true) },
  link: { argument: path(), find: (task: Task, name: string) => findAt(task, AT_FDCWD, name, 0, false) },
} as const;

const name = path('name');
const setFlags = flags('flags', SET_FLAGS);

export const extendedAttributeRows: readonly Row[] = [
  ...(
    [
      [188, 'setxattr', PLACES.path],
      [189, 'lsetxattr', PLACES.link],
    ] as const
  ).map(([number, called, place]) =>
    call(number, called, [place.argument, name, pointer('value'), size('size'), setFlags], (task, at, ...rest) =>
      set(task, place.find(task, at), ...rest),
    ),
  ),
  call(190, 'fsetxattr', [fd(), name, pointer('value'), size('size'), setFlags], (task, at, ...rest) =>
    set(task, findOpen(task, at), ...rest),
  ),
  ...(
    [
      [191, 'getxattr', PLACES.path],
      [192, 'lgetxattr', PLACES.link],
    ] as const
  ).map(([number, called, place]) =>
    call(number, called, [place.argument, name, out('value'), size('size')], (task, at, ...rest) =>
      get(task, place.find(task, at), ...rest),
    ),
  ),
  call(193, 'fgetxattr', [fd(), name, out('value'), size('size')], (task, at, ...rest) =>
    get(task, findOpen(task, at), ...rest),
  ),
  ...(
    [
      [194, 'listxattr', PLACES.path],
      [195, 'llistxattr', PLACES.link],
    ] as const
  ).map(([number, called, place]) =>
    call(number, called, [place.argument, out('list'), size('size')], (task, at, ...rest) =>
      list(task, place.find(task, at), ...rest),
    ),
  ),
  call(196, 'flistxattr', [fd(), out('list'), size('size')], (task, at, ...rest) =>
    list(task, findOpen(task, at), ...rest),
  ),
  ...(
    [
      [197, 'removexattr', PLACES.path],
      [198, 'lremovexattr', PLACES.link],
    ] as const
  ).map(([number, called, place]) =>
    call(number, called, [place.argument, name], (task, at, attribute) =>
      remove(task, place.find(task, at), attribute),
    ),
  ),
  call(199, 'fremovexattr', [fd(), name], (task, at, attribute) => remove(task, findOpen(task, at), attribute)),
];

/** Which attributes are whose: 0, or why the task may not touch this one of this file. */
function refuse(task: Task, inode: Inode, attribute: string, writes: boolean): number {
  const length = encodeText(attribute).length;
  if (length === 0 || length > NAME_MAX) return -ERANGE;
  if (writes && isReadOnly(task.linux, inode)) return -EROFS;
  if (isProcInode(inode.id)) return -EOPNOTSUPP;
  const [, space, rest] = /^(user|trusted|security)\.(.*)$/s.exec(attribute) ?? [];
  if (space === undefined) return -EOPNOTSUPP;
  if (rest === '') return -EINVAL;
  if (space === 'security') return writes && !isPrivileged(task) ? -EPERM : 0;
  if (space === 'trusted') return isPrivileged(task) ? 0 : writes ? -EPERM : -ENODATA;
  if (!isRegular(inode) && !isDirectory(inode)) return writes ? -EPERM : -ENODATA;
  return mayAccess(task, inode, writes ? W_OK : R_OK) ? 0 : -EACCES;
}

function set(
  task: Task,
  inode: Inode | Errno,
  attribute: string,
  address: number,
  length: number,
  how: number,
): number {
  if (isError(inode)) return inode;
  if (how & ~(XATTR_CREATE | XATTR_REPLACE)) return -EINVAL;
  if (length > SIZE_MAX) return -E2BIG;
  const value = readBytes(task, address, length);
  if (!value) return -EFAULT;
  const refused = refuse(task, inode, attribute, true);
  if (refused < 0) return refused;
  const known = inode.attributes.extended?.has(attribute) === true;
  if (known && how & XATTR_CREATE) return -EEXIST;
  if (!known && how & XATTR_REPLACE) return -ENODATA;
  const all = (inode.attributes.extended ??= new Map());
  let others = 0;
  for (const [each, bytes] of all) if (each !== attribute) others += encodeText(each).length + bytes.length;
  if (others + encodeText(attribute).length + length > SIZE_MAX + NAME_MAX) return -ENOSPC;
  all.set(attribute, value);
  return changed(task, inode);
}

function changed(task: Task, inode: Inode): number {
  touchChanged(task.kernel, inode);
  tell(task.linux, inode, IN_ATTRIB);
  return 0;
}

function get(task: Task, inode: Inode | Errno, attribute: string, address: number, room: number): number {
  if (isError(inode)) return inode;
  const refused = refuse(task, inode, attribute, false);
  if (refused < 0) return refused;
  const value = inode.attributes.extended?.get(attribute);
  return value ? give(task, value, address, room) : -ENODATA;
}

/** With no room the length is asked for. */
function give(task: Task, bytes: Uint8Array, address: number, room: number): number {
  if (room === 0) return bytes.length;
  if (room < bytes.length) return -ERANGE;
  return writeBytes(task, address, bytes) ? bytes.length : -EFAULT;
}

/** Names end in zeros; those of `trusted.` only the privileged see. */
function list(task: Task, inode: Inode | Errno, address: number, room: number): number {
  if (isError(inode)) return inode;
  const names = [...(inode.attributes.extended?.keys() ?? [])].filter(
    each => isPrivileged(task) || !each.startsWith('trusted.'),
  );
  return give(task, encodeText(names.map(each => `${each}\0`).join('')), address, room);
}

function remove(task: Task, inode: Inode | Errno, attribute: string): number {
  if (isError(inode)) return inode;
  const refused = refuse(task, inode, attribute, true);
  if (refused < 0) return refused;
  return inode.attributes.extended?.delete(attribute) ? changed(task, inode) : -ENODATA;
}
