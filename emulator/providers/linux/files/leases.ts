/**
 * Leases (fcntl(2), F_SETLEASE): who holds one hears of an open or truncation that conflicts before it happens, and has
 * the time of /proc/sys/fs/lease-break-time to make its peace with the file; then the lease is taken from it.
 */

import { createEvent, pulseEvent } from '../../../kernel/ke/event.ts';
import { findThread } from '../../../kernel/ps/thread.ts';
import { EACCES, EAGAIN, EINVAL } from '../abi/errno.ts';
import * as fcntl from '../abi/fcntl.ts';
import { NANOSECONDS } from '../abi/time.ts';
import { type Linux, stateOf } from '../instance.ts';
import { rulesFiles, type Task } from '../task.ts';
import { block } from '../wait.ts';
import { type Inode, isRegular } from './inode.ts';
import { getFile, inodeOf, isWritable, type OpenFile } from './openFile.ts';
import { ownerOf, tellOwner } from './owners.ts';

export interface Lease {
  /** Open file that holds it, and the descriptor by which it was taken. */
  file: number;
  descriptor: number;
  pid: number;
  /** F_RDLCK or F_WRLCK */
  kind: number;
  /** What it must become: F_RDLCK or F_UNLCK; as `kind` while nobody breaks it. */
  wanted: number;
  /** Virtual time at which it becomes that by itself. */
  due: number;
}

export interface LeaseState {
  /** By inode. */
  held: Map<number, Lease[]>;
  /** Pulsed when one goes or shrinks; 0 until somebody waits for that. */
  changed: number;
  /** Inodes by the kernel threads that wait to write there: whose wait has ended is known by the thread, not by this. */
  writers: Map<number, number>;
  /** Seconds; 0 for ever. */
  breakTime: number;
}

/** What threads wait for, as debuggers show it; it also tells these waits from others. */
const WAIT_REASON = 'file lease';

export function freshLeases(): LeaseState {
  return { held: new Map(), changed: 0, writers: new Map(), breakTime: 45 };
}

function leaseOf(linux: Linux, file: OpenFile): Lease | undefined {
  expire(linux, file.inode);
  return stateOf(linux)
    .leases.held.get(file.inode)
    ?.find(lease => lease.file === file.id);
}

/** F_GETLEASE: while it is being broken, what it must become. */
export function leaseKind(linux: Linux, file: OpenFile): number {
  return leaseOf(linux, file)?.wanted ?? fcntl.F_UNLCK;
}

/** F_SETLEASE: EAGAIN where other opens are in the way, or where there is no lease to give up. */
export function setLease(task: Task, file: OpenFile, kind: number, descriptor: number): number {
  const { linux, group } = task;
  const inode = inodeOf(task, file);
  if (![fcntl.F_RDLCK, fcntl.F_WRLCK, fcntl.F_UNLCK].includes(kind)) return -EINVAL;
  const own = leaseOf(linux, file);
  if (kind === fcntl.F_UNLCK) return own ? change(linux, inode.id, own, kind) : -EAGAIN;
  if (!rulesFiles(task) && group.credentials.fsuid !== inode.attributes.uid) return -EACCES;
  if (!isRegular(inode) || file.type !== 'regular') return -EINVAL;
  const others = (stateOf(linux).leases.held.get(inode.id) ?? []).filter(lease => lease !== own);
  const isTaken = others.some(lease => kind === fcntl.F_WRLCK || lease.wanted === fcntl.F_UNLCK);
  if (isTaken || isOpenOtherwise(linux, file, kind)) return -EAGAIN;
  if (own) return change(linux, inode.id, own, kind);
  const lease = { file: file.id, descriptor, pid: group.pid, kind, wanted: kind, due: -1 };
  stateOf(linux).leases.held.set(inode.id, [...others, lease]);
  file.owner ??= ownerOf(task, fcntl.F_OWNER_PID, group.pid);
  return 0;
}

/** A read lease allows no writer, its own file and those that wait included; a write lease no other open file. */
function isOpenOtherwise(linux: Linux, file: OpenFile, kind: number): boolean {
  if (kind === fcntl.F_RDLCK && writerWaits(linux, file.inode)) return true;
  for (const other of stateOf(linux).files.values()) {
    if (other.inode !== file.inode || other.type !== 'regular') continue;
    if (kind === fcntl.F_RDLCK ? isWritable(other) : other !== file) return true;
  }
  return false;
}

function writerWaits(linux: Linux, inode: number): boolean {
  const { writers } = stateOf(linux).leases;
  for (const thread of writers.keys())
    if (findThread(linux.kernel, thread)?.wait?.reason !== WAIT_REASON) writers.delete(thread);
  return [...writers.values()].includes(inode);
}

/** Who is asked to give it up stays asked until it does as much. */
function change(linux: Linux, inode: number, lease: Lease, kind: number): number {
  const isAsked = lease.wanted !== lease.kind && (lease.wanted === fcntl.F_UNLCK || kind === fcntl.F_WRLCK);
  lease.kind = kind;
  if (!isAsked || kind === fcntl.F_UNLCK) Object.assign(lease, { wanted: kind, due: -1 });
  const { leases } = stateOf(linux);
  if (kind === fcntl.F_UNLCK) {
    const rest = (leases.held.get(inode) ?? []).filter(other => other !== lease);
    if (rest.length > 0) leases.held.set(inode, rest);
    else leases.held.delete(inode);
  }
  if (leases.changed !== 0) pulseEvent(linux.kernel, leases.changed);
  return 0;
}

/** What was not given up in time becomes what it was asked to. */
function expire(linux: Linux, inode: number): void {
  for (const lease of stateOf(linux).leases.held.get(inode) ?? [])
    if (lease.wanted !== lease.kind && lease.due <= linux.kernel.state.time) change(linux, inode, lease, lease.wanted);
}

/**
 * Before a file is opened or truncated: 0 if no lease is against it, -EAGAIN for who does not want to wait, else the answer
 * of a wait (UNANSWERED, or an error for a signal), after which the call begins again.
 */
export function breakLeases(task: Task, inode: Inode, writes: boolean, waits: boolean): number {
  const { linux, kernel } = task;
  const { leases } = stateOf(linux);
  if (!leases.held.has(inode.id)) return 0;
  expire(linux, inode.id);
  const against = (leases.held.get(inode.id) ?? []).filter(({ kind }) => writes || kind === fcntl.F_WRLCK);
  if (against.length === 0) return 0;
  const wanted = writes ? fcntl.F_UNLCK : fcntl.F_RDLCK;
  for (const lease of against) {
    if (lease.wanted === fcntl.F_UNLCK || (!writes && lease.wanted !== lease.kind)) continue;
    lease.wanted = wanted;
    lease.due = leases.breakTime === 0 ? Number.POSITIVE_INFINITY : kernel.state.time + leases.breakTime * NANOSECONDS;
    tellOwner(linux, getFile(linux, lease.file), lease.descriptor, 'message');
  }
  if (!waits) return -EAGAIN;
  if (leases.changed === 0) leases.changed = createEvent(kernel, 'notification');
  if (writes) leases.writers.set(task.thread.id, inode.id);
  return block(task, [leases.changed], WAIT_REASON, Math.min(...against.map(({ due }) => due)));
}

/** An open file ends, and its lease with it. */
export function releaseLease(linux: Linux, file: OpenFile): void {
  if (!stateOf(linux).leases.held.has(file.inode)) return;
  const lease = leaseOf(linux, file);
  if (lease) change(linux, file.inode, lease, fcntl.F_UNLCK);
}
