/** KiInitializeUserApc: user APCs of traditional threads, which NtQueueApcThread and timers queue. */

import { roundDown } from '../../base/pages.ts';
import { RIP, RSP } from '../../cpu/registers.ts';
import type { Kernel } from '../kernel.ts';
import { copyToUser } from '../mm/copy.ts';
import type { TrapFrame } from '../ps/pico.ts';
import { getProcess } from '../ps/process.ts';
import { terminateProcess } from '../ps/terminate.ts';
import type { Thread } from '../ps/thread.ts';
import { CONTEXT_SIZE } from '../rtl/context.ts';
import { STATUS_STACK_OVERFLOW } from '../status.ts';
import { encodeContext } from './userContext.ts';

/** The routine of these APCs; their context is the function's address and its three arguments. */
export const USER_APC = 'user';

export function registerUserApcs(kernel: Kernel): void {
  kernel.userApcRoutines.set(USER_APC, (thread, frame, context) => enterUserApc(kernel, thread, frame, context));
}

/** The CONTEXT to go back to lies on the stack; its first words, which nobody restores, hold what to call. */
function enterUserApc(
  kernel: Kernel,
  thread: Thread,
  frame: TrapFrame,
  [routine, ...values]: readonly number[],
): readonly string[] {
  const process = getProcess(kernel, thread.process);
  const dll = kernel.state.systemDll;
  const stack = roundDown(frame.number(RSP) - CONTEXT_SIZE, 16);
  const bytes = encodeContext(frame);
  const view = new DataView(bytes.buffer);
  [...values, routine].forEach((value, index) => view.setBigInt64(index * 8, BigInt(value), true));
  if (!dll || stack < 0 || copyToUser(kernel, process, stack, bytes) < bytes.length) {
    terminateProcess(kernel, process, STATUS_STACK_OVERFLOW);
    return [];
  }
  frame.setNumber(RSP, stack);
  frame.setNumber(RIP, dll.entries.KiUserApcDispatcher);
  return ['APC'];
}
