/** Scheduling: linux/sched.h, linux/sched/types.h, sys/resource.h. */

import type { FlagNames } from './flagNames.ts';

export const SCHED_OTHER = 0;
export const SCHED_FIFO = 1;
export const SCHED_RR = 2;
export const SCHED_BATCH = 3;
export const SCHED_IDLE = 5;
export const SCHED_DEADLINE = 6;
export const SCHED_POLICIES: FlagNames = [
  [SCHED_OTHER, 'SCHED_OTHER'],
  [SCHED_FIFO, 'SCHED_FIFO'],
  [SCHED_RR, 'SCHED_RR'],
  [SCHED_BATCH, 'SCHED_BATCH'],
  [SCHED_IDLE, 'SCHED_IDLE'],
  [SCHED_DEADLINE, 'SCHED_DEADLINE'],
];
/** Beside a policy. */
export const SCHED_RESET_ON_FORK = 0x4000_0000;
export const SCHED_FLAG_RESET_ON_FORK = 1;
export const MAX_RT_PRIORITY = 99;
/** `struct sched_attr` without its later fields. */
export const SCHED_ATTR_SIZE = 48;

export function isRealTime(policy: number): boolean {
  return policy === SCHED_FIFO || policy === SCHED_RR;
}

export const PRIO_PROCESS = 0;
export const PRIO_PGRP = 1;
export const PRIO_USER = 2;
export const PRIO_NAMES: FlagNames = [
  [PRIO_PROCESS, 'PRIO_PROCESS'],
  [PRIO_PGRP, 'PRIO_PGRP'],
  [PRIO_USER, 'PRIO_USER'],
];
