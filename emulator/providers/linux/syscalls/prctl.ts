/** prctl(2): what a process or thread says about itself, one function for each option. */

import { EFAULT, EINVAL, EPERM } from '../abi/errno.ts';
import * as abi from '../abi/prctl.ts';
import { SIGRTMAX } from '../abi/signal.ts';
import { LAST_CAPABILITY } from '../process/capabilities.ts';
import { isPrivileged, type Task } from '../task.ts';
import { encodeText, giveBytes, readText, readView, writeInt, writeLong } from '../userMemory.ts';
import { choice, long, pointer } from './arguments.ts';
import { call, partly, type Row } from './row.ts';

export const prctlRows: readonly Row[] = [
  partly(
    call(
      157,
      'prctl',
      [choice('option', abi.PRCTL_OPTIONS), pointer('arg2', 'unsigned long'), long('arg3'), long('arg4'), long('arg5')],
      prctl,
    ),
    'Options that are about one architecture, checkpoints or seccomp answer EINVAL, as a kernel built without them does.',
  ),
];

type Option = (task: Task, argument: number, third: number, fourth: number, fifth: number) => number;

function prctl(task: Task, option: number, argument: number, third: number, fourth: number, fifth: number): number {
  return OPTIONS.get(option)?.(task, argument, third, fourth, fifth) ?? -EINVAL;
}

const OPTIONS: ReadonlyMap<number, Option> = new Map<number, Option>([
  [abi.PR_SET_PDEATHSIG, setDeathSignal],
  [abi.PR_GET_PDEATHSIG, (task, address) => (writeInt(task, address, task.self.deathSignal) ? 0 : -EFAULT)],
  [abi.PR_GET_DUMPABLE, ({ group }) => Number(group.dumpable)],
  [abi.PR_SET_DUMPABLE, setDumpable],
  [abi.PR_GET_KEEPCAPS, ({ group }) => Number(group.keepsCapabilities)],
  [abi.PR_SET_KEEPCAPS, setKeepCapabilities],
  [abi.PR_GET_TIMING, () => abi.PR_TIMING_STATISTICAL],
  [abi.PR_SET_TIMING, (_, wanted) => (wanted === abi.PR_TIMING_STATISTICAL ? 0 : -EINVAL)],
  [abi.PR_SET_NAME, setName],
  [abi.PR_GET_NAME, getName],
  [abi.PR_GET_SECCOMP, () => 0],
  [abi.PR_CAPBSET_READ, readBounding],
  [abi.PR_CAPBSET_DROP, dropBounding],
  [abi.PR_GET_TSC, (task, address) => (writeInt(task, address, abi.PR_TSC_ENABLE) ? 0 : -EFAULT)],
  [abi.PR_SET_TSC, (_, wanted) => (wanted === abi.PR_TSC_ENABLE ? 0 : -EINVAL)],
  [abi.PR_GET_SECUREBITS, () => 0],
  [abi.PR_SET_SECUREBITS, (task, wanted) => (wanted === 0 && isPrivileged(task) ? 0 : -EPERM)],
  [abi.PR_SET_TIMERSLACK, setTimerSlack],
  [abi.PR_GET_TIMERSLACK, ({ self }) => self.timerSlack],
  [abi.PR_MCE_KILL_GET, (_, ...rest) => (rest.every(value => value === 0) ? abi.PR_MCE_KILL_DEFAULT : -EINVAL)],
  [abi.PR_SET_CHILD_SUBREAPER, setSubreaper],
  [
    abi.PR_GET_CHILD_SUBREAPER,
    (task, address) => (writeInt(task, address, Number(task.group.subreaper)) ? 0 : -EFAULT),
  ],
  [abi.PR_SET_NO_NEW_PRIVS, setNoNewPrivileges],
  [
    abi.PR_GET_NO_NEW_PRIVS,
    ({ group }, ...rest) => (rest.every(value => value === 0) ? Number(group.noNewPrivileges) : -EINVAL),
  ],
  [abi.PR_GET_TID_ADDRESS, (task, address) => (writeLong(task, address, task.self.clearChildTid) ? 0 : -EFAULT)],
  [abi.PR_SET_THP_DISABLE, (_, __, ...rest) => (rest.every(value => value === 0) ? 0 : -EINVAL)],
  [abi.PR_GET_THP_DISABLE, (_, ...rest) => (rest.every(value => value === 0) ? 0 : -EINVAL)],
  [abi.PR_CAP_AMBIENT, ambient],
  [abi.PR_SET_PTRACER, () => 0],
]);

function setDeathSignal({ self }: Task, signal: number): number {
  if (signal > SIGRTMAX) return -EINVAL;
  self.deathSignal = signal;
  return 0;
}

function setDumpable({ group }: Task, wanted: number): number {
  if (wanted > 1) return -EINVAL;
  group.dumpable = wanted === 1;
  return 0;
}

function setKeepCapabilities({ group }: Task, wanted: number): number {
  if (wanted > 1) return -EINVAL;
  group.keepsCapabilities = wanted === 1;
  return 0;
}

function setName(task: Task, address: number): number {
  const text = readNameOf(task, address);
  if (text === undefined) return -EFAULT;
  task.self.comm = text;
  task.thread.name = text;
  return 0;
}

function readNameOf(task: Task, address: number): string | undefined {
  const text = readText(task, address, 16);
  if (typeof text === 'string') return text.slice(0, 15);
  const view = readView(task, address, 15);
  return view && String.fromCharCode(...new Uint8Array(view.buffer));
}

function getName(task: Task, address: number): number {
  const bytes = new Uint8Array(16);
  bytes.set(encodeText(task.self.comm).subarray(0, 15));
  return giveBytes(task, address, bytes);
}

function readBounding({ group }: Task, capability: number): number {
  if (capability > LAST_CAPABILITY) return -EINVAL;
  return Number((group.credentials.capabilities.bounding >> BigInt(capability)) & 1n);
}

function dropBounding(task: Task, capability: number): number {
  if (!isPrivileged(task)) return -EPERM;
  if (capability > LAST_CAPABILITY) return -EINVAL;
  task.group.credentials.capabilities.bounding &= ~(1n << BigInt(capability));
  return 0;
}

/** 0 is the default, which the thread's creator had. */
function setTimerSlack({ self }: Task, wanted: number): number {
  self.timerSlack = wanted || abi.DEFAULT_TIMER_SLACK;
  return 0;
}

function setSubreaper({ group }: Task, wanted: number): number {
  group.subreaper = wanted !== 0;
  return 0;
}

function setNoNewPrivileges({ group }: Task, wanted: number, ...rest: number[]): number {
  if (wanted !== 1 || rest.some(value => value !== 0)) return -EINVAL;
  group.noNewPrivileges = true;
  return 0;
}

/** Ambient capabilities: nobody has any, and none can be raised. */
function ambient(_: Task, command: number, capability: number): number {
  if (command === abi.PR_CAP_AMBIENT_CLEAR_ALL) return 0;
  if (capability < 0 || capability > LAST_CAPABILITY) return -EINVAL;
  if (command === abi.PR_CAP_AMBIENT_RAISE) return -EPERM;
  return command === abi.PR_CAP_AMBIENT_IS_SET || command === abi.PR_CAP_AMBIENT_LOWER ? 0 : -EINVAL;
}
