/**
 * Asynchronous input and output: io_setup(2) and its kin. As on Linux without O_DIRECT, what is submitted is done at once;
 * what remains is to fetch how it ended.
 */

import { createEvent, deleteEvent, pulseEvent } from '../../../kernel/ke/event.ts';
import { MEM_COMMIT, MEM_DOS_LIM, MEM_RELEASE, MEM_RESERVE, PAGE_READWRITE } from '../../../kernel/mm/protection.ts';
import { allocateVirtualMemory, freeVirtualMemory } from '../../../kernel/mm/virtualMemory.ts';
import { succeeded } from '../../../kernel/status.ts';
import { PAGE_SIZE } from '../../../base/pages.ts';
import { EAGAIN, EBADF, EFAULT, EINVAL, ENOMEM, isError } from '../abi/errno.ts';
import { fileOf, isReadable, isWritable, type OpenFile } from '../files/openFile.ts';
import { counterOperations } from '../files/eventCounter.ts';
import { operationsOf } from '../files/operations.ts';
import type { Segment } from '../files/segments.ts';
import { readFile, writeFile } from '../files/transfer.ts';
import type { AsyncContext, AsyncResult } from '../process/asyncContext.ts';
import type { Task } from '../task.ts';
import { isValidTime, toNanoseconds } from '../time.ts';
import {
  longAt,
  readLong,
  readTimespec,
  readView,
  setLongAt,
  signedLongAt,
  writeBytes,
  writeInt,
  writeLong,
} from '../userMemory.ts';
import { block, scratch } from '../wait.ts';
import { long, out, pointer, timespec, unsigned } from './arguments.ts';
import { segmentsOf } from './readWrite.ts';
import { call, partly, type Row } from './row.ts';

const context = pointer('ctx_id', 'aio_context_t');

export const asynchronousRows: readonly Row[] = [
  call(206, 'io_setup', [unsigned('nr_events'), pointer('ctx_idp', 'aio_context_t *')], ioSetup),
  call(207, 'io_destroy', [context], ioDestroy),
  call(
    208,
    'io_getevents',
    [context, long('min_nr'), long('nr'), out('events', 'struct io_event *'), timespec('timeout')],
    ioGetevents,
  ),
  partly(
    call(209, 'io_submit', [context, long('nr'), pointer('iocbpp', 'struct iocb **')], ioSubmit),
    'Done at once; files that may keep a reader waiting, and polling, are refused (EINVAL).',
  ),
  call(210, 'io_cancel', [context, pointer('iocb', 'struct iocb *'), out('result', 'struct io_event *')], ioCancel),
];

/** /proc/sys/fs/aio-max-nr, and what a size in bytes could still hold (fs/aio.c). */
const MOST_EVENTS = 65_536;
const ABSURD_EVENTS = 0x1000_0000 / 32;
const EVENT_SIZE = 32;
const IOCB_SIZE = 64;
const IOCB_FLAG_RESFD = 1;

/** A context is named by a page of the guest's, which C libraries look into before they call (struct aio_ring). */
function ioSetup(task: Task, events: number, address: number): number {
  const { kernel, process, group } = task;
  const before = readLong(task, address);
  if (before === undefined) return -EFAULT;
  if (before !== 0 || events === 0 || events > ABSURD_EVENTS) return -EINVAL;
  const taken = group.asyncContexts.reduce((sum, { most }) => sum + most, 0);
  if (taken + events > MOST_EVENTS) return -EAGAIN;
  const { status, base } = allocateVirtualMemory(kernel, process, {
    size: PAGE_SIZE,
    type: MEM_RESERVE | MEM_COMMIT | MEM_DOS_LIM,
    protection: PAGE_READWRITE,
    use: '/[aio] (deleted)',
  });
  if (!succeeded(status)) return -ENOMEM;
  if (!writeLong(task, address, base)) {
    freeVirtualMemory(kernel, process, base, PAGE_SIZE, MEM_RELEASE | MEM_DOS_LIM);
    return -EFAULT;
  }
  group.asyncContexts.push({ id: base, most: events, done: [], changed: createEvent(kernel, 'notification') });
  return 0;
}

function contextOf({ group }: Task, id: number): AsyncContext | undefined {
  return group.asyncContexts.find(each => each.id === id);
}

function ioDestroy(task: Task, id: number): number {
  const found = contextOf(task, id);
  if (!found) return -EINVAL;
  const { kernel, process, group } = task;
  group.asyncContexts = group.asyncContexts.filter(each => each !== found);
  freeVirtualMemory(kernel, process, id, PAGE_SIZE, MEM_RELEASE | MEM_DOS_LIM);
  // Whoever waits for events finds the context gone.
  pulseEvent(kernel, found.changed);
  deleteEvent(kernel, found.changed);
  return 0;
}

/** How many were taken; the error of the first if that is none. */
function ioSubmit(task: Task, id: number, count: number, list: number): number {
  if (count < 0) return -EINVAL;
  const found = contextOf(task, id);
  if (!found) return -EINVAL;
  let taken = 0;
  for (; taken < Math.min(count, found.most); taken++) {
    const address = readLong(task, list + taken * 8);
    const result = address === undefined ? -EFAULT : submitOne(task, found, address);
    if (result < 0) return taken || result;
  }
  return taken;
}

/** `struct iocb` (linux/aio_abi.h). */
function submitOne(task: Task, found: AsyncContext, address: number): number {
  const view = readView(task, address, IOCB_SIZE);
  if (!view) return -EFAULT;
  if (longAt(view, 48) !== 0 || signedLongAt(view, 32) < 0) return -EINVAL;
  if (found.done.length >= found.most) return -EAGAIN;
  const file = fileOf(task, view.getInt32(20, true));
  if (isError(file)) return -EBADF;
  const isTold = (view.getUint32(56, true) & IOCB_FLAG_RESFD) !== 0;
  const counter = isTold ? fileOf(task, view.getInt32(60, true)) : undefined;
  if (counter !== undefined && (isError(counter) || counter.type !== 'counter')) return -EINVAL;
  if (!writeInt(task, address + 8, 0)) return -EFAULT;
  const operation = OPERATIONS[view.getUint16(16, true)];
  const result = operation?.(task, file, view);
  if (result === undefined || 'refused' in result) return result?.refused ?? -EINVAL;
  finish(task, found, { data: view.getBigUint64(0, true), object: address, result: result.answer });
  if (counter) counterOperations.write(task, counter as OpenFile, ONE, 0);
  return 0;
}

/** What an event counter is written. */
const ONE = new Uint8Array(new BigUint64Array([1n]).buffer);

function finish({ kernel }: Task, found: AsyncContext, result: AsyncResult): void {
  found.done.push(result);
  pulseEvent(kernel, found.changed);
}

type Outcome = { readonly answer: number } | { readonly refused: number };
type Operation = (task: Task, file: OpenFile, view: DataView) => Outcome;

function moves(reads: boolean, isVector: boolean): Operation {
  return (task, file, view) => {
    if (!(reads ? isReadable(file) : isWritable(file))) return { refused: -EBADF };
    if (!operationsOf(file).seekable || file.type === 'directory') return { refused: -EINVAL };
    const [buffer, length] = [longAt(view, 24), longAt(view, 32)];
    const segments: readonly Segment[] | number = isVector
      ? segmentsOf(task, buffer, length)
      : [{ base: buffer, length }];
    if (typeof segments === 'number') return { refused: segments };
    return { answer: (reads ? readFile : writeFile)(task, file, segments, signedLongAt(view, 40)) };
  };
}

/** All that is written is where it belongs already. */
const sync: Operation = (_task, file) => (file.type === 'regular' ? { answer: 0 } : { refused: -EINVAL });

/** By IOCB_CMD_*. */
const OPERATIONS: Readonly<Record<number, Operation>> = {
  0: moves(true, false),
  1: moves(false, false),
  2: sync,
  3: sync,
  7: moves(true, true),
  8: moves(false, true),
};

function ioGetevents(task: Task, id: number, least: number, most: number, events: number, timeout: number): number {
  const found = contextOf(task, id);
  if (!found || least < 0 || most < least) return -EINVAL;
  const limit = timeout === 0 ? undefined : readTimespec(task, timeout);
  if (timeout !== 0 && !limit) return -EFAULT;
  if (limit && !isValidTime(limit)) return -EINVAL;
  const { time } = task.kernel.state;
  if (found.done.length < least) {
    const { due } = scratch(task, () => ({ due: limit ? time + toNanoseconds(limit) : -1 }));
    if (due < 0 || due > time) return block(task, [found.changed], 'asynchronous events', due);
  }
  let given = 0;
  for (const { data, object, result } of found.done.slice(0, most)) {
    const view = new DataView(new ArrayBuffer(EVENT_SIZE));
    view.setBigUint64(0, data, true);
    setLongAt(view, 8, object);
    setLongAt(view, 16, result);
    if (!writeBytes(task, events + given * EVENT_SIZE, new Uint8Array(view.buffer))) break;
    given++;
  }
  found.done.splice(0, given);
  return given === 0 && Math.min(most, found.done.length) > 0 ? -EFAULT : given;
}

/** Nothing is ever under way. */
function ioCancel(task: Task, _id: number, address: number): number {
  return readView(task, address, IOCB_SIZE) ? -EINVAL : -EFAULT;
}
