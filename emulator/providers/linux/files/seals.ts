/** Seals of files in memory: what may never be done to them again (fcntl(2), memfd_create(2)). */

import { EBUSY, EINVAL, EPERM } from '../abi/errno.ts';
import {
  F_SEAL_FUTURE_WRITE,
  F_SEAL_GROW,
  F_SEAL_SEAL,
  F_SEAL_SHRINK,
  F_SEAL_WRITE,
  KNOWN_SEALS,
} from '../abi/fcntl.ts';
import type { Task } from '../task.ts';
import type { Inode } from './inode.ts';

/** F_SEAL_*; undefined for files that cannot be sealed. */
export function sealsOf(inode: Inode): number | undefined {
  return inode.attributes.seals;
}

/** F_ADD_SEALS: 0 or a negative error. */
export function addSeals(task: Task, inode: Inode, seals: number): number {
  const before = sealsOf(inode);
  if (before === undefined || seals & ~KNOWN_SEALS) return -EINVAL;
  if (before & F_SEAL_SEAL) return -EPERM;
  if (seals & F_SEAL_WRITE && isMappedForWriting(task, inode)) return -EBUSY;
  inode.attributes.seals = before | seals;
  return 0;
}

/** Whether some process has a shared mapping of the file, through which it could still be changed. */
function isMappedForWriting(task: Task, { section }: Inode): boolean {
  if (section === 0) return false;
  for (const { vads } of task.kernel.state.processes.values())
    for (const vad of vads) if (vad.section === section && vad.shared) return true;
  return false;
}

/** 0, or -EPERM if a seal forbids contents to change. */
export function refuseWriting({ attributes: { seals = 0 } }: Inode): number {
  return seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE) ? -EPERM : 0;
}

/** 0, or -EPERM if a seal forbids the file to have another size. */
export function refuseSize({ size, attributes: { seals = 0 } }: Inode, wanted: number): number {
  const seal = wanted > size ? F_SEAL_GROW : wanted < size ? F_SEAL_SHRINK : 0;
  return seals & seal ? -EPERM : 0;
}
