/**
 * Watching files (inotify(7)): whoever changes or uses one tells here, and watchers of it or of its directory find an
 * event in their queues. While nobody watches, telling costs a look at an empty map.
 */

import { createEvent, deleteEvent, pulseEvent } from '../../../kernel/ke/event.ts';
import { findVolumeFile } from '../../../kernel/io/volume/file.ts';
import { EAGAIN, EFAULT, EINVAL } from '../abi/errno.ts';
import * as abi from '../abi/inotify.ts';
import { FIONREAD } from '../abi/ioctl.ts';
import { POLLIN, POLLRDNORM } from '../abi/poll.ts';
import { S_IFREG } from '../abi/stat.ts';
import { type Linux, stateOf, takeId } from '../instance.ts';
import type { Task } from '../task.ts';
import { encodeText, writeInt } from '../userMemory.ts';
import { createInode, type Inode, isDirectory } from './inode.ts';
import { createFile, type OpenFile } from './openFile.ts';
import { tellOwners } from './owners.ts';
import type { FileOperations } from './operations.ts';

export interface Watch {
  wd: number;
  inode: number;
  /** IN_* */
  mask: number;
}

interface WatchEvent {
  wd: number;
  mask: number;
  /** Links the two halves of a rename. */
  cookie: number;
  name: string;
}

export interface Watcher {
  id: number;
  watches: Watch[];
  nextWd: number;
  queue: WatchEvent[];
  /** Pulsed when there is more to read. */
  changed: number;
  serial: number;
}

export function createWatcherFile(task: Task, flags: number): OpenFile {
  const { linux } = task;
  const watcher: Watcher = {
    id: takeId(linux),
    watches: [],
    nextWd: 1,
    queue: [],
    changed: createEvent(linux.kernel, 'notification'),
    serial: 0,
  };
  stateOf(linux).watchers.set(watcher.id, watcher);
  const inode = createInode(linux, stateOf(linux).anonymous, S_IFREG | 0o600, 0, 0);
  return createFile(linux, { type: 'watcher', inode, flags, path: 'anon_inode:inotify', object: watcher.id });
}

export function watcherOf(linux: Linux, file: OpenFile): Watcher {
  return stateOf(linux).watchers.get(file.object) as Watcher;
}

/** Something happened to a file: told to who watches it, and under its names to who watches their directories. */
export function tell(linux: Linux, inode: Inode, event: number): void {
  const { watchers } = stateOf(linux);
  if (watchers.size === 0) return;
  const mask = event | (isDirectory(inode) ? abi.IN_ISDIR : 0);
  for (const watcher of watchers.values())
    for (const watch of watcher.watches) {
      if ((watch.mask & event) === 0) continue;
      if (watch.inode === inode.id) add(linux, watcher, watch, { wd: watch.wd, mask, cookie: 0, name: '' });
      else
        for (const name of namesIn(linux, watch.inode, inode.id))
          add(linux, watcher, watch, { wd: watch.wd, mask, cookie: 0, name });
    }
}

function* namesIn(linux: Linux, directory: number, file: number): Iterable<string> {
  for (const alike of findVolumeFile(linux.kernel, directory)?.entries?.values() ?? [])
    for (const entry of alike) if (entry.file === file) yield entry.name;
}

/** A name came or went in a directory, for which the directory alone is watched. */
export function tellEntry(linux: Linux, directory: Inode, name: string, inode: Inode, event: number, cookie = 0): void {
  for (const watcher of stateOf(linux).watchers.values())
    for (const watch of watcher.watches)
      if (watch.inode === directory.id && watch.mask & event)
        add(linux, watcher, watch, {
          wd: watch.wd,
          mask: event | (isDirectory(inode) ? abi.IN_ISDIR : 0),
          cookie,
          name,
        });
}

/** Only who watches the file itself hears of it; without IN_ISDIR, as Linux has it of IN_MOVE_SELF and IN_DELETE_SELF. */
export function tellSelf(linux: Linux, inode: number, event: number): void {
  for (const watcher of stateOf(linux).watchers.values())
    for (const watch of watcher.watches)
      if (watch.inode === inode && watch.mask & event)
        add(linux, watcher, watch, { wd: watch.wd, mask: event, cookie: 0, name: '' });
}

/** Both halves of a rename, which share a cookie; then whoever watches the file itself. */
export function tellMove(
  linux: Linux,
  inode: Inode,
  from: { directory: Inode; name: string },
  to: { directory: Inode; name: string },
): void {
  if (stateOf(linux).watchers.size === 0) return;
  const cookie = takeId(linux);
  tellEntry(linux, from.directory, from.name, inode, abi.IN_MOVED_FROM, cookie);
  tellEntry(linux, to.directory, to.name, inode, abi.IN_MOVED_TO, cookie);
}

/** A file that has neither names nor openers is gone; its watches go with it. */
export function tellIfGone(linux: Linux, { id, links, opens }: Inode): void {
  if (links > 0 || opens > 0) return;
  tellSelf(linux, id, abi.IN_DELETE_SELF);
  for (const watcher of stateOf(linux).watchers.values()) {
    const watch = watcher.watches.find(({ inode }) => inode === id);
    if (watch) removeWatch(linux, watcher, watch);
  }
}

/** Takes a watch away; IN_IGNORED says so. */
export function removeWatch(linux: Linux, watcher: Watcher, watch: Watch): void {
  watcher.watches = watcher.watches.filter(other => other !== watch);
  enqueue(linux, watcher, { wd: watch.wd, mask: abi.IN_IGNORED, cookie: 0, name: '' });
}

function add(linux: Linux, watcher: Watcher, watch: Watch, event: WatchEvent): void {
  enqueue(linux, watcher, event);
  if (watch.mask & abi.IN_ONESHOT) removeWatch(linux, watcher, watch);
}

/** The same event twice in a row is one; too many are one that says so. */
function enqueue(linux: Linux, watcher: Watcher, event: WatchEvent): void {
  const { queue } = watcher;
  const last = queue.at(-1);
  const isRepeated =
    event.mask !== abi.IN_IGNORED && last?.wd === event.wd && last.mask === event.mask && last.name === event.name;
  if (isRepeated || last?.mask === abi.IN_Q_OVERFLOW) return;
  const isFull = queue.length >= abi.MAX_QUEUED_EVENTS;
  queue.push(isFull ? { wd: -1, mask: abi.IN_Q_OVERFLOW, cookie: 0, name: '' } : event);
  watcher.serial++;
  pulseEvent(linux.kernel, watcher.changed);
  tellOwners(linux, 'watcher', watcher.id, 'in');
}

/** Names are padded with zeros to whole events; no name takes no room. */
function encode({ wd, mask, cookie, name }: WatchEvent): Uint8Array {
  const text = encodeText(name);
  const room = text.length === 0 ? 0 : Math.ceil((text.length + 1) / abi.INOTIFY_EVENT_SIZE) * abi.INOTIFY_EVENT_SIZE;
  const bytes = new Uint8Array(abi.INOTIFY_EVENT_SIZE + room);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, wd, true);
  view.setUint32(4, mask >>> 0, true);
  view.setUint32(8, cookie, true);
  view.setUint32(12, room, true);
  bytes.set(text, abi.INOTIFY_EVENT_SIZE);
  return bytes;
}

function read({ linux }: Task, file: OpenFile, into: Uint8Array): number {
  const watcher = watcherOf(linux, file);
  let filled = 0;
  let taken = 0;
  for (const event of watcher.queue) {
    const bytes = encode(event);
    if (filled + bytes.length > into.length) break;
    into.set(bytes, filled);
    filled += bytes.length;
    taken++;
  }
  if (taken === 0) return watcher.queue.length === 0 ? -EAGAIN : -EINVAL;
  watcher.queue = watcher.queue.slice(taken);
  return filled;
}

export const watcherOperations: FileOperations = {
  seekable: false,
  read,
  write: () => -EINVAL,
  poll: (linux, file) => (watcherOf(linux, file).queue.length > 0 ? POLLIN | POLLRDNORM : 0),
  events: (linux, file) => [watcherOf(linux, file).changed],
  serial: (linux, file) => watcherOf(linux, file).serial,
  ioctl(task, file, request, argument) {
    if (request !== FIONREAD) return undefined;
    const bytes = watcherOf(task.linux, file).queue.reduce((sum, event) => sum + encode(event).length, 0);
    return writeInt(task, argument, bytes) ? 0 : -EFAULT;
  },
  release(linux, file) {
    deleteEvent(linux.kernel, watcherOf(linux, file).changed);
    stateOf(linux).watchers.delete(file.object);
  },
};
