/** PspCreatePicoProcess: what a provider's CreateProcess does, flag by flag. */

import type { Kernel } from '../kernel.ts';
import { checkClone, cloneAddressSpace } from '../mm/fork.ts';
import { inheritHandles } from '../ob/handleTable.ts';
import { STATUS_INVALID_PARAMETER, STATUS_NOT_SUPPORTED, STATUS_SUCCESS, succeeded } from '../status.ts';
import type { NtStatus } from '../status.ts';
import { createMinimalProcess } from './create.ts';
import { imageName } from './image.ts';
import {
  PICO_BREAKAWAY,
  PICO_CLONE_PARENT,
  PICO_CLONE_REDUCED_COMMIT,
  PICO_INHERIT_HANDLES,
  PICO_PACKAGED_PROCESS,
} from './pico.ts';
import type { PicoCreateInfo, PicoProcessAttributes } from './pico.ts';
import type { Process } from './process.ts';
import { terminateProcess } from './terminate.ts';

/** Flags that mean nothing without a parent. */
const OF_PARENT = PICO_CLONE_PARENT | PICO_INHERIT_HANDLES | PICO_CLONE_REDUCED_COMMIT;
const KNOWN = OF_PARENT | PICO_BREAKAWAY | PICO_PACKAGED_PROCESS;

/**
 * A pico process without threads. PICO_BREAKAWAY is taken and changes nothing, for there are no jobs to break away from;
 * PICO_PACKAGED_PROCESS is refused (STATUS_NOT_SUPPORTED), for there are no packages.
 */
export function createPicoProcess(
  kernel: Kernel,
  provider: number,
  { parent, flags, context }: PicoProcessAttributes,
  { imageFileName, commandLine }: PicoCreateInfo,
): { status: NtStatus; process?: Process } {
  const status = checkFlags(flags, parent);
  if (!succeeded(status)) return { status };
  const cloned = flags & PICO_CLONE_PARENT ? parent : undefined;
  const options = { reducedCommit: (flags & PICO_CLONE_REDUCED_COMMIT) !== 0 };
  const promised = cloned ? checkClone(kernel, cloned, options) : STATUS_SUCCESS;
  if (!succeeded(promised)) return { status: promised };
  const name = imageName(imageFileName);
  const created = createMinimalProcess(kernel, { parent: parent?.id ?? 0, name, commandLine });
  const { process } = created;
  if (!process) return created;
  const copied = cloned ? cloneAddressSpace(kernel, cloned, process, options) : STATUS_SUCCESS;
  if (!succeeded(copied)) {
    terminateProcess(kernel, process, copied);
    return { status: copied };
  }
  if (parent && flags & PICO_INHERIT_HANDLES) inheritHandles(kernel, parent, process);
  process.picoCreated = true;
  process.provider = provider;
  process.picoContext = context;
  kernel.debugPort?.processCreated(process);
  return created;
}

function checkFlags(flags: number, parent: Process | undefined): NtStatus {
  if (flags & ~KNOWN || (flags & OF_PARENT && !parent)) return STATUS_INVALID_PARAMETER;
  if (flags & PICO_CLONE_REDUCED_COMMIT && !(flags & PICO_CLONE_PARENT)) return STATUS_INVALID_PARAMETER;
  return flags & PICO_PACKAGED_PROCESS ? STATUS_NOT_SUPPORTED : STATUS_SUCCESS;
}
