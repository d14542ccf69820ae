/** Signals that wait to be delivered: which of them a thread takes next. */

import { hasSignal, SIG_DFL, SIG_IGN, SIGCONT, type SignalSet, signalBit, defaultAction } from '../abi/signal.ts';
import type { LinuxThread, Task, ThreadGroup } from '../task.ts';
import type { SignalInfo } from './info.ts';

/** Signals with lower numbers are older standard signals: of those at most one waits; real-time signals queue up. */
const FIRST_REAL_TIME = 32;

/** Adds a signal to a pending list; false if one like it waits already. */
export function addPending(pending: SignalInfo[], info: SignalInfo): boolean {
  if (info.signal < FIRST_REAL_TIME && pending.some(({ signal }) => signal === info.signal)) return false;
  pending.push(info);
  return true;
}

export function pendingSet(pending: readonly SignalInfo[]): SignalSet {
  return pending.reduce((set, { signal }) => set | signalBit(signal), 0n);
}

/** Whether sending the signal to this group would do nothing at all. */
export function isIgnored(group: ThreadGroup, signal: number): boolean {
  const { handler } = group.actions[signal];
  return handler === SIG_IGN || (handler === SIG_DFL && signal !== SIGCONT && defaultAction(signal) === 'ignore');
}

/** Takes the next signal that is in `wanted`: the thread's own before the group's, lower numbers first (signal(7)). */
export function takePending(self: LinuxThread, group: ThreadGroup, wanted: SignalSet): SignalInfo | undefined {
  return takeFrom(self.pending, wanted) ?? takeFrom(group.pending, wanted);
}

function takeFrom(pending: SignalInfo[], wanted: SignalSet): SignalInfo | undefined {
  let best = -1;
  for (let i = 0; i < pending.length; i++)
    if (hasSignal(wanted, pending[i].signal) && (best < 0 || pending[i].signal < pending[best].signal)) best = i;
  return best < 0 ? undefined : pending.splice(best, 1)[0];
}

/** Whether something waits that the thread does not block. */
export function hasDeliverableSignal({ self, group }: Pick<Task, 'self' | 'group'>): boolean {
  if (self.pending.length === 0 && group.pending.length === 0) return false;
  return ((pendingSet(self.pending) | pendingSet(group.pending)) & ~self.blocked) !== 0n;
}
