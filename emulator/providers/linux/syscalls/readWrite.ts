/** Reading and writing: read(2), write(2), their vectors and positions, and what changes a file's size. */

import { RDX } from '../../../cpu/registers.ts';
import { EBADF, EINVAL, EISDIR, ENODEV, ENXIO, EOPNOTSUPP, EROFS, ESPIPE, isError } from '../abi/errno.ts';
import * as fcntl from '../abi/fcntl.ts';
import { RLIMIT_FSIZE } from '../abi/sched.ts';
import { truncateContents, writeContents } from '../files/contents.ts';
import { isDirectory, isReadOnly, isRegular } from '../files/inode.ts';
import { anyFileOf, fileOf, inodeOf, isReadable, isWritable, type OpenFile } from '../files/openFile.ts';
import { operationsOf } from '../files/operations.ts';
import type { Segment } from '../files/segments.ts';
import { type Position, readFile, writeFile } from '../files/transfer.ts';
import { find, mayAccess, workingDirectory } from '../files/walk.ts';
import { TRANSFER_SIZE } from '../instance.ts';
import type { Task } from '../task.ts';
import { longAt, readView, signedLongAt, writeLong } from '../userMemory.ts';
import { EACCES, EFAULT, EFBIG } from '../abi/errno.ts';
import { bytes, choice, fd, flags, int, offset, out, path, pointer, size, vector } from './arguments.ts';
import { call, partly, type Row } from './row.ts';
import { block } from '../wait.ts';
import { EAGAIN } from '../abi/errno.ts';

export const readWriteRows: readonly Row[] = [
  call(0, 'read', [fd(), out('buf'), size('count')], read),
  call(1, 'write', [fd(), bytes('buf', RDX), size('count')], write),
  call(8, 'lseek', [fd(), offset(), choice('whence', fcntl.SEEK_NAMES)], lseek),
  call(17, 'pread64', [fd(), out('buf'), size('count'), offset()], pread64),
  call(18, 'pwrite64', [fd(), bytes('buf', RDX), size('count'), offset()], pwrite64),
  call(19, 'readv', [fd(), vector('iov', RDX, false), int('iovcnt')], readv),
  call(20, 'writev', [fd(), vector('iov', RDX, true), int('iovcnt')], writev),
  call(40, 'sendfile', [fd('out_fd'), fd('in_fd'), pointer('offset', 'off_t *'), size('count')], sendfile),
  call(74, 'fsync', [fd()], fsync),
  call(75, 'fdatasync', [fd()], fsync),
  call(76, 'truncate', [path(), offset('length')], truncate),
  call(77, 'ftruncate', [fd(), offset('length')], ftruncate),
  call(162, 'sync', [], () => 0),
  partly(call(187, 'readahead', [fd(), offset(), size('count')], fsync), 'Everything is in memory already.'),
  partly(
    call(221, 'fadvise64', [fd(), offset(), size('len'), int('advice')], fadvise64),
    'Advice is not needed and not taken.',
  ),
  partly(
    call(285, 'fallocate', [fd(), flags('mode', fcntl.FALLOCATE_FLAGS), offset(), offset('len')], fallocate),
    'Only plain allocation, FALLOC_FL_KEEP_SIZE and FALLOC_FL_PUNCH_HOLE.',
  ),
  call(295, 'preadv', [fd(), vector('iov', RDX, false), int('iovcnt'), offset()], preadv),
  call(296, 'pwritev', [fd(), vector('iov', RDX, true), int('iovcnt'), offset()], pwritev),
  call(306, 'syncfs', [fd()], fsync),
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
  partly(
    call(327, 'preadv2', [fd(), vector('iov', RDX, false), int('iovcnt'), offset()], preadv2),
    'RWF_* flags are ignored.',
  ),
  partly(
    call(328, 'pwritev2', [fd(), vector('iov', RDX, true), int('iovcnt'), offset()], pwritev2),
    'RWF_* flags are ignored.',
  ),
];

/** IOV_MAX (limits.h). */
const MOST_SEGMENTS = 1024;
/** What one call moves at most (read(2), NOTES). */
const MOST_BYTES = 0x7fff_f000;

function one(base: number, length: number): readonly Segment[] {
  return [{ base, length: Math.min(length, MOST_BYTES) }];
}

function read(task: Task, descriptor: number, buffer: number, count: number): number {
  const file = fileOf(task, descriptor);
  return isError(file) ? file : readFile(task, file, one(buffer, count));
}

function write(task: Task, descriptor: number, buffer: number, count: number): number {
  const file = fileOf(task, descriptor);
  return isError(file) ? file : writeFile(task, file, one(buffer, count));
}

function pread64(task: Task, descriptor: number, buffer: number, count: number, position: number): number {
  const file = fileOf(task, descriptor);
  return isError(file) ? file : readFile(task, file, one(buffer, count), position);
}

function pwrite64(task: Task, descriptor: number, buffer: number, count: number, position: number): number {
  const file = fileOf(task, descriptor);
  return isError(file) ? file : writeFile(task, file, one(buffer, count), position);
}

function segmentsOf(task: Task, address: number, count: number): Segment[] | number {
  if (count < 0 || count > MOST_SEGMENTS) return -EINVAL;
  const view = readView(task, address, count * 16);
  if (!view) return -EFAULT;
  return Array.from({ length: count }, (_, index) => ({
    base: longAt(view, index * 16),
    length: longAt(view, index * 16 + 8),
  }));
}

function vectorCall(
  task: Task,
  descriptor: number,
  address: number,
  count: number,
  move: typeof readFile,
  position?: Position,
): number {
  const file = fileOf(task, descriptor);
  if (isError(file)) return file;
  const segments = segmentsOf(task, address, count);
  return isError(segments) ? segments : move(task, file, segments, position);
}

function readv(task: Task, descriptor: number, address: number, count: number): number {
  return vectorCall(task, descriptor, address, count, readFile);
}

function writev(task: Task, descriptor: number, address: number, count: number): number {
  return vectorCall(task, descriptor, address, count, writeFile);
}

function preadv(task: Task, descriptor: number, address: number, count: number, position: number): number {
  return vectorCall(task, descriptor, address, count, readFile, position);
}

function pwritev(task: Task, descriptor: number, address: number, count: number, position: number): number {
  return vectorCall(task, descriptor, address, count, writeFile, position);
}

/** -1 stands for the file's own offset. */
function preadv2(task: Task, descriptor: number, address: number, count: number, position: number): number {
  return vectorCall(task, descriptor, address, count, readFile, position === -1 ? undefined : position);
}

function pwritev2(task: Task, descriptor: number, address: number, count: number, position: number): number {
  return vectorCall(task, descriptor, address, count, writeFile, position === -1 ? undefined : position);
}

function lseek(task: Task, descriptor: number, distance: number, whence: number): number {
  const file = fileOf(task, descriptor);
  if (isError(file)) return file;
  if (!operationsOf(file).seekable) return -ESPIPE;
  const { size: end } = inodeOf(task, file);
  const target = seekTarget(file, distance, whence, file.contents?.length ?? end);
  if (target < 0) return target;
  file.offset = target;
  // Reading a directory from its start looks at it anew (rewinddir(3)).
  if (target === 0) file.entries = undefined;
  return target;
}

function seekTarget(file: OpenFile, distance: number, whence: number, end: number): number {
  const target = (base: number): number => (base + distance < 0 ? -EINVAL : base + distance);
  switch (whence) {
    case fcntl.SEEK_SET:
      return target(0);
    case fcntl.SEEK_CUR:
      return target(file.offset);
    case fcntl.SEEK_END:
      return target(end);
    // Files have no holes: all of a file is data, and the hole is behind its end (lseek(2)).
    case fcntl.SEEK_DATA:
      return distance < 0 || distance >= end ? -ENXIO : distance;
    case fcntl.SEEK_HOLE:
      return distance < 0 || distance >= end ? -ENXIO : end;
    default:
      return -EINVAL;
  }
}

function sendfile(task: Task, outFd: number, inFd: number, offsetAddress: number, count: number): number {
  const input = fileOf(task, inFd);
  const output = fileOf(task, outFd);
  if (isError(input)) return input;
  if (isError(output)) return output;
  if (!isReadable(input) || !isWritable(output)) return -EBADF;
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
  const input = fileOf(task, inFd);
  const output = fileOf(task, outFd);
  if (isError(input)) return input;
  if (isError(output)) return output;
  if (!isReadable(input) || !isWritable(output) || output.flags & fcntl.O_APPEND) return -EBADF;
  if (input.type !== 'regular' || output.type !== 'regular') return -EINVAL;
  return copyBetween(task, input, inAddress, output, outAddress, count);
}

/** Copies until the input ends or the output takes no more. An address of 0 means the file's own offset. */
function copyBetween(
  task: Task,
  input: OpenFile,
  inAddress: number,
  output: OpenFile,
  outAddress: number,
  count: number,
): number {
  const from = startOfCopy(task, input, inAddress);
  const to = startOfCopy(task, output, outAddress);
  if (from === undefined || to === undefined) return -EFAULT;
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
  if (inAddress === 0) input.offset = from + done;
  else if (!writeLong(task, inAddress, from + done)) return -EFAULT;
  if (outAddress !== 0) return writeLong(task, outAddress, to + done) ? done : -EFAULT;
  if (operationsOf(output).seekable) output.offset = to + done;
  return done;
}

function startOfCopy(task: Task, file: OpenFile, address: number): number | undefined {
  if (address === 0) return file.offset;
  const view = readView(task, address, 8);
  return view && signedLongAt(view, 0);
}

function fsync(task: Task, descriptor: number): number {
  const file = fileOf(task, descriptor);
  if (isError(file)) return file;
  return file.type === 'pipe' || file.type === 'socket' ? -EINVAL : 0;
}

function fadvise64(task: Task, descriptor: number): number {
  const file = fileOf(task, descriptor);
  if (isError(file)) return file;
  return file.type === 'pipe' || file.type === 'stream' ? -ESPIPE : 0;
}

function truncate(task: Task, name: string, length: number): number {
  if (length < 0) return -EINVAL;
  const inode = find(task, workingDirectory(task), name);
  if (isError(inode)) return inode;
  if (isDirectory(inode)) return -EISDIR;
  if (!isRegular(inode)) return -EINVAL;
  if (!mayAccess(task, inode, fcntl.W_OK)) return -EACCES;
  if (isReadOnly(task.linux, inode)) return -EROFS;
  return truncateContents(task.linux, inode, length);
}

function ftruncate(task: Task, descriptor: number, length: number): number {
  const file = fileOf(task, descriptor);
  if (isError(file)) return file;
  if (length < 0 || file.type !== 'regular' || !isWritable(file)) return -EINVAL;
  if (length > task.group.limits[RLIMIT_FSIZE].soft) return -EFBIG;
  return truncateContents(task.linux, inodeOf(task, file), length);
}

function fallocate(task: Task, descriptor: number, mode: number, start: number, length: number): number {
  const file = anyFileOf(task, descriptor);
  if (isError(file)) return file;
  if (!isWritable(file)) return -EBADF;
  if (start < 0 || length <= 0) return -EINVAL;
  if (file.type !== 'regular') return file.type === 'pipe' ? -ESPIPE : -ENODEV;
  const inode = inodeOf(task, file);
  if (mode === (fcntl.FALLOC_FL_PUNCH_HOLE | fcntl.FALLOC_FL_KEEP_SIZE)) {
    const count = Math.min(length, inode.size - start);
    return count > 0 ? Math.min(0, writeContents(task.linux, inode, start, new Uint8Array(count))) : 0;
  }
  if (mode === fcntl.FALLOC_FL_KEEP_SIZE) return 0;
  if (mode !== 0) return -EOPNOTSUPP;
  return start + length > inode.size ? truncateContents(task.linux, inode, start + length) : 0;
}
