/**
 * Advisory locks: of whole files (flock(2)), and of ranges, which processes own or open files (fcntl(2)). The first kind
 * and the other two take no notice of each other.
 */

import { createEvent, pulseEvent } from '../../../kernel/ke/event.ts';
import { findThread } from '../../../kernel/ps/thread.ts';
import { type Linux, stateOf } from '../instance.ts';
import type { Task } from '../task.ts';
import { block } from '../wait.ts';

export type LockKind = 'flock' | 'posix' | 'ofd';

export interface FileLock {
  kind: LockKind;
  /** The process of a `posix` lock, the open file of others. */
  owner: number;
  exclusive: boolean;
  /** Bytes from `start` up to before `end`, which may be Infinity. */
  start: number;
  end: number;
  /** Who took it, for F_GETLK and /proc/locks. */
  pid: number;
}

interface LockWait {
  inode: number;
  wanted: FileLock;
}

export interface LockState {
  /** By inode; those of an owner are disjoint and in order. */
  held: Map<number, FileLock[]>;
  /** By kernel thread: whose wait has ended is known by the thread, not by this. */
  waiting: Map<number, LockWait>;
  /** Pulsed when a lock goes; 0 until somebody waits for that. */
  released: number;
}

/** What threads wait for, as debuggers show it; it also tells these waits from others. */
const WAIT_REASON = 'file lock';

export function freshLocks(): LockState {
  return { held: new Map(), waiting: new Map(), released: 0 };
}

function isOwn(one: FileLock, other: FileLock): boolean {
  return one.kind === other.kind && one.owner === other.owner;
}

/** The first lock that keeps `wanted` from being granted. */
export function findConflict(linux: Linux, inode: number, wanted: FileLock): FileLock | undefined {
  return stateOf(linux)
    .locks.held.get(inode)
    ?.find(
      lock =>
        (lock.kind === 'flock') === (wanted.kind === 'flock') &&
        (lock.exclusive || wanted.exclusive) &&
        lock.start < wanted.end &&
        wanted.start < lock.end &&
        !isOwn(lock, wanted),
    );
}

/** Gives up what the owner holds within the range, splitting locks that reach beyond it. */
export function unlock(linux: Linux, inode: number, range: FileLock): void {
  const { locks } = stateOf(linux);
  const before = locks.held.get(inode);
  if (!before?.some(lock => isOwn(lock, range))) return;
  const after = before.flatMap(lock => {
    if (!isOwn(lock, range) || lock.end <= range.start || lock.start >= range.end) return [lock];
    const pieces: FileLock[] = [];
    if (lock.start < range.start) pieces.push({ ...lock, end: range.start });
    if (lock.end > range.end) pieces.push({ ...lock, start: range.end });
    return pieces;
  });
  if (after.length === 0) locks.held.delete(inode);
  else locks.held.set(inode, after);
  if (locks.released !== 0) pulseEvent(linux.kernel, locks.released);
}

/** Takes a lock that nothing conflicts with, in place of what the owner has there; neighbours of one kind become one. */
export function grant(linux: Linux, inode: number, wanted: FileLock): void {
  unlock(linux, inode, wanted);
  const { held } = stateOf(linux).locks;
  let { start, end } = wanted;
  const kept = (held.get(inode) ?? []).filter(lock => {
    const joins =
      isOwn(lock, wanted) && lock.exclusive === wanted.exclusive && (lock.end === start || lock.start === end);
    if (!joins) return true;
    start = Math.min(start, lock.start);
    end = Math.max(end, lock.end);
    return false;
  });
  held.set(
    inode,
    [...kept, { ...wanted, start, end }].sort((one, other) => one.start - other.start),
  );
}

/** Waits until any lock goes; the call then tries again. UNANSWERED, or an error for a signal. */
export function waitForLock(task: Task, inode: number, wanted: FileLock): number {
  const { locks } = stateOf(task.linux);
  if (locks.released === 0) locks.released = createEvent(task.kernel, 'notification');
  locks.waiting.set(task.thread.id, { inode, wanted });
  return block(task, [locks.released], WAIT_REASON);
}

/** Whether waiting for the lock would close a circle of processes that wait for each other (EDEADLK of fcntl(2)). */
export function wouldDeadlock(task: Task, inode: number, wanted: FileLock): boolean {
  if (wanted.kind !== 'posix') return false;
  const seen = new Set<number>();
  const open = [{ inode, wanted }];
  for (let next = open.pop(); next; next = open.pop()) {
    const blocker = findConflict(task.linux, next.inode, next.wanted);
    if (blocker?.kind !== 'posix' || seen.has(blocker.owner)) continue;
    if (blocker.owner === task.group.pid) return true;
    seen.add(blocker.owner);
    open.push(...waitsOf(task, blocker.owner));
  }
  return false;
}

/** What threads of a process wait for at this moment; those of another time are forgotten. */
function waitsOf(task: Task, pid: number): LockWait[] {
  const { waiting } = stateOf(task.linux).locks;
  const found: LockWait[] = [];
  for (const [id, wait] of waiting) {
    const thread = findThread(task.kernel, id);
    if (thread?.wait?.reason !== WAIT_REASON) waiting.delete(id);
    else if (thread.process === pid) found.push(wait);
  }
  return found;
}

/** A process closes a file: all its record locks on it go, whichever descriptor they came by (fcntl(2)). */
export function releaseRecordLocks(linux: Linux, inode: number, pid: number): void {
  releaseAll(linux, inode, 'posix', pid);
}

/** An open file ends, and its locks with it. */
export function releaseFileLocks(linux: Linux, inode: number, file: number): void {
  releaseAll(linux, inode, 'flock', file);
  releaseAll(linux, inode, 'ofd', file);
}

function releaseAll(linux: Linux, inode: number, kind: LockKind, owner: number): void {
  if (!stateOf(linux).locks.held.has(inode)) return;
  unlock(linux, inode, { kind, owner, exclusive: false, start: 0, end: Number.POSITIVE_INFINITY, pid: 0 });
}

const KIND_NAMES: Readonly<Record<LockKind, string>> = { flock: 'FLOCK', posix: 'POSIX', ofd: 'OFDLCK' };

/** /proc/locks (proc_locks(5)); `describe` says device and inode. */
export function locksText(linux: Linux, describe: (inode: number) => string): string {
  let number = 0;
  let text = '';
  for (const [inode, locks] of stateOf(linux).locks.held)
    for (const { kind, exclusive, pid, start, end } of locks) {
      const range = `${start} ${end === Number.POSITIVE_INFINITY ? 'EOF' : end - 1}`;
      const access = exclusive ? 'WRITE' : 'READ ';
      text += `${++number}: ${KIND_NAMES[kind].padEnd(6)} ADVISORY  ${access} ${kind === 'ofd' ? -1 : pid} ${describe(inode)} ${range}\n`;
    }
  return text;
}
