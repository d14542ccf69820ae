/** Interest lists (epoll(7)). */

import { createEvent, deleteEvent, pulseEvent } from '../../../kernel/ke/event.ts';
import { EEXIST, EINVAL, ENOENT } from '../abi/errno.ts';
import { EPOLLET, EPOLLEXCLUSIVE, EPOLLONESHOT, POLLERR, POLLHUP, POLLIN, POLLRDNORM } from '../abi/poll.ts';
import { S_IFREG } from '../abi/stat.ts';
import { type Linux, stateOf, takeId } from '../instance.ts';
import type { Task } from '../task.ts';
import { createInode } from './inode.ts';
import { createFile, getFile, type OpenFile } from './openFile.ts';
import type { FileOperations } from './operations.ts';

export interface EpollItem {
  fd: number;
  file: number;
  events: number;
  /** `epoll_data`, given back as it came. */
  data: { low: number; high: number };
  /** EPOLLONESHOT has fired. */
  disabled: boolean;
  /** For EPOLLET: what was last reported, and at which serial of the file. */
  reported: number;
  serial: number;
}

export interface EpollSet {
  id: number;
  items: EpollItem[];
  /** Pulsed when somebody else changes the list while it is waited for. */
  changed: number;
  serial: number;
}

/** Looks up what serves a file; handed in because an interest list is itself a file. */
type OperationsOf = (file: OpenFile) => FileOperations;

export interface EpollReport {
  readonly events: number;
  readonly data: { readonly low: number; readonly high: number };
}

export function createEpollFile(task: Task, flags: number): OpenFile {
  const { linux } = task;
  const set: EpollSet = {
    id: takeId(linux),
    items: [],
    changed: createEvent(linux.kernel, 'notification'),
    serial: 0,
  };
  stateOf(linux).epolls.set(set.id, set);
  const inode = createInode(linux, stateOf(linux).anonymous, S_IFREG | 0o600, 0, 0);
  return createFile(linux, { type: 'epoll', inode, flags: 2 | flags, path: 'anon_inode:[eventpoll]', object: set.id });
}

function setOf(linux: Linux, file: OpenFile): EpollSet {
  return stateOf(linux).epolls.get(file.object) as EpollSet;
}

function announce(linux: Linux, epoll: OpenFile): void {
  const set = setOf(linux, epoll);
  set.serial++;
  pulseEvent(linux.kernel, set.changed);
}

/** Interest lists inside interest lists go this deep (epoll_ctl(2), ELOOP). */
const DEEPEST = 5;

/** How many lists are inside a list, one in the other; Infinity if `within` is among them. */
function depthOf(linux: Linux, file: OpenFile, within: number): number {
  if (file.id === within) return Number.POSITIVE_INFINITY;
  if (file.type !== 'epoll') return 0;
  return 1 + Math.max(0, ...setOf(linux, file).items.map(item => depthOf(linux, getFile(linux, item.file), within)));
}

/** Whether `file` may become part of the list `epoll`: lists may not go round in circles. */
export function mayNest(linux: Linux, epoll: OpenFile, file: OpenFile): boolean {
  return file.type !== 'epoll' || depthOf(linux, file, epoll.id) < DEEPEST;
}

export function addInterest(
  linux: Linux,
  epoll: OpenFile,
  fd: number,
  file: OpenFile,
  events: number,
  data: EpollItem['data'],
): number {
  const { items } = setOf(linux, epoll);
  if (items.some(item => item.fd === fd && item.file === file.id)) return -EEXIST;
  announce(linux, epoll);
  items.push({ fd, file: file.id, events, data, disabled: false, reported: 0, serial: -1 });
  return 0;
}

export function changeInterest(
  linux: Linux,
  epoll: OpenFile,
  fd: number,
  file: OpenFile,
  events: number,
  data: EpollItem['data'],
): number {
  const item = setOf(linux, epoll).items.find(({ fd: known, file: id }) => known === fd && id === file.id);
  if (!item) return -ENOENT;
  if ((item.events | events) & EPOLLEXCLUSIVE) return -EINVAL;
  announce(linux, epoll);
  Object.assign(item, { events, data, disabled: false, reported: 0, serial: -1 });
  return 0;
}

export function removeInterest(linux: Linux, epoll: OpenFile, fd: number, file: OpenFile): number {
  const set = setOf(linux, epoll);
  const index = set.items.findIndex(item => item.fd === fd && item.file === file.id);
  if (index < 0) return -ENOENT;
  set.items.splice(index, 1);
  return 0;
}

/** A closed file leaves every interest list. */
export function dropFromEpolls(linux: Linux, file: number): void {
  for (const set of stateOf(linux).epolls.values())
    if (set.items.some(item => item.file === file)) set.items = set.items.filter(item => item.file !== file);
}

function readyEvents(linux: Linux, item: EpollItem, operationsOf: OperationsOf): number {
  if (item.disabled) return 0;
  const file = getFile(linux, item.file);
  const operations = operationsOf(file);
  const ready = operations.poll(linux, file) & (item.events | POLLERR | POLLHUP);
  if ((item.events & EPOLLET) === 0 || ready === 0) return ready;
  const serial = operations.serial?.(linux, file) ?? 0;
  return serial === item.serial && (ready & ~item.reported) === 0 ? 0 : ready;
}

/** What is ready, at most `most`; whoever was reported goes to the end, so that all get their turn. */
export function collectReady(linux: Linux, epoll: OpenFile, most: number, operationsOf: OperationsOf): EpollReport[] {
  const set = setOf(linux, epoll);
  const reports: EpollReport[] = [];
  const reported: EpollItem[] = [];
  for (const item of set.items) {
    if (reports.length === most) break;
    const events = readyEvents(linux, item, operationsOf);
    if (events === 0) continue;
    const file = getFile(linux, item.file);
    item.reported = events;
    item.serial = operationsOf(file).serial?.(linux, file) ?? 0;
    if (item.events & EPOLLONESHOT) item.disabled = true;
    reports.push({ events, data: item.data });
    reported.push(item);
  }
  if (reports.length === most) set.items = [...set.items.filter(item => !reported.includes(item)), ...reported];
  return reports;
}

export function pollEpoll(linux: Linux, file: OpenFile, operationsOf: OperationsOf): number {
  return setOf(linux, file).items.some(item => readyEvents(linux, item, operationsOf) !== 0) ? POLLIN | POLLRDNORM : 0;
}

export function epollEvents(linux: Linux, file: OpenFile, operationsOf: OperationsOf): readonly number[] {
  const { items, changed } = setOf(linux, file);
  const watched = items.flatMap(item => {
    const inner = getFile(linux, item.file);
    return [...operationsOf(inner).events(linux, inner)];
  });
  return [changed, ...watched];
}

/** Changes whenever one of the files does. */
export function epollSerial(linux: Linux, file: OpenFile, operationsOf: OperationsOf): number {
  const { items, serial } = setOf(linux, file);
  return items.reduce((sum, item) => {
    const inner = getFile(linux, item.file);
    return sum + (operationsOf(inner).serial?.(linux, inner) ?? 0);
  }, serial);
}

export function releaseEpoll(linux: Linux, file: OpenFile): void {
  deleteEvent(linux.kernel, setOf(linux, file).changed);
  stateOf(linux).epolls.delete(file.object);
}
