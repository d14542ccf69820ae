/** Entries of directories: looking up, listing, making, removing and renaming them, the same for every file system. */

import { EINVAL, EISDIR, EMLINK, ENOENT, ENOTDIR, ENOTEMPTY, EPERM, EROFS, EXDEV, type Errno } from '../abi/errno.ts';
import { direntType, S_IFDIR, S_IFMT, S_IFREG } from '../abi/stat.ts';
import { type Linux, stateOf } from '../instance.ts';
import { releaseInode, writeThrough } from './contents.ts';
import { adoptHostEntry, hostNames, joinHostPath } from './hostFolder.ts';
import {
  createInode,
  type Inode,
  isDirectory,
  isReadOnly,
  superblockOf,
  touchChanged,
  touchModified,
} from './inode.ts';
import { findInode, getInode } from './inodes.ts';
import { isProcInode, listProc, lookupProc } from './proc/tree.ts';

export interface DirectoryEntry {
  name: string;
  inode: number;
  /** DT_* */
  type: number;
}

/** The entry `name`, mounts not yet crossed; undefined if there is none. `.` and `..` are the walker's. */
export function lookup(linux: Linux, directory: Inode, name: string): Inode | undefined {
  if (isProcInode(directory.id)) return lookupProc(linux, directory, name);
  const known = directory.entries?.get(name);
  return known === undefined ? adoptHostEntry(linux, directory, name) : findInode(linux, known);
}

/** What is mounted on `directory`, or the directory itself. */
export function crossMount(linux: Linux, directory: Inode): Inode {
  const mounted = stateOf(linux).mounts.get(directory.id);
  return mounted === undefined ? directory : crossMount(linux, getInode(linux, mounted));
}

/** All entries, `.` and `..` first, the others in the order in which they were made. */
export function list(linux: Linux, directory: Inode): DirectoryEntry[] {
  const entry = (name: string, inode: Inode): DirectoryEntry => ({
    name,
    inode: inode.id,
    type: direntType(inode.mode),
  });
  const parent = findInode(linux, directory.parent) ?? directory;
  const entries = [entry('.', directory), entry('..', parent)];
  if (isProcInode(directory.id)) {
    for (const [name, inode] of listProc(linux, directory)) entries.push(entry(name, inode));
    return entries;
  }
  for (const name of hostNames(linux, directory)) lookup(linux, directory, name);
  for (const [name, id] of directory.entries ?? []) {
    const inode = findInode(linux, id);
    if (inode) entries.push(entry(name, crossMount(linux, inode)));
  }
  return entries;
}

export interface NewInode {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly rdev?: number;
  readonly target?: string;
}

/** A new file, directory, link or device called `name`, which must not exist yet. */
export function make(linux: Linux, directory: Inode, name: string, wanted: NewInode): Inode | Errno {
  if (isProcInode(directory.id)) return -EPERM;
  if (isReadOnly(linux, directory)) return -EROFS;
  if (directory.links === 0) return -ENOENT;
  const inode = createInode(linux, directory.superblock, wanted.mode, wanted.uid, wanted.gid);
  inode.rdev = wanted.rdev ?? 0;
  inode.target = wanted.target ?? '';
  inode.size = inode.target === '' ? 0 : inode.target.length;
  const refused = makeOnHost(linux, directory, name, inode);
  if (refused < 0) {
    stateOf(linux).inodes.delete(inode.id);
    return refused;
  }
  enter(linux, directory, name, inode);
  return inode;
}

function makeOnHost(linux: Linux, directory: Inode, name: string, inode: Inode): number {
  if (directory.hostPath === '' || superblockOf(linux, directory).mode !== 'rw') return 0;
  const type = inode.mode & S_IFMT;
  // Links and devices made on a writable host folder live in the machine only.
  if (type !== S_IFREG && type !== S_IFDIR) return 0;
  const path = joinHostPath(directory.hostPath, name);
  const kind = type === S_IFDIR ? 'directory' : 'file';
  const refused = writeThrough(linux, directory, () => linux.host.files.create(path, kind, inode.mode & 0o7777));
  if (refused === 0) inode.hostPath = path;
  return refused;
}

/** Puts an inode under a name. */
export function enter(linux: Linux, directory: Inode, name: string, inode: Inode): void {
  directory.entries?.set(name, inode.id);
  inode.links++;
  if (isDirectory(inode)) {
    inode.links = Math.max(2, inode.links);
    inode.size = 4096;
    inode.parent = directory.id;
    inode.name = name;
    directory.links++;
  }
  touchModified(linux, directory);
}

function leave(linux: Linux, directory: Inode, name: string, inode: Inode): void {
  directory.entries?.delete(name);
  if (directory.hostPath !== '') (directory.removed ??= new Set()).add(name);
  inode.links--;
  if (isDirectory(inode)) {
    inode.links = 0;
    directory.links--;
  }
  touchModified(linux, directory);
  touchChanged(linux, inode);
}

/** unlink(2) and rmdir(2) of an entry that has been looked up. */
export function remove(linux: Linux, directory: Inode, name: string, inode: Inode, asDirectory: boolean): number {
  if (isProcInode(directory.id)) return -EPERM;
  if (asDirectory && !isDirectory(inode)) return -ENOTDIR;
  if (!asDirectory && isDirectory(inode)) return -EISDIR;
  if (isReadOnly(linux, directory)) return -EROFS;
  if (isDirectory(inode) && list(linux, inode).length > 2) return -ENOTEMPTY;
  const refused = writeThrough(linux, inode, path =>
    linux.host.files.remove(path, isDirectory(inode) ? 'directory' : 'file'),
  );
  if (refused < 0) return refused;
  leave(linux, directory, name, inode);
  releaseInode(linux, inode.id);
  return 0;
}

/** link(2). */
export function link(linux: Linux, directory: Inode, name: string, inode: Inode): number {
  if (isDirectory(inode) || isProcInode(inode.id)) return -EPERM;
  if (directory.superblock !== inode.superblock) return -EXDEV;
  if (isReadOnly(linux, directory)) return -EROFS;
  if (inode.links >= 65000) return -EMLINK;
  if (superblockOf(linux, directory).mode === 'rw' && directory.hostPath !== '') return -EPERM;
  directory.removed?.delete(name);
  enter(linux, directory, name, inode);
  touchChanged(linux, inode);
  return 0;
}

export interface Named {
  readonly directory: Inode;
  readonly name: string;
}

/** rename(2) of `inode` from one name to another; `replaced` is what the new name stands for, if anything. */
export function rename(linux: Linux, inode: Inode, from: Named, to: Named, replaced: Inode | undefined): number {
  if (isProcInode(from.directory.id) || isProcInode(to.directory.id)) return -EPERM;
  if (from.directory.superblock !== to.directory.superblock) return -EXDEV;
  if (isReadOnly(linux, from.directory)) return -EROFS;
  if (isDirectory(inode) && isWithin(linux, to.directory, inode)) return -EINVAL;
  if (replaced) {
    if (replaced.id === inode.id) return 0;
    if (isDirectory(replaced) && !isDirectory(inode)) return -EISDIR;
    if (!isDirectory(replaced) && isDirectory(inode)) return -ENOTDIR;
    if (isDirectory(replaced) && list(linux, replaced).length > 2) return -ENOTEMPTY;
    if (to.directory.links === 0) return -ENOENT;
  }
  const hostPath = to.directory.hostPath === '' ? '' : joinHostPath(to.directory.hostPath, to.name);
  const refused = writeThrough(linux, inode, path => linux.host.files.rename(path, hostPath));
  if (refused < 0) return refused;
  if (replaced) {
    leave(linux, to.directory, to.name, replaced);
    releaseInode(linux, replaced.id);
  }
  const { links } = inode;
  leave(linux, from.directory, from.name, inode);
  enter(linux, to.directory, to.name, inode);
  inode.links = links;
  if (superblockOf(linux, inode).mode === 'rw' && inode.hostPath !== '') moveHostPath(linux, inode, hostPath);
  return 0;
}

/** RENAME_EXCHANGE. */
export function exchange(linux: Linux, a: Inode, from: Named, b: Inode, to: Named): number {
  if (from.directory.superblock !== to.directory.superblock) return -EXDEV;
  if (isReadOnly(linux, from.directory)) return -EROFS;
  if (superblockOf(linux, a).mode === 'rw' && a.hostPath !== '') return -EINVAL;
  if (isDirectory(a) && isWithin(linux, to.directory, a)) return -EINVAL;
  if (isDirectory(b) && isWithin(linux, from.directory, b)) return -EINVAL;
  const links: readonly [Inode, number][] = [
    [a, a.links],
    [b, b.links],
  ];
  leave(linux, from.directory, from.name, a);
  leave(linux, to.directory, to.name, b);
  enter(linux, from.directory, from.name, b);
  enter(linux, to.directory, to.name, a);
  for (const [inode, count] of links) inode.links = count;
  return 0;
}

function moveHostPath(linux: Linux, inode: Inode, path: string): void {
  inode.hostPath = path;
  for (const [name, id] of inode.entries ?? []) {
    const child = findInode(linux, id);
    if (child && child.hostPath !== '') moveHostPath(linux, child, joinHostPath(path, name));
  }
}

/** Whether `directory` is `ancestor` or lies below it. */
function isWithin(linux: Linux, directory: Inode, ancestor: Inode): boolean {
  for (let at = directory; ; at = getInode(linux, at.parent)) {
    if (at.id === ancestor.id) return true;
    if (at.parent === at.id || at.parent === 0) return false;
  }
}
