/** KiSystemServiceUser for traditional threads: finds the service's row and runs it. */

import { RAX } from '../../cpu/registers.ts';
import type { Kernel } from '../kernel.ts';
import type { TrapFrame } from '../ps/pico.ts';
import type { Process } from '../ps/process.ts';
import type { Thread } from '../ps/thread.ts';
import { STATUS_INVALID_SYSTEM_SERVICE, STATUS_SUCCESS } from '../status.ts';
import { UNANSWERED } from './service.ts';
import { findService } from './table.ts';

/** Only these bits of RAX are the number of a service. */
const NUMBER_BITS = 0x3fff;

/** Leaves the status in RAX, unless the thread waits now or the service has replaced its registers. */
export function dispatchSystemService(kernel: Kernel, process: Process, thread: Thread, frame: TrapFrame): void {
  const number = frame.low(RAX) & NUMBER_BITS;
  const service = findService(number);
  if (!service || service.support === 'missing') sayMissing(kernel, process, number);
  const call = { kernel, process, thread, frame, refusal: STATUS_SUCCESS };
  const answer = service ? service.invoke(call) : STATUS_INVALID_SYSTEM_SERVICE;
  if (answer !== UNANSWERED && thread.state !== 'terminated') frame.setNumber(RAX, answer);
}

function sayMissing(kernel: Kernel, process: Process, number: number): void {
  const service = findService(number);
  const name = service?.name ?? `system service 0x${number.toString(16)}`;
  kernel.debugPort?.report(
    process,
    `${process.name}: ${name} is not supported. ${service?.note ?? 'The kernel has no service of that number.'}`,
    true,
  );
}
