/** Looking into other processes: process_vm_readv(2), process_vm_writev(2), kcmp(2). */

import { copyFromUser, copyToUser } from '../../../kernel/mm/copy.ts';
import type { Process } from '../../../kernel/ps/process.ts';
import { EBADF, EFAULT, EINVAL, EOPNOTSUPP, EPERM, ESRCH } from '../abi/errno.ts';
import type { FlagNames } from '../abi/flagNames.ts';
import { TRANSFER_SIZE } from '../instance.ts';
import { mayTrace } from '../process/access.ts';
import { findByTid } from '../process/lookup.ts';
import { groupOf, type Task } from '../task.ts';
import { longAt, readView } from '../userMemory.ts';
import { choice, pid, pointer, size } from './arguments.ts';
import { call, partly, type Row } from './row.ts';

const vectors = [
  pid(),
  pointer('local_iov', 'const struct iovec *'),
  size('liovcnt'),
  pointer('remote_iov', 'const struct iovec *'),
  size('riovcnt'),
  size('flags'),
] as const;

const KCMP_NAMES: FlagNames = [
  [0, 'KCMP_FILE'],
  [1, 'KCMP_VM'],
  [2, 'KCMP_FILES'],
  [3, 'KCMP_FS'],
  [4, 'KCMP_SIGHAND'],
  [5, 'KCMP_IO'],
  [6, 'KCMP_SYSVSEM'],
];
const KCMP_FILE = 0;

export const otherProcessRows: readonly Row[] = [
  call(310, 'process_vm_readv', vectors, (task, ...rest) => transfer(task, false, ...rest)),
  call(311, 'process_vm_writev', vectors, (task, ...rest) => transfer(task, true, ...rest)),
  partly(
    call(312, 'kcmp', [pid('pid1'), pid('pid2'), choice('type', KCMP_NAMES), size('idx1'), size('idx2')], kcmp),
    'No KCMP_EPOLL_TFD.',
  ),
];

/** UIO_MAXIOV */
const MOST_SEGMENTS = 1024;

interface Segment {
  readonly base: number;
  readonly length: number;
}

function readSegments(task: Task, address: number, count: number): Segment[] | number {
  if (count > MOST_SEGMENTS) return -EINVAL;
  const view = readView(task, address, count * 16);
  if (!view) return -EFAULT;
  const segments = Array.from({ length: count }, (_, index) => ({
    base: longAt(view, index * 16),
    length: longAt(view, index * 16 + 8),
  }));
  return segments.some(({ length }) => length > Number.MAX_SAFE_INTEGER) ? -EINVAL : segments;
}

function transfer(
  task: Task,
  writes: boolean,
  wanted: number,
  localAddress: number,
  localCount: number,
  remoteAddress: number,
  remoteCount: number,
  transferFlags: number,
): number {
  if (transferFlags !== 0) return -EINVAL;
  const local = readSegments(task, localAddress, localCount);
  if (typeof local === 'number') return local;
  const remote = readSegments(task, remoteAddress, remoteCount);
  if (typeof remote === 'number') return remote;
  const other = findByTid(task.linux, wanted)?.process;
  if (!other) return -ESRCH;
  if (!mayTrace(task, groupOf(other))) return -EPERM;
  return writes ? move(task, task.process, local, other, remote) : move(task, other, remote, task.process, local);
}

/** Bytes moved until one side ends or cannot be touched; -EFAULT if that is at once. */
function move(task: Task, from: Process, sources: Segment[], to: Process, targets: Segment[]): number {
  const { kernel, linux } = task;
  const [source, target] = [new Cursor(sources), new Cursor(targets)];
  let done = 0;
  while (!source.atEnd && !target.atEnd) {
    const count = Math.min(source.left, target.left, TRANSFER_SIZE);
    const bytes = linux.transfer.subarray(0, count);
    const read = copyFromUser(kernel, from, source.address, bytes);
    const written = read === 0 ? 0 : copyToUser(kernel, to, target.address, bytes.subarray(0, read));
    done += written;
    if (written < count) return done || -EFAULT;
    source.advance(count);
    target.advance(count);
  }
  return done;
}

/** A place in a list of segments, empty ones skipped. */
class Cursor {
  readonly #segments: Segment[];
  #index = 0;
  #offset = 0;

  constructor(segments: Segment[]) {
    this.#segments = segments.filter(({ length }) => length > 0);
  }

  get atEnd(): boolean {
    return this.#index === this.#segments.length;
  }

  get left(): number {
    return this.#segments[this.#index].length - this.#offset;
  }

  get address(): number {
    return this.#segments[this.#index].base + this.#offset;
  }

  advance(count: number): void {
    this.#offset += count;
    if (this.left > 0) return;
    this.#index++;
    this.#offset = 0;
  }
}

/** 0 if both have the same, else 1 or 2 for an order that only sorting needs. */
function kcmp(task: Task, first: number, second: number, type: number, firstFd: number, secondFd: number): number {
  const one = findByTid(task.linux, first)?.process;
  const two = findByTid(task.linux, second)?.process;
  if (!one || !two) return -ESRCH;
  if (!mayTrace(task, groupOf(one)) || !mayTrace(task, groupOf(two))) return -EPERM;
  const order = (a: number, b: number): number => (a === b ? 0 : a < b ? 1 : 2);
  if (type !== KCMP_FILE) {
    if (type < 0) return -EINVAL;
    return type < KCMP_NAMES.length ? order(one.id, two.id) : type === KCMP_NAMES.length ? -EOPNOTSUPP : -EINVAL;
  }
  const files = [groupOf(one).descriptors[firstFd], groupOf(two).descriptors[secondFd]];
  return files[0] && files[1] ? order(files[0].file, files[1].file) : -EBADF;
}
