/**
 * Moving bytes between open files and guest memory, for read(2), write(2) and all their kin. This is the one place that
 * decides whether a reader or writer waits.
 */

import { copyToUser } from '../../../kernel/mm/copy.ts';
import { EAGAIN, EBADF, EFAULT, EINVAL, EPIPE, ESPIPE } from '../abi/errno.ts';
import { O_APPEND, O_NONBLOCK } from '../abi/fcntl.ts';
import { SIGPIPE } from '../abi/signal.ts';
import { TRANSFER_SIZE } from '../instance.ts';
import { kernelSignal } from '../signals/info.ts';
import { signalThread } from '../signals/send.ts';
import type { Task } from '../task.ts';
import { block, scratch } from '../wait.ts';
import { UNANSWERED } from '../syscalls/row.ts';
import { isReadable, isWritable, type OpenFile } from './openFile.ts';
import { type FileOperations, operationsOf } from './operations.ts';
import { exceedSize, roomFor } from './fileSize.ts';
import { findInode } from './inodes.ts';
import { releaseOrphans } from './descriptors.ts';
import { gather, lengthOf, type Segment } from './segments.ts';

/** Where the file is read or written: at its own offset, which moves, or at a given one (pread(2)). */
export type Position = number | undefined;

export function readFile(task: Task, file: OpenFile, segments: readonly Segment[], position?: Position): number {
  const answer = moveIn(task, file, segments, position);
  if (answer !== UNANSWERED) {
    const { transfers } = task.group;
    transfers.reads++;
    if (answer > 0) transfers.read += answer;
  }
  return answer;
}

function moveIn(task: Task, file: OpenFile, segments: readonly Segment[], position: Position): number {
  if (!isReadable(file)) return -EBADF;
  const operations = operationsOf(file);
  if (position !== undefined && !operations.seekable) return -ESPIPE;
  if (position !== undefined && position < 0) return -EINVAL;
  if (operations.receive) {
    const answer = operations.receive(task, file, segments);
    releaseOrphans(task.linux);
    return answer;
  }
  let at = position ?? file.offset;
  let done = 0;
  for (const segment of segments) {
    const count = readSegment(task, file, operations, segment, at);
    if (count < 0) {
      if (done > 0) break;
      return count === -EAGAIN ? waitToRead(task, file, operations) : count;
    }
    done += count;
    at += count;
    if (count < segment.length) break;
  }
  if (position === undefined && operations.seekable) file.offset = at;
  return done;
}

/** As much of a segment as the file gives: all of it from files with positions, else what is there now. */
function readSegment(task: Task, file: OpenFile, operations: FileOperations, segment: Segment, from: number): number {
  let done = 0;
  while (done < segment.length) {
    const into = task.linux.transfer.subarray(0, Math.min(TRANSFER_SIZE, segment.length - done));
    const count = operations.read(task, file, into, from + done);
    if (count <= 0) return done || count;
    const copied = copyToUser(task.kernel, task.process, segment.base + done, into.subarray(0, count));
    if (copied < count) return done + copied || -EFAULT;
    done += count;
    if (count < into.length || !operations.seekable) break;
  }
  return done;
}

function waitToRead(task: Task, file: OpenFile, operations: FileOperations): number {
  if (file.flags & O_NONBLOCK) return -EAGAIN;
  const events = operations.events(task.linux, file);
  const patience = operations.patience?.(task.linux, file);
  if (patience === undefined) return block(task, events, `${file.type} read`);
  const { due } = scratch(task, () => ({ due: task.kernel.state.time + patience }));
  return due <= task.kernel.state.time ? 0 : block(task, events, `${file.type} read`, due);
}

export function writeFile(task: Task, file: OpenFile, segments: readonly Segment[], position?: Position): number {
  const answer = moveOut(task, file, segments, position);
  if (answer !== UNANSWERED) {
    const { transfers } = task.group;
    transfers.writes++;
    if (answer > 0) transfers.written += answer;
  }
  return answer;
}

function moveOut(task: Task, file: OpenFile, segments: readonly Segment[], position: Position): number {
  if (!isWritable(file)) return -EBADF;
  const operations = operationsOf(file);
  if (position !== undefined && !operations.seekable) return -ESPIPE;
  if (position !== undefined && position < 0) return -EINVAL;
  if (operations.send) return operations.send(task, file, segments);
  let done = task.self.scratch?.done ?? 0;
  let at = startOfWrite(task, file, position);
  const asked = lengthOf(segments);
  const total = Math.min(asked, file.type === 'regular' ? roomFor(task, at) : asked);
  if (total <= 0 && asked > 0) return exceedSize(task);
  while (done < total) {
    const bytes = gather(task, segments, done).subarray(0, total - done);
    if (bytes.length === 0) return finish(task, file, done, at, position) || -EFAULT;
    const count = operations.write(task, file, bytes, at);
    if (count === -EAGAIN) return waitToWrite(task, file, operations, done);
    if (count === -EPIPE) signalThread(task.linux, task.thread, kernelSignal(SIGPIPE));
    if (count < 0) return finish(task, file, done, at, position) || count;
    done += count;
    at += count;
  }
  return finish(task, file, done, at, position);
}

function startOfWrite(task: Task, file: OpenFile, position: Position): number {
  if (file.flags & O_APPEND && file.type === 'regular') return findInode(task.linux, file.inode)?.size ?? 0;
  return position ?? file.offset;
}

function finish(_task: Task, file: OpenFile, done: number, at: number, position: Position): number {
  if (position === undefined && done > 0 && operationsOf(file).seekable) file.offset = at;
  return done;
}

function waitToWrite(task: Task, file: OpenFile, operations: FileOperations, done: number): number {
  if (file.flags & O_NONBLOCK) return done || -EAGAIN;
  const answer = block(task, operations.events(task.linux, file), `${file.type} write`);
  if (answer !== UNANSWERED) return done || answer;
  scratch(task, () => ({})).done = done;
  return UNANSWERED;
}
