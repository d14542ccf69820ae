/** From PROT_* to the kernel's page protections. */

import {
  PAGE_EXECUTE,
  PAGE_EXECUTE_READ,
  PAGE_EXECUTE_READWRITE,
  PAGE_EXECUTE_WRITECOPY,
  PAGE_NOACCESS,
  PAGE_READONLY,
  PAGE_READWRITE,
  PAGE_WRITECOPY,
} from '../../../kernel/mm/protection.ts';
import { PROT_EXEC, PROT_READ, PROT_WRITE } from '../abi/mman.ts';

/** `privateView`: writes to the pages make copies. On x86-64 what can be written can be read (mmap(2)). */
export function pageProtection(protection: number, privateView: boolean): number {
  if (protection & PROT_WRITE) {
    if (protection & PROT_EXEC) return privateView ? PAGE_EXECUTE_WRITECOPY : PAGE_EXECUTE_READWRITE;
    return privateView ? PAGE_WRITECOPY : PAGE_READWRITE;
  }
  if (protection & PROT_EXEC) return protection & PROT_READ ? PAGE_EXECUTE_READ : PAGE_EXECUTE;
  return protection & PROT_READ ? PAGE_READONLY : PAGE_NOACCESS;
}
