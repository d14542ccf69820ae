/** From a page protection to what a page table entry allows. */

import { EXECUTE, READ, WRITE } from '../../memory/pageTable.ts';
import { PAGE_GUARD, isExecutable, isReadable, isWritable } from './protection.ts';

/** READ, WRITE and EXECUTE of the page table; none for guard pages, whose first touch must reach the kernel. */
export function rightsOf(protection: number): number {
  if (protection & PAGE_GUARD) return 0;
  return (
    (isReadable(protection) ? READ : 0) |
    (isWritable(protection) ? WRITE : 0) |
    (isExecutable(protection) ? EXECUTE : 0)
  );
}
