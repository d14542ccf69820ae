/** `struct sigevent` (sigevent(7)): how somebody wants to hear that something has happened. */

import type { Process } from '../../../kernel/ps/process.ts';
import type { Linux } from '../instance.ts';
import { findByTid } from '../process/lookup.ts';
import type { Task } from '../task.ts';
import { readView } from '../userMemory.ts';
import { queuedSignal, type SignalInfo } from './info.ts';
import { signalProcess, signalThread } from './send.ts';

export const SIGEV_SIGNAL = 0;
export const SIGEV_NONE = 1;
export const SIGEV_THREAD = 2;
export const SIGEV_THREAD_ID = 4;

export interface SignalEvent {
  kind: number;
  signal: number;
  value: SignalInfo['value'];
  /** Thread that gets the signal with SIGEV_THREAD_ID. */
  tid: number;
}

export function readSignalEvent(task: Task, address: number): SignalEvent | undefined {
  const view = readView(task, address, 20);
  return (
    view && {
      value: { low: view.getInt32(0, true), high: view.getInt32(4, true) },
      signal: view.getInt32(8, true),
      kind: view.getInt32(12, true),
      tid: view.getInt32(16, true),
    }
  );
}

/** Tells `process`, or the thread of it that the event names. */
export function notify(linux: Linux, process: Process, event: SignalEvent, info: SignalInfo): void {
  if (event.kind === SIGEV_NONE) return;
  const thread = event.kind & SIGEV_THREAD_ID ? findByTid(linux, event.tid)?.thread : undefined;
  if (thread?.process === process.id) signalThread(linux, thread, info);
  else signalProcess(linux, process, info);
}

export function eventSignal(event: SignalEvent, code: number, first: number, second: number): SignalInfo {
  return queuedSignal(event.signal, code, first, second, event.value);
}
