/** Reading and writing: read(2), write(2), their vectors and positions, and what changes a file's size. */

import { RDX } from '../../../cpu/registers.ts';
import { EBADF, EINVAL, EISDIR, ENODEV, ENXIO, EOPNOTSUPP, EROFS, ESPIPE, isError } from '../abi/errno.ts';
import * as fcntl from '../abi/fcntl.ts';
import { clearContents, reserveContents, truncateContents } from '../files/contents.ts';
import { exceedSize, roomFor } from '../files/fileSize.ts';
import { breakLeases } from '../files/leases.ts';
import { isDirectory, isReadOnly, isRegular } from '../files/inode.ts';
import { anyFileOf, fileOf, inodeOf, isReadable, isWritable, type OpenFile } from '../files/openFile.ts';
import { MAXIMUM_SIZE, seekFile } from '../../../kernel/io/volume/contents.ts';
import { refuseSize, refuseWriting } from '../files/seals.ts';
import { operationsOf } from '../files/operations.ts';
import type { Segment } from '../files/segments.ts';
import { type Position, readFile, writeFile } from '../files/transfer.ts';
import { find, mayAccess, workingDirectory } from '../files/walk.ts';
import type { Task } from '../task.ts';
import { longAt, readView, signedLongAt } from '../userMemory.ts';
import { EACCES, EFAULT, EFBIG } from '../abi/errno.ts';
import { bytes, choice, fd, flags, int, offset, out, path, size, unsigned, vector } from './arguments.ts';
import { call, partly, type Row } from './row.ts';

export const readWriteRows: readonly Row[] = [
  call(0, 'read', [fd(), out('buf'), size('count')], read),
  call(1, 'write', [fd(), bytes('buf', RDX), size('count')], write),
  call(8, 'lseek', [fd(), offset(), choice('whence', fcntl.SEEK_NAMES)], lseek),
  call(17, 'pread64', [fd(), out('buf'), size('count'), offset()], pread64),
  call(18, 'pwrite64', [fd(), bytes('buf', RDX), size('count'), offset()], pwrite64),
  call(19, 'readv', [fd(), vector('iov', RDX, false), int('iovcnt')], readv),
  call(20, 'writev', [fd(), vector('iov', RDX, true), int('iovcnt')], writev),
  call(74, 'fsync', [fd()], fsync),
  call(75, 'fdatasync', [fd()], fsync),
  call(76, 'truncate', [path(), offset('length')], truncate),
  call(77, 'ftruncate', [fd(), offset('length')], ftruncate),
  call(162, 'sync', [], () => 0),
  partly(call(187, 'readahead', [fd(), offset(), size('count')], readahead), 'Everything is in memory already.'),
  partly(
    call(221, 'fadvise64', [fd(), offset(), size('len'), int('advice')], fadvise64),
    'Advice is not needed and not taken.',
  ),
  partly(
    call(285, 'fallocate', [fd(), flags('mode', fcntl.FALLOCATE_FLAGS), offset(), offset('len')], fallocate),
    'Ranges are not collapsed, inserted or unshared (EOPNOTSUPP); holes keep their memory.',
  ),
  call(295, 'preadv', [fd(), vector('iov', RDX, false), int('iovcnt'), offset()], preadv),
  call(296, 'pwritev', [fd(), vector('iov', RDX, true), int('iovcnt'), offset()], pwritev),
  call(306, 'syncfs', [fd()], syncfs),
  call(277, 'sync_file_range', [fd(), offset(), offset('nbytes'), unsigned('flags')], syncFileRange),
  call(
    327,
    'preadv2',
    [fd(), vector('iov', RDX, false), int('iovcnt'), offset(), offset('pos_h'), flags('flags', fcntl.RWF_FLAGS)],
    preadv2,
  ),
  call(
    328,
    'pwritev2',
    [fd(), vector('iov', RDX, true), int('iovcnt'), offset(), offset('pos_h'), flags('flags', fcntl.RWF_FLAGS)],
    pwritev2,
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

/** The parts that an array of `struct iovec` names, or a negative error. */
export function segmentsOf(task: Task, address: number, count: number): Segment[] | number {
  if (count < 0 || count > MOST_SEGMENTS) return -EINVAL;
  const view = readView(task, address, count * 16);
  if (!view) return -EFAULT;
  const segments: Segment[] = [];
  // What is too much together is left out at the end (readv(2), NOTES); ssize_t has no negative lengths.
  let room = MOST_BYTES;
  for (let at = 0; at < count * 16; at += 16) {
    const length = signedLongAt(view, at + 8);
    if (length < 0) return -EINVAL;
    segments.push({ base: longAt(view, at), length: Math.min(length, room) });
    room -= Math.min(length, room);
  }
  return segments;
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

/**
 * -1 stands for the file's own offset. RWF_NOWAIT and RWF_APPEND are the open flags for this one call; that all is synchronous
 * or of high priority goes without saying.
 */
function flaggedCall(
  task: Task,
  descriptor: number,
  address: number,
  count: number,
  move: typeof readFile,
  given: number,
  rwf: number,
): number {
  if (rwf & ~fcntl.RWF_SUPPORTED) return -EOPNOTSUPP;
  const file = fileOf(task, descriptor);
  if (isError(file)) return file;
  const segments = segmentsOf(task, address, count);
  if (isError(segments)) return segments;
  const position = given === -1 ? undefined : given;
  const extra = (rwf & fcntl.RWF_NOWAIT ? fcntl.O_NONBLOCK : 0) | (rwf & fcntl.RWF_APPEND ? fcntl.O_APPEND : 0);
  const forThisCall = { ...file, flags: file.flags | extra };
  const answer = move(task, forThisCall, segments, position);
  file.offset = forThisCall.offset;
  return answer;
}

function preadv2(
  task: Task,
  fd: number,
  address: number,
  count: number,
  position: number,
  _: number,
  rwf: number,
): number {
  return flaggedCall(task, fd, address, count, readFile, position, rwf);
}

function pwritev2(
  task: Task,
  fd: number,
  address: number,
  count: number,
  position: number,
  _: number,
  rwf: number,
): number {
  return flaggedCall(task, fd, address, count, writeFile, position, rwf);
}

function lseek(task: Task, descriptor: number, distance: number, whence: number): number {
  const file = fileOf(task, descriptor);
  if (isError(file)) return file;
  if (!operationsOf(file).seekable) return -ESPIPE;
  const target = seekTarget(task, file, distance, whence);
  if (target < 0) return target;
  file.offset = target;
  // Reading a directory from its start looks at it anew (rewinddir(3)).
  if (target === 0) file.entries = undefined;
  return target;
}

function seekTarget(task: Task, file: OpenFile, distance: number, whence: number): number {
  const inode = inodeOf(task, file);
  const end = file.contents?.length ?? inode.size;
  const target = (base: number): number => (base + distance < 0 ? -EINVAL : base + distance);
  switch (whence) {
    case fcntl.SEEK_SET:
      return target(0);
    case fcntl.SEEK_CUR:
      return target(file.offset);
    case fcntl.SEEK_END:
      return target(end);
    // Behind its end every file has a hole (lseek(2)).
    case fcntl.SEEK_DATA:
      if (distance < 0 || distance >= end) return -ENXIO;
      return file.type === 'regular' ? (seekFile(task.kernel, inode, distance, 'data') ?? -ENXIO) : distance;
    case fcntl.SEEK_HOLE:
      if (distance < 0 || distance >= end) return -ENXIO;
      return file.type === 'regular' ? (seekFile(task.kernel, inode, distance, 'hole') ?? end) : end;
    default:
      return -EINVAL;
  }
}

/** Only what lies on a file system can be brought there (fsync(2)). */
function fsync(task: Task, descriptor: number): number {
  const file = fileOf(task, descriptor);
  if (isError(file)) return file;
  return file.type === 'regular' || file.type === 'directory' ? 0 : -EINVAL;
}

function syncfs(task: Task, descriptor: number): number {
  const file = fileOf(task, descriptor);
  return isError(file) ? file : 0;
}

function syncFileRange(task: Task, descriptor: number, start: number, length: number, syncFlags: number): number {
  const file = fileOf(task, descriptor);
  if (isError(file)) return file;
  if (syncFlags & ~7 || start < 0 || length < 0) return -EINVAL;
  return file.type === 'regular' || file.type === 'directory' ? 0 : -ESPIPE;
}

function readahead(task: Task, descriptor: number): number {
  const file = fileOf(task, descriptor);
  if (isError(file)) return file;
  if (!isReadable(file)) return -EBADF;
  return file.type === 'regular' ? 0 : -EINVAL;
}

function fadvise64(task: Task, descriptor: number, _start: number, length: number, advice: number): number {
  const file = fileOf(task, descriptor);
  if (isError(file)) return file;
  if (file.type === 'pipe' || file.type === 'stream') return -ESPIPE;
  return length < 0 || advice < 0 || advice > fcntl.POSIX_FADV_NOREUSE ? -EINVAL : 0;
}

function truncate(task: Task, name: string, length: number): number {
  if (length < 0) return -EINVAL;
  const inode = find(task, workingDirectory(task), name);
  if (isError(inode)) return inode;
  if (isDirectory(inode)) return -EISDIR;
  if (!isRegular(inode)) return -EINVAL;
  if (!mayAccess(task, inode, fcntl.W_OK)) return -EACCES;
  if (isReadOnly(task.linux, inode)) return -EROFS;
  return (
    checkLength(task, length) || breakLeases(task, inode, true, true) || truncateContents(task.linux, inode, length)
  );
}

function checkLength(task: Task, length: number): number {
  return roomFor(task, length) < 0 ? exceedSize(task) : 0;
}

function ftruncate(task: Task, descriptor: number, length: number): number {
  const file = fileOf(task, descriptor);
  if (isError(file)) return file;
  if (length < 0 || file.type !== 'regular' || !isWritable(file)) return -EINVAL;
  const inode = inodeOf(task, file);
  return checkLength(task, length) || refuseSize(inode, length) || truncateContents(task.linux, inode, length);
}

function fallocate(task: Task, descriptor: number, mode: number, start: number, length: number): number {
  const file = anyFileOf(task, descriptor);
  if (isError(file)) return file;
  if (!isWritable(file)) return -EBADF;
  if (start < 0 || length <= 0) return -EINVAL;
  if (file.type !== 'regular') return file.type === 'pipe' ? -ESPIPE : -ENODEV;
  if (start + length > MAXIMUM_SIZE) return -EFBIG;
  const inode = inodeOf(task, file);
  const keepsSize = (mode & fcntl.FALLOC_FL_KEEP_SIZE) !== 0;
  const kind = mode & ~fcntl.FALLOC_FL_KEEP_SIZE;
  // A hole never changes the size.
  if (kind === fcntl.FALLOC_FL_PUNCH_HOLE ? !keepsSize : kind !== 0 && kind !== fcntl.FALLOC_FL_ZERO_RANGE)
    return -EOPNOTSUPP;
  const refused =
    (kind === 0 ? 0 : refuseWriting(inode)) ||
    (keepsSize ? 0 : checkLength(task, start + length) || refuseSize(inode, Math.max(inode.size, start + length)));
  if (refused < 0) return refused;
  if (kind !== 0) {
    const cleared = clearContents(task.linux, inode, start, length);
    if (cleared < 0) return cleared;
  }
  if (!keepsSize && start + length > inode.size) {
    const grown = truncateContents(task.linux, inode, start + length);
    if (grown < 0) return grown;
  }
  const within = Math.min(length, inode.size - start);
  return kind === fcntl.FALLOC_FL_PUNCH_HOLE || within <= 0 ? 0 : reserveContents(task.linux, inode, start, within);
}
