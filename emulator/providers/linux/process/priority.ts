/**
 * Scheduling policies and nice values (sched(7)) as priorities of the kernel: what shares the processor fairly is between
 * 1 and 15 with nice 0 at 8, real-time policies are above.
 */

import { HIGH_PRIORITY, LOW_REALTIME_PRIORITY, NORMAL_PRIORITY, setBasePriority } from '../../../kernel/ke/priority.ts';
import type { Kernel } from '../../../kernel/kernel.ts';
import type { Thread } from '../../../kernel/ps/thread.ts';
import { isRealTime, MAX_RT_PRIORITY, SCHED_IDLE } from '../abi/scheduling.ts';
import { linuxThreadOf } from '../task.ts';

export interface Scheduling {
  policy: number;
  /** 1 to 99 with a real-time policy, else 0. */
  priority: number;
  /** -20 to 19. */
  nice: number;
  /** Children begin with the default (SCHED_RESET_ON_FORK). */
  resetOnFork: boolean;
}

export function defaultScheduling(): Scheduling {
  return { policy: 0, priority: 0, nice: 0, resetOnFork: false };
}

/** What a child begins with (sched(7), "The reset-on-fork flag"). */
export function inheritScheduling(parent: Scheduling): Scheduling {
  if (!parent.resetOnFork) return { ...parent };
  return { ...defaultScheduling(), nice: isRealTime(parent.policy) ? 0 : Math.max(0, parent.nice) };
}

function kernelPriority({ policy, priority, nice }: Scheduling): number {
  if (policy === SCHED_IDLE) return 1;
  const levels = HIGH_PRIORITY - LOW_REALTIME_PRIORITY;
  if (isRealTime(policy)) return LOW_REALTIME_PRIORITY + Math.floor(((priority - 1) * levels) / (MAX_RT_PRIORITY - 1));
  const most = LOW_REALTIME_PRIORITY - 1 - NORMAL_PRIORITY;
  return NORMAL_PRIORITY - (nice < 0 ? Math.floor((nice * most) / 20) : Math.ceil((nice * most) / 20));
}

/** Tells the kernel what the thread's scheduling means. */
export function applyScheduling(kernel: Kernel, thread: Thread): void {
  const wanted = kernelPriority(linuxThreadOf(thread).scheduling);
  if (thread.basePriority !== wanted) setBasePriority(kernel, thread, wanted);
}
