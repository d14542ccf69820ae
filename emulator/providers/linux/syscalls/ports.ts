/** Rights to input and output ports: iopl(2), ioperm(2). */

import { EINVAL, EPERM } from '../abi/errno.ts';
import { allowPorts, portRights, PORTS } from '../process/ports.ts';
import { isPrivileged, type Task } from '../task.ts';
import { int, size, unsigned } from './arguments.ts';
import { call, type Row } from './row.ts';

export const portRows: readonly Row[] = [
  call(172, 'iopl', [unsigned('level')], iopl),
  call(173, 'ioperm', [size('from'), size('num'), int('turn_on')], ioperm),
];

/** More than there was is root's. */
function iopl(task: Task, level: number): number {
  if (level > 3) return -EINVAL;
  if (level > (task.self.ports?.level ?? 0) && !isPrivileged(task)) return -EPERM;
  portRights(task.self).level = level;
  return 0;
}

function ioperm(task: Task, from: number, count: number, on: number): number {
  if (count === 0 || from + count > PORTS) return -EINVAL;
  if (on !== 0 && !isPrivileged(task)) return -EPERM;
  if (on !== 0 || task.self.ports) allowPorts(portRights(task.self), from, count, on !== 0);
  return 0;
}
