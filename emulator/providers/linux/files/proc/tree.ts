/**
 * /proc: inodes that exist while somebody looks. Their ids say what they are (process, node, descriptor), so nothing of
 * them is stored; what they contain is in `system.ts` and `process.ts`.
 */

import { findProcess } from '../../../../kernel/ps/process.ts';
import { findThread, getThread, type Thread } from '../../../../kernel/ps/thread.ts';
import { ESRCH } from '../../abi/errno.ts';
import { decodeText, encodeText } from '../../userMemory.ts';
import { S_IFDIR, S_IFLNK, S_IFREG } from '../../abi/stat.ts';
import { type Linux, stateOf } from '../../instance.ts';
import { groupOf, type LinuxThread, type Task, type ThreadGroup } from '../../task.ts';
import { createTransientInode } from './transient.ts';
import type { Inode } from '../inode.ts';
import { descriptorText } from './descriptors.ts';
import { PROCESS_FILES } from './process.ts';
import { SYSTEM_FILES } from './system.ts';

/** What a node of /proc contains: text made when it is opened. `thread` is the one of the directory, or the leader. */
export type ProcText = (task: Task, group: ThreadGroup, thread: Thread | undefined) => string;

/** A node by its path below /proc or /proc/<pid>; those ending in `/` are directories. */
export interface ProcNode {
  readonly path: string;
  readonly text?: ProcText;
  /** What is no text. */
  readonly bytes?: (group: ThreadGroup) => Uint8Array;
  /** Symbolic link: to this text. */
  readonly link?: ProcText;
  /** A link that leads to the thing itself: its inode. Without text the link reads as that directory's path. */
  readonly magic?: (group: ThreadGroup) => number;
  /** The memory of the process: a file of its own kind (`memoryFile.ts`). */
  readonly memory?: boolean;
  /** May be written; what is written is ignored unless it is stored. */
  readonly writable?: boolean;
  /** Takes what is written, or answers an error. */
  readonly store?: (task: Task, group: ThreadGroup, text: string, thread: Thread | undefined) => number;
}

/** Ids from here on are nodes of /proc. */
const PROC_BASE = 2 ** 40;
/** Ids of one process; descriptors follow the nodes, and what is told of them. */
const PROCESS_STRIDE = 0x100_0000;
const DESCRIPTOR_BASE = 0x1000;
const DETAIL_BASE = 0x80_0000;

const NODES: readonly ProcNode[] = [{ path: '' }, ...SYSTEM_FILES];
const PROCESS_NODES: readonly ProcNode[] = [
  { path: '' },
  { path: 'fd/' },
  { path: 'task/' },
  { path: 'fdinfo/' },
  { path: 'exe', magic: group => group.executableInode, link: (_, group) => group.executable },
  { path: 'cwd', magic: group => group.directory, link: () => '' },
  { path: 'root', magic: group => group.root, link: () => '' },
  ...PROCESS_FILES,
];

interface Place {
  /** A process, or one of its threads; 0 for /proc itself. */
  readonly pid: number;
  readonly node: ProcNode;
  readonly index: number;
  /** Descriptor of /proc/<pid>/fd/<n>, or -1. */
  readonly fd: number;
}

/** Where the threads of a process and the details of its descriptors are among its nodes. */
const TASKS = 2;
const DETAILS = 3;

const DETAIL_NODE: ProcNode = { path: 'fdinfo/?' };
const DESCRIPTOR_NODE: ProcNode = { path: 'fd/?', magic: () => 0, link: () => '' };

export function isProcInode(id: number): boolean {
  return id >= PROC_BASE;
}

export function procRootId(): number {
  return PROC_BASE;
}

function placeOf(id: number): Place | undefined {
  const pid = Math.floor((id - PROC_BASE) / PROCESS_STRIDE);
  const index = (id - PROC_BASE) % PROCESS_STRIDE;
  if (index >= DETAIL_BASE) return { pid, node: DETAIL_NODE, index, fd: index - DETAIL_BASE };
  if (index >= DESCRIPTOR_BASE) return { pid, node: DESCRIPTOR_NODE, index, fd: index - DESCRIPTOR_BASE };
  const node = (pid === 0 ? NODES : PROCESS_NODES)[index];
  return node && { pid, node, index, fd: -1 };
}

function idOf(pid: number, index: number): number {
  return PROC_BASE + pid * PROCESS_STRIDE + index;
}

function procGroup(linux: Linux, pid: number): ThreadGroup | undefined {
  const process = findProcess(linux.kernel, pid) ?? findProcess(linux.kernel, procThread(linux, pid)?.process ?? 0);
  return process?.state === 'running' && process.picoContext ? groupOf(process) : undefined;
}

/** The thread with that tid, if it is not its process's leader. */
function procThread(linux: Linux, tid: number): Thread | undefined {
  const thread = findProcess(linux.kernel, tid) ? undefined : findThread(linux.kernel, tid);
  return thread?.state !== 'terminated' && (thread?.picoContext as LinuxThread | undefined)?.tid === tid
    ? thread
    : undefined;
}

function threadBehind(linux: Linux, pid: number, group: ThreadGroup): Thread | undefined {
  return procThread(linux, pid) ?? findThread(linux.kernel, group.leader);
}

function isDirectoryNode(node: ProcNode): boolean {
  return node.path === '' || node.path.endsWith('/');
}

/** The inode behind an id of /proc, if that still exists. */
export function procInode(linux: Linux, id: number): Inode | undefined {
  const place = isProcInode(id) ? placeOf(id) : undefined;
  if (!place) return undefined;
  const group = place.pid === 0 ? undefined : procGroup(linux, place.pid);
  if (place.pid !== 0 && !group) return undefined;
  if (place.fd >= 0 && !group?.descriptors[place.fd]) return undefined;
  const type = isDirectoryNode(place.node)
    ? S_IFDIR | 0o555
    : place.node.link
      ? S_IFLNK | 0o777
      : S_IFREG | (place.node.memory ? 0o600 : place.node.writable || place.node.store ? 0o644 : 0o444);
  const inode = createTransientInode(linux, id, superblockId(linux), type);
  inode.attributes.uid = group?.credentials.euid ?? 0;
  inode.attributes.gid = group?.credentials.egid ?? 0;
  inode.parent = parentId(linux, place);
  inode.name = place.node.path === '' ? (place.pid === 0 ? 'proc' : String(place.pid)) : lastName(place.node.path);
  return inode;
}

function superblockId(linux: Linux): number {
  for (const superblock of stateOf(linux).superblocks.values()) if (superblock.type === 'proc') return superblock.id;
  return 0;
}

function parentId(linux: Linux, place: Place): number {
  const { pid, node, fd } = place;
  if (fd >= 0) return idOf(pid, node === DETAIL_NODE ? DETAILS : 1);
  if (node.path === '') {
    const thread = procThread(linux, pid);
    if (thread) return idOf(thread.process, TASKS);
    return pid === 0 ? stateOf(linux).root : PROC_BASE;
  }
  const folder = folderOf(node.path);
  return idOf(
    pid,
    (pid === 0 ? NODES : PROCESS_NODES).findIndex(other => other.path === folder),
  );
}

/** `sys/kernel/` of `sys/kernel/hostname`. */
function folderOf(path: string): string {
  const cut = path.replace(/\/$/, '').lastIndexOf('/');
  return cut < 0 ? '' : path.slice(0, cut + 1);
}

function lastName(path: string): string {
  return path.replace(/\/$/, '').slice(folderOf(path).length);
}

/** An entry of a directory of /proc. `self` depends on who asks: the current task. */
export function lookupProc(linux: Linux, directory: Inode, name: string): Inode | undefined {
  const place = placeOf(directory.id);
  if (!place || !isDirectoryNode(place.node)) return undefined;
  const { pid, node } = place;
  if (pid === 0 && node.path === '' && /^[1-9]\d*$/.test(name)) return procInode(linux, idOf(Number(name), 0));
  if (pid !== 0 && node.path === 'fd/')
    return /^\d+$/.test(name) ? procInode(linux, idOf(pid, DESCRIPTOR_BASE + Number(name))) : undefined;
  if (pid !== 0 && node.path === 'fdinfo/')
    return /^\d+$/.test(name) ? procInode(linux, idOf(pid, DETAIL_BASE + Number(name))) : undefined;
  if (pid !== 0 && node.path === 'task/')
    return threadIds(linux, pid).includes(Number(name)) ? procInode(linux, idOf(Number(name), 0)) : undefined;
  const index = (pid === 0 ? NODES : PROCESS_NODES).findIndex(
    other => other.path === node.path + name || other.path === `${node.path}${name}/`,
  );
  return index < 0 ? undefined : procInode(linux, idOf(pid, index));
}

export function listProc(linux: Linux, directory: Inode): [string, Inode][] {
  const place = placeOf(directory.id);
  if (!place) return [];
  const { pid, node } = place;
  const names: string[] = [];
  if (pid !== 0 && (node.path === 'fd/' || node.path === 'fdinfo/')) {
    procGroup(linux, pid)?.descriptors.forEach((descriptor, fd) => descriptor && names.push(String(fd)));
  } else if (pid !== 0 && node.path === 'task/') {
    names.push(...threadIds(linux, pid).map(String));
  } else {
    for (const other of pid === 0 ? NODES : PROCESS_NODES)
      if (other.path !== '' && folderOf(other.path) === node.path) names.push(lastName(other.path));
    if (pid === 0 && node.path === '')
      for (const id of linux.kernel.state.processes.keys()) if (procGroup(linux, id)) names.push(String(id));
  }
  const found: [string, Inode][] = [];
  for (const name of names) {
    const inode = lookupProc(linux, directory, name);
    if (inode) found.push([name, inode]);
  }
  return found;
}

function threadIds(linux: Linux, pid: number): number[] {
  const process = findProcess(linux.kernel, procThread(linux, pid)?.process ?? pid);
  return (process?.threads ?? [])
    .map(id => getThread(linux.kernel, id))
    .filter(thread => thread.state !== 'terminated')
    .map(thread => (thread.picoContext as { tid: number }).tid);
}

/** What a node says to whoever opens it now. */
export function procContents(task: Task, id: number): Uint8Array {
  const place = placeOf(id);
  const group = place && (place.pid === 0 ? task.group : procGroup(task.linux, place.pid));
  if (!group) return new Uint8Array();
  if (place.node === DETAIL_NODE) return encodeText(descriptorText(task.linux, group, place.fd));
  if (place.node.bytes) return place.node.bytes(group);
  return encodeText(place.node.text?.(task, group, threadBehind(task.linux, place.pid, group)) ?? '');
}

/** The process whose memory a node of /proc is, or undefined. */
export function procMemory(linux: Linux, id: number): ThreadGroup | undefined {
  const place = placeOf(id);
  return place?.node.memory ? procGroup(linux, place.pid) : undefined;
}

/** Bytes taken by a node of /proc that somebody writes to, or a negative error. */
export function writeProc(task: Task, id: number, bytes: Uint8Array): number {
  const place = placeOf(id);
  const group = place && (place.pid === 0 ? task.group : procGroup(task.linux, place.pid));
  if (!group) return -ESRCH;
  const thread = threadBehind(task.linux, place.pid, group);
  return place.node.store?.(task, group, decodeText(bytes), thread) || bytes.length;
}

export function isMagicLink(id: number): boolean {
  return isProcInode(id) && placeOf(id)?.node.magic !== undefined;
}

/** The inode that a magic link leads to, or undefined if that is gone. */
export function procLinkTarget(linux: Linux, id: number): number | undefined {
  const place = placeOf(id);
  const group = place && procGroup(linux, place.pid);
  if (!group) return undefined;
  if (place.fd < 0) return place.node.magic?.(group);
  const descriptor = group.descriptors[place.fd];
  return descriptor && stateOf(linux).files.get(descriptor.file)?.inode;
}

/** What readlink(2) says of a link in /proc. */
export function procLinkText(task: Task, id: number): string {
  const place = placeOf(id);
  const group = place && (place.pid === 0 ? task.group : procGroup(task.linux, place.pid));
  if (!group) return '';
  if (place.fd < 0) return place.node.link?.(task, group, threadBehind(task.linux, place.pid, group)) ?? '';
  const descriptor = group.descriptors[place.fd];
  return (descriptor && stateOf(task.linux).files.get(descriptor.file)?.path) ?? '';
}
