/** Clocks of the guest by number (clock_gettime(2)): those that everybody has, and the processor time of processes. */

import * as abi from '../abi/time.ts';
import type { Timespec } from '../abi/stat.ts';
import type { Process } from '../../../kernel/ps/process.ts';
import type { Thread } from '../../../kernel/ps/thread.ts';
import type { Task } from '../task.ts';
import { now, realtimeToVirtual, toNanoseconds, toTimespec } from '../time.ts';
import { usedBy } from './processorTime.ts';
import { findByTid, findGroup } from './lookup.ts';

/** What a clock says, or undefined if there is no such clock. */
export function readClock(task: Task, clockId: number): Timespec | undefined {
  switch (clockId) {
    case abi.CLOCK_REALTIME:
    case abi.CLOCK_REALTIME_COARSE:
    case abi.CLOCK_REALTIME_ALARM:
    case abi.CLOCK_TAI:
      return now(task.kernel);
    case abi.CLOCK_MONOTONIC:
    case abi.CLOCK_MONOTONIC_RAW:
    case abi.CLOCK_MONOTONIC_COARSE:
    case abi.CLOCK_BOOTTIME:
    case abi.CLOCK_BOOTTIME_ALARM:
      return toTimespec(task.kernel.state.time);
    default: {
      const used = processorTime(task, clockId);
      return used === undefined ? undefined : toTimespec(used);
    }
  }
}

/** Bits of the clocks of other processes: a pid's complement shifted by three, the thread's flag, what is counted. */
const PER_THREAD = 4;
const COUNTED = 3;
const COUNTS_USER = 1;

/** Clock of the user time of the process itself, as setitimer(2) counts for ITIMER_VIRTUAL. */
export const USER_TIME_CLOCK = (~0 << 3) | COUNTS_USER;

/** Nanoseconds of processor time if this is such a clock. */
export function processorTime(task: Task, clockId: number): number | undefined {
  if (clockId === abi.CLOCK_PROCESS_CPUTIME_ID) return wholeTime(task.process);
  if (clockId === abi.CLOCK_THREAD_CPUTIME_ID) return wholeTime(task.thread);
  if (clockId >= 0 || (clockId & COUNTED) === COUNTED) return undefined;
  const id = ~(clockId >> 3);
  const counted =
    clockId & PER_THREAD
      ? id === 0
        ? task.thread
        : findByTid(task.linux, id)?.thread
      : id === 0
        ? task.process
        : findGroup(task.linux, id)?.process;
  if (!counted) return undefined;
  return (clockId & COUNTED) === COUNTS_USER ? usedBy(counted).user : wholeTime(counted);
}

function wholeTime(counted: Process | Thread): number {
  const { user, system } = usedBy(counted);
  return user + system;
}

/** Virtual time of a moment of a clock that is not one of processor time. */
export function absoluteDue(task: Task, clockId: number, wanted: Timespec): number {
  const isRealtime = [abi.CLOCK_REALTIME, abi.CLOCK_REALTIME_ALARM, abi.CLOCK_TAI].includes(clockId);
  return isRealtime ? realtimeToVirtual(task.kernel, wanted) : toNanoseconds(wanted);
}
