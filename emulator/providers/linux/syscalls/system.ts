/** The system as a whole: names, limits, usage, chance. */

import { fillRandom } from '../../../base/random.ts';
import { EFAULT, EINVAL, ENOSYS, EPERM, ESRCH } from '../abi/errno.ts';
import * as sched from '../abi/sched.ts';
import { NANOSECONDS } from '../abi/time.ts';
import { stateOf, TRANSFER_SIZE } from '../instance.ts';
import { findGroup, liveProcesses } from '../process/lookup.ts';
import { usedBy } from '../process/processorTime.ts';
import { reportedMemory } from '../process/usage.ts';
import { isPrivileged, type ResourceLimit, type Task, type ThreadGroup } from '../task.ts';
import { encodeText, giveBytes, longAt, readView, setLongAt, writeBytes } from '../userMemory.ts';
import { MACHINE, RELEASE, VERSION } from '../version.ts';
import { choice, int, out, pid, pointer, size, unsigned } from './arguments.ts';
import { call, missing, partly, type Row } from './row.ts';
import { encodeUsage } from './usage.ts';

export const systemRows: readonly Row[] = [
  call(63, 'uname', [out('buf', 'struct utsname *')], uname),
  call(
    97,
    'getrlimit',
    [choice('resource', sched.RLIMIT_NAMES), out('rlim', 'struct rlimit *')],
    (task, resource, address) => prlimit64(task, 0, resource, 0, address),
  ),
  partly(
    call(98, 'getrusage', [choice('who', sched.RUSAGE_NAMES), out('usage', 'struct rusage *')], getrusage),
    'Time, peak memory and page faults.',
  ),
  partly(call(99, 'sysinfo', [out('info', 'struct sysinfo *')], sysinfo), 'No load averages.'),
  partly(call(103, 'syslog', [int('type'), out('bufp'), int('len')], syslog), 'The log of the kernel is empty.'),
  partly(
    call(135, 'personality', [pointer('persona', 'unsigned long')], personality),
    'It is kept and told; programs run as PER_LINUX.',
  ),
  call(
    160,
    'setrlimit',
    [choice('resource', sched.RLIMIT_NAMES), pointer('rlim', 'const struct rlimit *')],
    (task, resource, address) => prlimit64(task, 0, resource, address, 0),
  ),
  call(170, 'sethostname', [pointer('name', 'const char *'), size('len')], sethostname),
  partly(
    call(251, 'ioprio_set', [int('which'), int('who'), int('ioprio')], () => 0),
    'Without effect.',
  ),
  partly(
    call(252, 'ioprio_get', [int('which'), int('who')], () => 0),
    'Without effect.',
  ),
  call(
    302,
    'prlimit64',
    [
      pid(),
      choice('resource', sched.RLIMIT_NAMES),
      pointer('new_limit', 'const struct rlimit *'),
      out('old_limit', 'struct rlimit *'),
    ],
    prlimit64,
  ),
  call(309, 'getcpu', [out('cpu', 'unsigned *'), out('node', 'unsigned *')], getcpu),
  call(318, 'getrandom', [out('buf'), size('buflen'), unsigned('flags')], getrandom),
  call(324, 'membarrier', [int('cmd'), unsigned('flags'), int('cpu_id')], membarrier),
  missing(330, 'pkey_alloc', 'The processor has no protection keys.', ENOSYS),
];

/** Six fields of 65 bytes (`struct new_utsname`). */
function uname(task: Task, address: number): number {
  const bytes = new Uint8Array(6 * 65);
  const fields = ['Linux', stateOf(task.linux).hostname, RELEASE, VERSION, MACHINE, stateOf(task.linux).domainname];
  fields.forEach((text, index) => {
    bytes.set(encodeText(text).subarray(0, 64), index * 65);
  });
  return giveBytes(task, address, bytes);
}

function sethostname(task: Task, address: number, length: number): number {
  if (task.group.credentials.euid !== 0) return -EPERM;
  if (length < 0 || length > 64) return -EINVAL;
  const view = readView(task, address, length);
  if (!view) return -EFAULT;
  stateOf(task.linux).hostname = String.fromCharCode(...new Uint8Array(view.buffer));
  return 0;
}

/** RLIM64_INFINITY is all ones. */
function limitAt(view: DataView, at: number): number {
  const isInfinite = view.getUint32(at + 4, true) === 0xffff_ffff && view.getUint32(at, true) === 0xffff_ffff;
  return isInfinite ? sched.RLIM_INFINITY : longAt(view, at);
}

function setLimitAt(view: DataView, at: number, limit: number): void {
  if (limit === sched.RLIM_INFINITY) view.setBigInt64(at, -1n, true);
  else setLongAt(view, at, limit);
}

function prlimit64(task: Task, wanted: number, resource: number, newAddress: number, oldAddress: number): number {
  if (resource < 0 || resource >= sched.RLIM_NLIMITS) return -EINVAL;
  const group = wanted === 0 || wanted === task.group.pid ? task.group : findGroup(task.linux, wanted)?.group;
  if (!group) return -ESRCH;
  const previous = group.limits[resource];
  if (newAddress !== 0) {
    const view = readView(task, newAddress, 16);
    if (!view) return -EFAULT;
    const refused = setLimit(task, group, resource, { soft: limitAt(view, 0), hard: limitAt(view, 8) });
    if (refused < 0) return refused;
  }
  if (oldAddress === 0) return 0;
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  setLimitAt(view, 0, previous.soft);
  setLimitAt(view, 8, previous.hard);
  return giveBytes(task, oldAddress, bytes);
}

function setLimit(task: Task, group: ThreadGroup, resource: number, wanted: ResourceLimit): number {
  if (wanted.soft > wanted.hard) return -EINVAL;
  if (wanted.hard > group.limits[resource].hard && task.group.credentials.euid !== 0) return -EPERM;
  // What the launch allows is the end even for root.
  if (resource === sched.RLIMIT_NOFILE && wanted.hard > task.linux.limits.openFiles) return -EPERM;
  group.limits[resource] = wanted;
  return 0;
}

function getrusage(task: Task, who: number, address: number): number {
  const { process, thread, group } = task;
  switch (who) {
    case sched.RUSAGE_SELF:
      return giveBytes(
        task,
        address,
        encodeUsage(usedBy(process), Math.max(group.peak, process.peakCommit), process.pageFaults),
      );
    case sched.RUSAGE_CHILDREN:
      return giveBytes(task, address, encodeUsage(group.childrenTime, group.childrenPeak));
    case sched.RUSAGE_THREAD:
      return giveBytes(task, address, encodeUsage(usedBy(thread)));
    default:
      return -EINVAL;
  }
}

function sysinfo(task: Task, address: number): number {
  const bytes = new Uint8Array(112);
  const view = new DataView(bytes.buffer);
  const { total, free } = reportedMemory(task.linux);
  setLongAt(view, 0, Math.floor(task.kernel.state.time / NANOSECONDS));
  setLongAt(view, 32, total);
  setLongAt(view, 40, free);
  view.setUint16(80, liveProcesses(task.linux).length, true);
  view.setUint32(104, 1, true); // mem_unit
  return giveBytes(task, address, bytes);
}

function getcpu(task: Task, cpu: number, node: number): number {
  const zero = new Uint8Array(4);
  const isGiven = [cpu, node].every(address => address === 0 || writeBytes(task, address, zero));
  return isGiven ? 0 : -EFAULT;
}

function getrandom(task: Task, address: number, count: number, randomFlags: number): number {
  if (randomFlags & ~7) return -EINVAL;
  let done = 0;
  while (done < count) {
    const chunk = task.linux.transfer.subarray(0, Math.min(TRANSFER_SIZE, count - done));
    fillRandom(task.kernel.state.random, chunk);
    if (!writeBytes(task, address + done, chunk)) return done || -EFAULT;
    done += chunk.length;
  }
  return done;
}

/** Asks with all ones, and sets otherwise; the answer is what was before. */
function personality({ group }: Task, persona: number): number {
  const before = group.personality;
  if (persona !== 0xffff_ffff) group.personality = persona;
  return before;
}

/** Commands of membarrier(2): global, and expedited ones by what must be registered for each. */
const GLOBAL = 1;
const EXPEDITED: Readonly<Record<number, number>> = { 2: 0, 8: 16, 32: 64, 128: 256 };
const REGISTRATIONS = [4, 16, 64, 256];
const ALL_COMMANDS = [GLOBAL, ...Object.keys(EXPEDITED).map(Number), ...REGISTRATIONS].reduce((a, b) => a | b);

/** With one processor all memory is ordered; what is left is who has registered. */
function membarrier({ group }: Task, command: number, flags: number): number {
  if (flags !== 0) return -EINVAL;
  if (command === 0) return ALL_COMMANDS;
  if (REGISTRATIONS.includes(command)) group.barriers |= command;
  else if (command in EXPEDITED) {
    if ((group.barriers & EXPEDITED[command]) !== EXPEDITED[command]) return -EPERM;
  } else if (command !== GLOBAL) return -EINVAL;
  return 0;
}

/** Types of syslog(2) that have a buffer, those that everybody may use, and the one that sets a level. */
const SYSLOG_READS = [2, 3, 4];
const SYSLOG_FOR_ALL = [3, 10];
const SYSLOG_CONSOLE_LEVEL = 8;
const LAST_SYSLOG_TYPE = 10;

/** The log of this kernel is empty. */
function syslog(task: Task, type: number, buffer: number, length: number): number {
  if (!isPrivileged(task) && !SYSLOG_FOR_ALL.includes(type)) return -EPERM;
  if (type < 0 || type > LAST_SYSLOG_TYPE) return -EINVAL;
  if (SYSLOG_READS.includes(type) && (buffer === 0 || length < 0)) return -EINVAL;
  return type === SYSLOG_CONSOLE_LEVEL && (length < 1 || length > 8) ? -EINVAL : 0;
}
