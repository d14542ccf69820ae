/** Entries of directories: those of /proc, which exist only while somebody looks, and those of the kernel's volumes. */

import * as volume from '../../../kernel/io/volume/directory.ts';
import { releaseVolumeFile } from '../../../kernel/io/volume/file.ts';
import { EISDIR, ENOTDIR, ENOENT, EPERM, EROFS, EXDEV, type Errno } from '../abi/errno.ts';
import { direntType } from '../abi/stat.ts';
import { type Linux, stateOf } from '../instance.ts';
import { freshAttributes, type Inode, inodeOfFile, isDirectory, isReadOnly, kindOf } from './inode.ts';
import { findInode, getInode } from './inodes.ts';
import { isProcInode, listProc, lookupProc } from './proc/tree.ts';
import { IN_ATTRIB, IN_CREATE, IN_DELETE, IN_MOVE_SELF } from '../abi/inotify.ts';
import { tellEntry, tellIfGone, tellMove, tellSelf } from './watches.ts';
import { errnoOf } from './volumeStatus.ts';

export interface DirectoryEntry {
  name: string;
  inode: number;
  /** DT_* */
  type: number;
}

/** The entry `name`, mounts not yet crossed; undefined if there is none. `.` and `..` are the walker's. */
export function lookup(linux: Linux, directory: Inode, name: string, caseInsensitive = false): Inode | undefined {
  if (isProcInode(directory.id)) return lookupProc(linux, directory, name);
  const file = volume.lookupFile(linux.kernel, directory, name, caseInsensitive);
  return file && inodeOfFile(linux, file);
}

/** What is mounted on `directory`, or the directory itself. */
export function crossMount(linux: Linux, directory: Inode): Inode {
  const mounted = stateOf(linux).mounts.get(directory.id);
  return mounted === undefined ? directory : crossMount(linux, getInode(linux, mounted));
}

/** All entries, `.` and `..` first, the others in the order in which they were first seen. */
export function list(linux: Linux, directory: Inode): DirectoryEntry[] {
  const entry = (name: string, inode: Inode): DirectoryEntry => ({
    name,
    inode: inode.id,
    type: direntType(inode.attributes.mode),
  });
  const parent = findInode(linux, directory.parent) ?? directory;
  const entries = [entry('.', directory), entry('..', parent)];
  if (isProcInode(directory.id)) {
    for (const [name, inode] of listProc(linux, directory)) entries.push(entry(name, inode));
    return entries;
  }
  for (const { name, file } of volume.listFiles(linux.kernel, directory))
    entries.push(entry(name, crossMount(linux, inodeOfFile(linux, file))));
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
  const made = volume.createFile(linux.kernel, directory, name, {
    kind: kindOf(wanted.mode),
    caseInsensitive: false,
    permissions: wanted.mode & 0o7777,
    attributes: { ...freshAttributes(wanted.mode, wanted.uid, wanted.gid), rdev: wanted.rdev ?? 0 },
    target: wanted.target,
  });
  if (!made.file) return errnoOf(made.status);
  const inode = inodeOfFile(linux, made.file);
  tellEntry(linux, directory, name, inode, IN_CREATE);
  return inode;
}

/** Puts an inode under a name. */
export function enter(linux: Linux, directory: Inode, name: string, inode: Inode): void {
  volume.enterName(linux.kernel, directory, name, inode);
}

/** unlink(2) and rmdir(2) of an entry that has been looked up. */
export function remove(linux: Linux, directory: Inode, name: string, inode: Inode, asDirectory: boolean): number {
  if (isProcInode(directory.id)) return -EPERM;
  if (isReadOnly(linux, directory)) return -EROFS;
  if (asDirectory && !isDirectory(inode)) return -ENOTDIR;
  if (!asDirectory && isDirectory(inode)) return -EISDIR;
  const answer = errnoOf(volume.removeFile(linux.kernel, { directory, name, file: inode }));
  if (answer < 0) return answer;
  // A directory is gone before its name is, a file after it.
  if (asDirectory) tellIfGone(linux, inode);
  else tellSelf(linux, inode.id, IN_ATTRIB);
  tellEntry(linux, directory, name, inode, IN_DELETE);
  if (!asDirectory) tellIfGone(linux, inode);
  return 0;
}

/** link(2). */
export function link(linux: Linux, directory: Inode, name: string, inode: Inode): number {
  if (isDirectory(inode)) return -EPERM;
  if (isProcInode(inode.id) || isProcInode(directory.id)) return -EXDEV;
  if (isReadOnly(linux, directory) && inode.volume === directory.volume) return -EROFS;
  const answer = errnoOf(volume.linkFile(linux.kernel, directory, name, inode));
  if (answer < 0) return answer;
  tellSelf(linux, inode.id, IN_ATTRIB);
  tellEntry(linux, directory, name, inode, IN_CREATE);
  return 0;
}

export interface Named {
  readonly directory: Inode;
  readonly name: string;
}

/** Where rename(2) leads: the new name, and what is there, by the name that it has now. */
export interface Destination extends Named {
  readonly asked: string;
  readonly inode: Inode | undefined;
}

/** rename(2) of `inode` from one name to another. */
export function rename(linux: Linux, inode: Inode, from: Named, to: Destination): number {
  const { inode: replaced, asked } = to;
  if (isProcInode(from.directory.id) || isProcInode(to.directory.id)) return -EPERM;
  if (from.directory.volume !== to.directory.volume) return -EXDEV;
  if (isReadOnly(linux, from.directory)) return -EROFS;
  if (replaced && replaced.id !== inode.id) {
    if (isDirectory(replaced) && !isDirectory(inode)) return -EISDIR;
    if (!isDirectory(replaced) && isDirectory(inode)) return -ENOTDIR;
    if (to.directory.links === 0) return -ENOENT;
  }
  // Two names of one file stay as they are; a name in other letters is a new one (rename(2)).
  if (lookup(linux, to.directory, asked)?.id === inode.id) return 0;
  const other = replaced && { ...to, file: replaced };
  const target = { directory: to.directory, name: asked };
  const answer = errnoOf(volume.renameFile(linux.kernel, { ...from, file: inode }, target, other));
  if (answer < 0) return answer;
  tellMove(linux, inode, from, target);
  if (replaced) tellSelf(linux, replaced.id, IN_ATTRIB);
  tellSelf(linux, inode.id, IN_MOVE_SELF);
  if (replaced) tellIfGone(linux, replaced);
  return 0;
}

/** RENAME_EXCHANGE. */
export function exchange(linux: Linux, a: Inode, from: Named, b: Inode, to: Named): number {
  if (isReadOnly(linux, from.directory)) return -EROFS;
  const answer = errnoOf(volume.exchangeFiles(linux.kernel, { ...from, file: a }, { ...to, file: b }));
  if (answer < 0) return answer;
  tellMove(linux, a, from, to);
  tellSelf(linux, a.id, IN_MOVE_SELF);
  tellMove(linux, b, to, from);
  tellSelf(linux, b.id, IN_MOVE_SELF);
  return 0;
}

/** Ends an inode that has neither names nor open files. */
export function releaseInode(linux: Linux, id: number): void {
  if (!isProcInode(id)) releaseVolumeFile(linux.kernel, id);
}
