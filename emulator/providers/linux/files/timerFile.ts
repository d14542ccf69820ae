/** Timers as files (timerfd_create(2)): reading waits until they expire. */

import { cancelTimer, createTimer, deleteTimer, setTimer } from '../../../kernel/ke/timer.ts';
import { EAGAIN, EINVAL } from '../abi/errno.ts';
import { POLLIN, POLLRDNORM } from '../abi/poll.ts';
import { S_IFREG } from '../abi/stat.ts';
import { type Linux, stateOf, takeId } from '../instance.ts';
import type { Task } from '../task.ts';
import { setLongAt } from '../userMemory.ts';
import { createInode } from './inode.ts';
import { createFile, type OpenFile } from './openFile.ts';
import type { FileOperations } from './operations.ts';

export interface TimerFile {
  id: number;
  clock: number;
  /** Kernel timer, signaled while there is an expiration to read. */
  timer: number;
  /** Virtual time of the next expiration that has not been read; ns between expirations, 0 for one. */
  due: number;
  interval: number;
}

export function createTimerFile(task: Task, clock: number, flags: number): OpenFile {
  const { linux } = task;
  const timer: TimerFile = { id: takeId(linux), clock, timer: createTimer(linux.kernel), due: 0, interval: 0 };
  stateOf(linux).timerFiles.set(timer.id, timer);
  const inode = createInode(linux, stateOf(linux).anonymous, S_IFREG | 0o600, 0, 0);
  return createFile(linux, { type: 'timer', inode, flags: 2 | flags, path: 'anon_inode:[timerfd]', object: timer.id });
}

export function timerOf(linux: Linux, file: OpenFile): TimerFile {
  return stateOf(linux).timerFiles.get(file.object) as TimerFile;
}

/** Arms the timer for virtual time `due`, or disarms it with a due of 0. */
export function armTimerFile(linux: Linux, timer: TimerFile, due: number, interval: number): void {
  // Setting a timer is what takes its signal back.
  setTimer(linux.kernel, timer.timer, { due, period: interval });
  if (due === 0) cancelTimer(linux.kernel, timer.timer);
  Object.assign(timer, { due, interval });
}

/** How often it has expired since it was last read. */
function expirations(linux: Linux, { due, interval }: TimerFile): number {
  const late = linux.kernel.state.time - due;
  if (due === 0 || late < 0) return 0;
  return interval === 0 ? 1 : 1 + Math.floor(late / interval);
}

function read(task: Task, file: OpenFile, into: Uint8Array): number {
  const { linux } = task;
  const timer = timerOf(linux, file);
  if (into.length < 8) return -EINVAL;
  const count = expirations(linux, timer);
  if (count === 0) return -EAGAIN;
  armTimerFile(linux, timer, timer.interval === 0 ? 0 : timer.due + count * timer.interval, timer.interval);
  setLongAt(new DataView(into.buffer, into.byteOffset), 0, count);
  return 8;
}

export const timerOperations: FileOperations = {
  seekable: false,
  read,
  write: () => -EINVAL,
  poll: (linux, file) => (expirations(linux, timerOf(linux, file)) > 0 ? POLLIN | POLLRDNORM : 0),
  events: (linux, file) => [timerOf(linux, file).timer],
  serial: (linux, file) => expirations(linux, timerOf(linux, file)),
  release(linux, file) {
    const timer = timerOf(linux, file);
    deleteTimer(linux.kernel, timer.timer);
    stateOf(linux).timerFiles.delete(timer.id);
  },
};
