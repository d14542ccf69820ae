/** Memory of another process as a tracer has it (ptrace(2), proc_pid_mem(5)): protections do not hold writes back. */

import { PAGE_SIZE, pageOf } from '../../../base/pages.ts';
import type { Kernel } from '../../../kernel/kernel.ts';
import { copyToUser } from '../../../kernel/mm/copy.ts';
import { PAGE_EXECUTE_READWRITE, PAGE_EXECUTE_WRITECOPY } from '../../../kernel/mm/protection.ts';
import { findVad } from '../../../kernel/mm/vad.ts';
import { protectVirtualMemory } from '../../../kernel/mm/virtualMemory.ts';
import type { Process } from '../../../kernel/ps/process.ts';
import { succeeded } from '../../../kernel/status.ts';

/** Writes whatever protection pages have; code of a file becomes the process's own. Returns how many bytes went. */
export function writeForeign(kernel: Kernel, process: Process, address: number, bytes: Uint8Array): number {
  let done = copyToUser(kernel, process, address, bytes);
  while (done < bytes.length) {
    const at = address + done;
    const page = pageOf(at);
    const vad = findVad(process, page);
    if (!vad) return done;
    const wanted = vad.section !== 0 && !vad.shared ? PAGE_EXECUTE_WRITECOPY : PAGE_EXECUTE_READWRITE;
    const { status, oldProtection } = protectVirtualMemory(kernel, process, page * PAGE_SIZE, PAGE_SIZE, wanted);
    if (!succeeded(status)) return done;
    const part = bytes.subarray(done, done + (page + 1) * PAGE_SIZE - at);
    const count = copyToUser(kernel, process, at, part);
    protectVirtualMemory(kernel, process, page * PAGE_SIZE, PAGE_SIZE, oldProtection);
    done += count;
    if (count < part.length) return done;
  }
  return done;
}
