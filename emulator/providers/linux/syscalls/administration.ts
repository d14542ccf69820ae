/** What only root does to a system as a whole, and what it does to itself: names, reboot(2), unshare(2), sysfs(2). */

import { EFAULT, EINVAL, EPERM } from '../abi/errno.ts';
import type { FlagNames } from '../abi/flagNames.ts';
import { SIGCONT, SIGHUP } from '../abi/signal.ts';
import { controllingTerminal } from '../files/pseudoTerminal.ts';
import { FILE_SYSTEMS } from '../files/proc/system.ts';
import { stateOf } from '../instance.ts';
import { liveProcesses, threadsOf } from '../process/lookup.ts';
import { kernelSignal } from '../signals/info.ts';
import { signalProcess } from '../signals/send.ts';
import { groupOf, isPrivileged, type Task } from '../task.ts';
import { decodeText, encodeText, giveBytes, readBytes, readText } from '../userMemory.ts';
import { choice, flags, int, pointer, size, unsigned } from './arguments.ts';
import { call, partly, type Row } from './row.ts';

/** linux/reboot.h */
const CAD_OFF = 0;
const CAD_ON = 0x89ab_cdef | 0;
const REBOOT_COMMANDS: FlagNames = [
  [CAD_OFF, 'LINUX_REBOOT_CMD_CAD_OFF'],
  [CAD_ON, 'LINUX_REBOOT_CMD_CAD_ON'],
  [0x0123_4567, 'LINUX_REBOOT_CMD_RESTART'],
  [0xa1b2_c3d4 | 0, 'LINUX_REBOOT_CMD_RESTART2'],
  [0xcdef_0123 | 0, 'LINUX_REBOOT_CMD_HALT'],
  [0x4321_fedc, 'LINUX_REBOOT_CMD_POWER_OFF'],
];
const MAGIC1 = 0xfee1_dead;
/** Birthdays: LINUX_REBOOT_MAGIC2 and its three successors. */
const MAGIC2 = [672_274_793, 85_072_278, 369_367_448, 537_993_216];

/** CLONE_* that unshare(2) knows (linux/sched.h). */
const UNSHARE_FLAGS: FlagNames = [
  [0x80, 'CLONE_NEWTIME'],
  [0x100, 'CLONE_VM'],
  [0x200, 'CLONE_FS'],
  [0x400, 'CLONE_FILES'],
  [0x800, 'CLONE_SIGHAND'],
  [0x1_0000, 'CLONE_THREAD'],
  [0x2_0000, 'CLONE_NEWNS'],
  [0x4_0000, 'CLONE_SYSVSEM'],
  [0x200_0000, 'CLONE_NEWCGROUP'],
  [0x400_0000, 'CLONE_NEWUTS'],
  [0x800_0000, 'CLONE_NEWIPC'],
  [0x1000_0000, 'CLONE_NEWUSER'],
  [0x2000_0000, 'CLONE_NEWPID'],
  [0x4000_0000, 'CLONE_NEWNET'],
];
const ALL_UNSHARE = UNSHARE_FLAGS.reduce((all, [flag]) => all | flag, 0);
const CLONE_SYSVSEM = 0x4_0000;
/** What threads of a process share; one that is alone has it for itself already. */
const OF_THREADS = 0x100 | 0x200 | 0x400 | 0x800 | 0x1_0000;

export const administrationRows: readonly Row[] = [
  call(139, 'sysfs', [int('option'), pointer('arg1', 'unsigned long'), pointer('arg2', 'char *')], sysfs),
  partly(call(153, 'vhangup', [], vhangup), 'Processes are told; the terminal stays open.'),
  partly(
    call(169, 'reboot', [unsigned('magic'), unsigned('magic2'), choice('op', REBOOT_COMMANDS), pointer('arg')], reboot),
    'What Ctrl+Alt+Del means is taken; halting and restarting are left to whoever runs the machine (EPERM).',
  ),
  call(171, 'setdomainname', [pointer('name', 'const char *'), size('len')], setdomainname),
  partly(
    call(272, 'unshare', [flags('flags', UNSHARE_FLAGS)], unshare),
    'There is one set of namespaces, and threads share what they began with: to ask for others is EPERM.',
  ),
];

/** __NEW_UTS_LEN */
const NAME_LENGTH = 64;

function setdomainname(task: Task, address: number, length: number): number {
  if (!isPrivileged(task)) return -EPERM;
  if (length < 0 || length > NAME_LENGTH) return -EINVAL;
  const name = readBytes(task, address, length);
  if (!name) return -EFAULT;
  stateOf(task.linux).domainname = decodeText(name);
  return 0;
}

/** There is no keyboard, so that what Ctrl+Alt+Del means makes no difference. */
function reboot(task: Task, magic: number, second: number, command: number): number {
  if (!isPrivileged(task)) return -EPERM;
  if (magic !== MAGIC1 || !MAGIC2.includes(second)) return -EINVAL;
  if (!REBOOT_COMMANDS.some(([known]) => known === command)) return -EINVAL;
  return command === CAD_ON || command === CAD_OFF ? 0 : -EPERM;
}

/** The session hears that its terminal is gone (vhangup(2)). */
function vhangup(task: Task): number {
  if (!isPrivileged(task)) return -EPERM;
  const { linux, group } = task;
  if (!controllingTerminal(linux, group)) return 0;
  for (const process of liveProcesses(linux))
    if (groupOf(process).session === group.session)
      for (const signal of [SIGHUP, SIGCONT]) signalProcess(linux, process, kernelSignal(signal));
  return 0;
}

function unshare(task: Task, wanted: number): number {
  if (wanted & ~ALL_UNSHARE) return -EINVAL;
  const isAlone = threadsOf(task.linux, task.process).length === 1;
  if ((wanted & ~(OF_THREADS | CLONE_SYSVSEM)) === 0 && isAlone) return 0;
  return -EPERM;
}

/** The file systems that there are: index of a name, name of an index, how many. */
function sysfs(task: Task, option: number, first: number, address: number): number {
  switch (option) {
    case 1: {
      const name = readText(task, first);
      if (typeof name !== 'string') return name;
      const index = FILE_SYSTEMS.indexOf(name);
      return index < 0 ? -EINVAL : index;
    }
    case 2:
      return first >= FILE_SYSTEMS.length ? -EINVAL : giveBytes(task, address, encodeText(`${FILE_SYSTEMS[first]}\0`));
    case 3:
      return FILE_SYSTEMS.length;
    default:
      return -EINVAL;
  }
}
