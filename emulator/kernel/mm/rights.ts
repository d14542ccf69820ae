/** From a page protection to what a page table entry allows. */

import { EXECUTE, READ, WRITE } from '../../memory/pageTable.ts';
import { isExecutable, isGuard, isReadable, isWritable } from './protectionMask.ts';
import type { ProtectionMask } from './protectionMask.ts';

/** READ, WRITE and EXECUTE of the page table; none for guard pages, whose first touch must reach the kernel. */
export function rightsOf(mask: ProtectionMask): number {
  if (isGuard(mask)) return 0;
  return (isReadable(mask) ? READ : 0) | (isWritable(mask) ? WRITE : 0) | (isExecutable(mask) ? EXECUTE : 0);
}
