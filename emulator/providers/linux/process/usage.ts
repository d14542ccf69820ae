/** What processes use, and how much there is. */

import { PAGE_SIZE } from '../../../base/pages.ts';
import type { Linux } from '../instance.ts';

/** Memory as sysinfo(2) and /proc/meminfo report it: the frames the kernel may use, and those still free. */
export function reportedMemory(linux: Linux): { total: number; free: number } {
  const total = linux.kernel.limits.frames * PAGE_SIZE;
  return { total, free: Math.max(0, total - linux.kernel.frames.count * PAGE_SIZE) };
}
