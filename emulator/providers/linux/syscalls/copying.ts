/** Bytes from one open file to another without passing through the program: sendfile(2), splice(2) and their kin. */

import { RSI } from '../../../cpu/registers.ts';
import { EAGAIN, EBADF, EFAULT, EINVAL, ESPIPE, isError } from '../abi/errno.ts';
import * as fcntl from '../abi/fcntl.ts';
import { fileOf, isReadable, isWritable, type OpenFile } from '../files/openFile.ts';
import { operationsOf } from '../files/operations.ts';
import { getPipe, peekPipe, type Pipe, putInPipe, takeFromPipe } from '../files/pipe.ts';
import { readFile, writeFile } from '../files/transfer.ts';
import { TRANSFER_SIZE } from '../instance.ts';
import type { Task } from '../task.ts';
import { readView, signedLongAt, writeLong } from '../userMemory.ts';
import { block } from '../wait.ts';
import { fd, flags, int, pointer, size, vector } from './arguments.ts';
import { segmentsOf } from './readWrite.ts';
import { call, partly, type Row } from './row.ts';

const COPIED = 'Bytes are copied; pages do not move.';
const spliceFlags = flags('flags', fcntl.SPLICE_FLAGS);

export const copyingRows: readonly Row[] = [
  call(40, 'sendfile', [fd('out_fd'), fd('in_fd'), pointer('offset', 'off_t *'), size('count')], sendfile),
  partly(
    call(
      275,
      'splice',
      [
        fd('fd_in'),
        pointer('off_in', 'off_t *'),
        fd('fd_out'),
        pointer('off_out', 'off_t *'),
        size('len'),
        spliceFlags,
      ],
      splice,
    ),
    COPIED,
  ),
  partly(call(276, 'tee', [fd('fd_in'), fd('fd_out'), size('len'), spliceFlags], tee), COPIED),
  partly(call(278, 'vmsplice', [fd(), vector('iov', RSI, true), size('nr_segs'), spliceFlags], vmsplice), COPIED),
  partly(
    call(
      326,
      'copy_file_range',
      [
        fd('fd_in'),
        pointer('off_in', 'off_t *'),
        fd('fd_out'),
        pointer('off_out', 'off_t *'),
        size('len'),
        int('flags'),
      ],
      copyFileRange,
    ),
    'Copies the bytes; never shares extents.',
  ),
];

function sendfile(task: Task, outFd: number, inFd: number, offsetAddress: number, count: number): number {
  const pair = pairOf(task, inFd, outFd);
  if (typeof pair === 'number') return pair;
  const { input, output } = pair;
  if (!operationsOf(input).seekable) return -EINVAL;
  return copyBetween(task, input, offsetAddress, output, 0, count);
}

function copyFileRange(
  task: Task,
  inFd: number,
  inAddress: number,
  outFd: number,
  outAddress: number,
  count: number,
): number {
  const pair = pairOf(task, inFd, outFd);
  if (typeof pair === 'number') return pair;
  const { input, output } = pair;
  if (output.flags & fcntl.O_APPEND) return -EBADF;
  if (input.type !== 'regular' || output.type !== 'regular') return -EINVAL;
  return copyBetween(task, input, inAddress, output, outAddress, count);
}

/** Copies until the input ends or the output takes no more. */
function copyBetween(
  task: Task,
  input: OpenFile,
  inAddress: number,
  output: OpenFile,
  outAddress: number,
  count: number,
): number {
  const from = positionAt(task, input, inAddress);
  const to = positionAt(task, output, outAddress);
  if (typeof from === 'string' || typeof to === 'string') return -EFAULT;
  if (from < 0 || to < 0) return -EINVAL;
  let done = 0;
  while (done < count) {
    const chunk = task.linux.transfer.subarray(0, Math.min(TRANSFER_SIZE, count - done));
    const got = operationsOf(input).read(task, input, chunk, from + done);
    if (got <= 0) {
      if (done === 0 && got < 0) return got;
      break;
    }
    const put = operationsOf(output).write(task, output, chunk.subarray(0, got), to + done);
    if (put === -EAGAIN && done === 0 && (output.flags & fcntl.O_NONBLOCK) === 0)
      return block(task, operationsOf(output).events(task.linux, output), `${output.type} write`);
    if (put < 0 && done === 0) return put;
    done += Math.max(0, put);
    if (put < got) break;
  }
  if (!keepPosition(task, input, inAddress, from + done) || !keepPosition(task, output, outAddress, to + done))
    return -EFAULT;
  return done;
}

/** Both files of a call that moves bytes, or why they will not do. */
function pairOf(task: Task, inFd: number, outFd: number): { input: OpenFile; output: OpenFile } | number {
  const input = fileOf(task, inFd);
  if (isError(input)) return input;
  const output = fileOf(task, outFd);
  if (isError(output)) return output;
  return isReadable(input) && isWritable(output) ? { input, output } : -EBADF;
}

function pipeOf(task: Task, file: OpenFile): Pipe | undefined {
  return file.type === 'pipe' ? getPipe(task.linux, file.object) : undefined;
}

function splice(
  task: Task,
  inFd: number,
  inAddress: number,
  outFd: number,
  outAddress: number,
  count: number,
  moveFlags: number,
): number {
  if (moveFlags & ~fcntl.KNOWN_SPLICE_FLAGS) return -EINVAL;
  if (count === 0) return 0;
  const pair = pairOf(task, inFd, outFd);
  if (typeof pair === 'number') return pair;
  const { input, output } = pair;
  const source = pipeOf(task, input);
  const sink = pipeOf(task, output);
  if ((source && inAddress !== 0) || (sink && outAddress !== 0)) return -ESPIPE;
  if ((!source && !sink) || (source && source === sink)) return -EINVAL;
  if (!sink && output.flags & fcntl.O_APPEND) return -EINVAL;
  const from = positionAt(task, input, inAddress);
  const to = positionAt(task, output, outAddress);
  if (typeof from === 'string' || typeof to === 'string') return -EFAULT;
  if (from < 0 || to < 0) return -EINVAL;
  const waits = (file: OpenFile): boolean =>
    (moveFlags & fcntl.SPLICE_F_NONBLOCK) === 0 && (file.flags & fcntl.O_NONBLOCK) === 0;
  // Whoever has to wait for room leaves the input as it is.
  const room = sink ? sink.capacity - sink.length : TRANSFER_SIZE;
  if (sink && sink.readers > 0 && room === 0) return waits(output) ? waitFor(task, output) : -EAGAIN;
  const chunk = task.linux.transfer.subarray(0, Math.min(count, room, TRANSFER_SIZE));
  const got = source
    ? peekPipe(source, chunk) || (source.writers > 0 ? -EAGAIN : 0)
    : operationsOf(input).read(task, input, chunk, from);
  if (got === -EAGAIN) return waits(input) ? waitFor(task, input) : got;
  if (got <= 0) return got;
  const bytes = chunk.subarray(0, got);
  const put =
    sink && sink.readers > 0
      ? putInPipe(task.linux, sink, bytes, true)
      : operationsOf(output).write(task, output, bytes, to);
  if (put === -EAGAIN) return waits(output) ? waitFor(task, output) : put;
  if (put < 0) return put;
  if (source) takeFromPipe(task.linux, source, chunk.subarray(0, put));
  if (!keepPosition(task, input, inAddress, from + put) || !keepPosition(task, output, outAddress, to + put))
    return -EFAULT;
  return put;
}

function waitFor(task: Task, file: OpenFile): number {
  return block(task, operationsOf(file).events(task.linux, file), 'splice');
}

/** Where a call begins in a file: an address of 0 means the file's own offset. */
function positionAt(task: Task, file: OpenFile, address: number): number | 'fault' {
  if (address === 0) return file.offset;
  const view = readView(task, address, 8);
  return view ? signedLongAt(view, 0) : 'fault';
}

/** Leaves the offset where {@link positionAt} found it. False: there it cannot be written. */
function keepPosition(task: Task, file: OpenFile, address: number, position: number): boolean {
  if (address !== 0) return writeLong(task, address, position);
  if (operationsOf(file).seekable) file.offset = position;
  return true;
}

/** What one pipe has, into another; it stays where it was. */
function tee(task: Task, inFd: number, outFd: number, count: number, moveFlags: number): number {
  if (moveFlags & ~fcntl.KNOWN_SPLICE_FLAGS) return -EINVAL;
  if (count === 0) return 0;
  const pair = pairOf(task, inFd, outFd);
  if (typeof pair === 'number') return pair;
  const { input, output } = pair;
  const source = pipeOf(task, input);
  const sink = pipeOf(task, output);
  if (!source || !sink || source === sink) return -EINVAL;
  const waits = (moveFlags & fcntl.SPLICE_F_NONBLOCK) === 0;
  if (source.length === 0) return source.writers === 0 ? 0 : waits ? waitFor(task, input) : -EAGAIN;
  if (sink.readers === 0) return operationsOf(output).write(task, output, new Uint8Array(1), 0);
  const room = sink.capacity - sink.length;
  if (room === 0) return waits ? waitFor(task, output) : -EAGAIN;
  const chunk = task.linux.transfer.subarray(0, Math.min(count, room, TRANSFER_SIZE));
  return putInPipe(task.linux, sink, chunk.subarray(0, peekPipe(source, chunk)), true);
}

/** Memory into a pipe, or what is in a pipe into memory, by the end that is given. */
function vmsplice(task: Task, descriptor: number, address: number, count: number, moveFlags: number): number {
  if (moveFlags & ~fcntl.KNOWN_SPLICE_FLAGS) return -EINVAL;
  const file = fileOf(task, descriptor);
  if (isError(file)) return file;
  if (file.type !== 'pipe') return -EBADF;
  const segments = segmentsOf(task, address, count);
  if (isError(segments)) return segments;
  // As much as fits now: only for the first byte anybody waits.
  const forThisCall = { ...file, flags: file.flags | fcntl.O_NONBLOCK };
  const answer = (isWritable(file) ? writeFile : readFile)(task, forThisCall, segments);
  const waits = (moveFlags & fcntl.SPLICE_F_NONBLOCK) === 0 && (file.flags & fcntl.O_NONBLOCK) === 0;
  return answer === -EAGAIN && waits ? waitFor(task, file) : answer;
}
