/** PspCreateProcess without a section: a copy of another process's address space, as RtlCloneUserProcess asks for. */

import type { Kernel } from '../kernel.ts';
import { cloneAddressSpace } from '../mm/fork.ts';
import { inheritHandles } from '../ob/handleTable.ts';
import { STATUS_INVALID_PARAMETER, STATUS_SUCCESS, succeeded } from '../status.ts';
import type { NtStatus } from '../status.ts';
import { createMinimalProcess } from './create.ts';
import type { Process } from './process.ts';
import { terminateProcess } from './terminate.ts';

/** The clone has no thread yet: whoever wants one creates it with the CONTEXT that it shall go on from. */
export function cloneUserProcess(
  kernel: Kernel,
  parent: Process,
  options: { inheritHandles: boolean },
): { status: NtStatus; process?: Process } {
  if (parent.minimal) return { status: STATUS_INVALID_PARAMETER };
  const { name, commandLine } = parent;
  const created = createMinimalProcess(kernel, { parent: parent.id, name, commandLine });
  const { process } = created;
  if (!process) return created;
  process.minimal = false;
  process.peb = parent.peb;
  process.basePriority = parent.basePriority;
  const status = cloneAddressSpace(kernel, parent, process);
  if (!succeeded(status)) {
    terminateProcess(kernel, process, status);
    return { status };
  }
  if (options.inheritHandles) inheritHandles(kernel, parent, process);
  kernel.debugPort?.processCreated(process);
  return { status: STATUS_SUCCESS, process };
}
