/**
 * From a path to an inode, component by component, as path_resolution(7) describes it. Nothing here asks the host to
 * resolve anything: `..` and symbolic links are the guest's own and cannot lead out of what is mounted.
 */

import { EACCES, ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR, type Errno, isError } from '../abi/errno.ts';
import { storedName } from '../../../kernel/io/volume/directory.ts';
import { NAME_MAX, PATH_MAX } from '../abi/fcntl.ts';
import { MS_NOEXEC } from '../abi/mount.ts';
import { S_IFDIR, S_IFMT, S_ISGID, S_IXGRP } from '../abi/stat.ts';
import { isInGroup, rulesFiles, type Task } from '../task.ts';
import { crossMount, lookup } from './directory.ts';
import { type Inode, isDirectory, isRegular, isSymlink, superblockOf } from './inode.ts';
import { directoryPath, findInode, getInode } from './inodes.ts';
import { isMagicLink, procLinkText, procLinkTarget } from './proc/tree.ts';

/** Symbolic links followed in one walk before it is called a loop (path_resolution(7)). */
const LINK_LIMIT = 40;

/** Where a walk ended: the directory and name of the last component, and what that is, if anything. */
export interface Walked {
  readonly directory: Inode;
  /** Empty when the path ends in `/`, `.` or `..`: then `inode` is the directory itself. */
  readonly name: string;
  /** The name as the path has it, which may differ in case from that of the entry that was found. */
  readonly asked: string;
  readonly inode: Inode | undefined;
  /** The path ended in a slash: only a directory will do. */
  readonly mustBeDirectory: boolean;
}

/**
 * Walks `path` from `start` (or the root for absolute paths). A symbolic link as last component is followed if `follow`
 * says so. The last component may be missing, the ones before it may not.
 */
export function walk(task: Task, start: Inode, path: string, follow: boolean): Walked | Errno {
  if (path === '') return -ENOENT;
  if (path.length >= PATH_MAX) return -ENAMETOOLONG;
  const { linux } = task;
  const root = getInode(linux, task.group.root);
  // Components still to walk, the next one last.
  const rest: string[] = [];
  pushComponents(rest, path);
  let at = path.startsWith('/') ? root : start;
  const caseInsensitive = ignoresCase(task);
  let links = 0;
  let mustBeDirectory = false;
  while (rest.length > 0) {
    const asked = rest.pop() as string;
    if (asked === '') continue;
    if (asked.length > NAME_MAX) return -ENAMETOOLONG;
    if (!isDirectory(at)) return -ENOTDIR;
    if (!mayAccess(task, at, 1)) return -EACCES;
    const isLast = rest.every(component => component === '');
    mustBeDirectory = isLast && rest.length > 0;
    if (asked === '.' || asked === '..') {
      at = asked === '.' || at.id === root.id ? at : crossMount(linux, getInode(linux, at.parent || at.id));
      if (isLast) return { directory: at, name: '', asked: '', inode: at, mustBeDirectory };
      continue;
    }
    const found = lookup(linux, at, asked, caseInsensitive);
    const name = found && caseInsensitive ? storedName(at, asked, true) : asked;
    if (!found) return isLast ? { directory: at, name, asked, inode: undefined, mustBeDirectory } : -ENOENT;
    const inode = crossMount(linux, found);
    if (isSymlink(inode) && (!isLast || follow || mustBeDirectory)) {
      if (++links > LINK_LIMIT) return -ELOOP;
      const target = followLink(task, inode);
      if (isError(target)) return target;
      if (typeof target.inode === 'object') {
        if (isLast) return { directory: at, name, asked, inode: target.inode, mustBeDirectory };
        at = target.inode;
        continue;
      }
      if (target.text.startsWith('/')) at = root;
      pushComponents(rest, target.text);
      continue;
    }
    if (isLast) {
      if (mustBeDirectory && !isDirectory(inode)) return -ENOTDIR;
      return { directory: at, name, asked, inode, mustBeDirectory };
    }
    at = inode;
  }
  return { directory: at, name: '', asked: '', inode: at, mustBeDirectory: true };
}

/** Threads of this provider opt in to case sensitivity unless the launch says otherwise; loading precedes threads. */
function ignoresCase({ thread, linux }: Task): boolean {
  return thread ? !thread.explicitCaseSensitivity : linux.options.caseSensitive === false;
}

/** Puts the components of a path in front of those still to walk. */
function pushComponents(rest: string[], path: string): void {
  const components = path.split('/');
  while (components.length > 0) rest.push(components.pop() as string);
}

/** Links below /proc lead to the thing itself, whatever its path; all others are text. */
function followLink(task: Task, link: Inode): { inode?: Inode; text: string } | Errno {
  if (!isMagicLink(link.id)) return { text: linkText(task, link) };
  const inode = magicTarget(task, link);
  return inode ? { inode, text: '' } : -ENOENT;
}

function magicTarget(task: Task, link: Inode): Inode | undefined {
  const id = procLinkTarget(task.linux, link.id);
  return id === undefined ? undefined : findInode(task.linux, id);
}

/** What readlink(2) says. */
export function linkText(task: Task, link: Inode): string {
  if (link.target !== '') return link.target;
  const text = procLinkText(task, link.id);
  const target = text === '' ? magicTarget(task, link) : undefined;
  return target ? directoryPath(task.linux, target) : text;
}

/** Like {@link walk}, for callers that need what is there. */
export function find(task: Task, start: Inode, path: string, follow = true): Inode | Errno {
  const walked = walk(task, start, path, follow);
  if (isError(walked)) return walked;
  return walked.inode ?? -ENOENT;
}

/** The path of what a walk found, for `[heap]`-like labels, /proc and getcwd(2). */
export function walkedPath(task: Task, walked: Walked): string {
  const folder = directoryPath(task.linux, walked.directory);
  if (walked.name === '') return folder;
  return folder === '/' ? `/${walked.name}` : `${folder}/${walked.name}`;
}

/** The directory the task is in. */
export function workingDirectory(task: Task): Inode {
  return findInode(task.linux, task.group.directory) ?? getInode(task.linux, task.group.root);
}

/** Whether the task may access an inode; `wanted` has the bits of access(2): 4 read, 2 write, 1 execute or search. */
export function mayAccess(task: Task, inode: Inode, wanted: number, real = false): boolean {
  if (wanted & 1 && isRegular(inode) && superblockOf(task.linux, inode).flags & MS_NOEXEC) return false;
  const { credentials } = task.group;
  const uid = real ? credentials.uid : credentials.fsuid;
  const gid = real ? credentials.gid : credentials.fsgid;
  if (uid === 0) return (wanted & 1) === 0 || isDirectory(inode) || (inode.attributes.mode & 0o111) !== 0;
  const shift =
    uid === inode.attributes.uid
      ? 6
      : gid === inode.attributes.gid || credentials.groups.includes(inode.attributes.gid)
        ? 3
        : 0;
  return ((inode.attributes.mode >> shift) & wanted) === wanted;
}

/**
 * Owner, group and mode of what the task makes in a directory. A set-group-ID directory hands on its group, and the bit
 * to directories; files get the bit only from who is in that group (inode(7)).
 */
export function ownNew(task: Task, directory: Inode, mode: number): { mode: number; uid: number; gid: number } {
  const { fsuid: uid, fsgid: gid } = task.group.credentials;
  const { mode: parentMode, gid: parentGroup } = directory.attributes;
  if ((parentMode & S_ISGID) === 0) return { mode, uid, gid };
  if ((mode & S_IFMT) === S_IFDIR) return { mode: mode | S_ISGID, uid, gid: parentGroup };
  const isForeign = (mode & S_IXGRP) !== 0 && !rulesFiles(task) && !isInGroup(task, parentGroup);
  return { mode: isForeign ? mode & ~S_ISGID : mode, uid, gid: parentGroup };
}

/** Whether entries of a directory may be made and removed; the sticky bit protects those of others. */
export function mayChangeEntry(task: Task, directory: Inode, victim?: Inode): boolean {
  if (!mayAccess(task, directory, 3)) return false;
  if (!victim || (directory.attributes.mode & 0o1000) === 0 || rulesFiles(task)) return true;
  const { fsuid } = task.group.credentials;
  return fsuid === victim.attributes.uid || fsuid === directory.attributes.uid;
}
