/** Files of /proc that speak of the whole system (proc(5)). */

import { AVX } from '../../../../cpu/x87/extendedSave.ts';
import { fillRandom } from '../../../../base/random.ts';
import { NANOSECONDS } from '../../abi/time.ts';
import { PIPE_MAX_SIZE } from '../../abi/fcntl.ts';
import { MAX_QUEUED_EVENTS, MAX_USER_INSTANCES, MAX_USER_WATCHES } from '../../abi/inotify.ts';
import { MS_NOATIME, MS_NODEV, MS_NODIRATIME, MS_NOEXEC, MS_NOSUID, MS_RDONLY } from '../../abi/mount.ts';
import { DFLT_MSGMAX, DFLT_MSGSIZEMAX, HARD_MSGMAX, HARD_MSGSIZEMAX } from '../../abi/mqueue.ts';
import type { Superblock } from '../inode.ts';
import { locksText } from '../locks.ts';
import { findVolumeFile } from '../../../../kernel/io/volume/file.ts';
import { major, minor } from '../../abi/stat.ts';
import { type LinuxState, stateOf } from '../../instance.ts';
import { EINVAL } from '../../abi/errno.ts';
import type { Task } from '../../task.ts';
import { RELEASE, VERSION } from '../../version.ts';
import { liveProcesses } from '../../process/lookup.ts';
import { ticks } from '../../process/processorTime.ts';
import { reportedMemory } from '../../process/usage.ts';
import { IPC_FILES, IPC_LIMITS } from './ipc.ts';
import { NETWORK_FILES } from './network.ts';
import type { ProcNode } from './tree.ts';

function seconds(nanoseconds: number): string {
  return (nanoseconds / NANOSECONDS).toFixed(2);
}

function meminfo(task: Task): string {
  const { total, free } = reportedMemory(task.linux);
  const row = (name: string, bytes: number): string =>
    `${`${name}:`.padEnd(16)}${String(Math.floor(bytes / 1024)).padStart(8)} kB\n`;
  return [
    row('MemTotal', total),
    row('MemFree', free),
    row('MemAvailable', free),
    row('Buffers', 0),
    row('Cached', task.kernel.state.fileBytes),
    row('SwapCached', 0),
    row('SwapTotal', 0),
    row('SwapFree', 0),
    row('Shmem', 0),
    row('CommitLimit', total),
    row('Committed_AS', total - free),
  ].join('');
}

/** Flags of the x86-64-v2 baseline, and of what x86-64-v3 adds; programs that need to know ask CPUID. */
const CPU_FLAGS =
  'fpu tsc cx8 cmov mmx fxsr sse sse2 syscall nx rdtscp lm rep_good nopl pni pclmulqdq ssse3 cx16 sse4_1 sse4_2 movbe ' +
  'popcnt aes xsave rdrand lahf_lm abm fsgsbase bmi1 bmi2 erms rdseed adx sha_ni xsaveopt xsavec xgetbv1 umip rdpid';
const AVX_FLAGS = 'fma avx f16c avx2';

const CPUINFO: readonly (readonly [name: string, value: string])[] = [
  ['processor', '0'],
  ['vendor_id', 'GenuineIntel'],
  ['cpu family', '6'],
  ['model', '0'],
  ['model name', 'Emulated x86-64'],
  ['stepping', '0'],
  ['cpu MHz', '1000.000'],
  ['cache size', '4096 KB'],
  ['physical id', '0'],
  ['siblings', '1'],
  ['core id', '0'],
  ['cpu cores', '1'],
  ['fpu', 'yes'],
  ['flags', CPU_FLAGS],
  ['clflush size', '64'],
  ['address sizes', '39 bits physical, 48 bits virtual'],
];

function cpuinfo({ kernel }: Task): string {
  const added = kernel.processor.enabled & AVX ? ` ${AVX_FLAGS}` : '';
  const lines = CPUINFO.map(([name, value]) => `${name.padEnd(16)}: ${value}${name === 'flags' ? added : ''}\n`);
  return `${lines.join('')}\n`;
}

/** Those that can be seen, in the order in which they were mounted. */
function visibleMounts({ linux }: Task): Superblock[] {
  return [...stateOf(linux).superblocks.values()].filter(({ target }) => target !== '');
}

function mountOptions({ mode, flags }: Superblock): string {
  const access = mode === 'ro' || (flags & MS_RDONLY) !== 0 ? 'ro' : 'rw';
  const others = MOUNT_OPTIONS.flatMap(([flag, name]) => (flags & flag ? [name] : []));
  return [access, ...others].join(',');
}

function typeName({ type }: Superblock): string {
  return type === 'host' ? 'lxfs' : type;
}

/** proc_pid_mounts(5) */
function mounts(task: Task): string {
  return visibleMounts(task)
    .map(mount => `${escaped(mount.source)} ${escaped(mount.target)} ${typeName(mount)} ${mountOptions(mount)} 0 0\n`)
    .join('');
}

/** proc_pid_mountinfo(5); a mount's parent is the one with the longest path above its own. */
export function mountInfoText(task: Task): string {
  const all = visibleMounts(task);
  const depth = (above: Superblock, below: Superblock): number =>
    above !== below && `${below.target}/`.startsWith(above.target === '/' ? '/' : `${above.target}/`)
      ? above.target.length
      : 0;
  return all
    .map(mount => {
      const parent = all.reduce((best, each) => (depth(each, mount) > depth(best, mount) ? each : best), mount);
      const device = `${major(mount.id)}:${minor(mount.id)}`;
      const access = mountOptions(mount).slice(0, 2);
      return `${mount.id} ${parent.id} ${device} / ${escaped(mount.target)} ${mountOptions(mount)} - ${typeName(mount)} ${escaped(mount.source)} ${access}\n`;
    })
    .join('');
}

const MOUNT_OPTIONS: readonly (readonly [number, string])[] = [
  [MS_NOSUID, 'nosuid'],
  [MS_NODEV, 'nodev'],
  [MS_NOEXEC, 'noexec'],
  [MS_NOATIME, 'noatime'],
  [MS_NODIRATIME, 'nodiratime'],
];

/** Blanks, line ends and backslashes in octal, as getmntent(3) reads them. */
function escaped(text: string): string {
  return text.replace(/[ \t\n\\]/g, each => `\\${each.charCodeAt(0).toString(8).padStart(3, '0')}`);
}

export { mounts as mountsText };

function uuid(task: Task): string {
  const bytes = new Uint8Array(16);
  fillRandom(task.kernel.state.random, bytes);
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const digits = Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-${digits.slice(12, 16)}-${digits.slice(16, 20)}-${digits.slice(20)}\n`;
}

function stat(task: Task): string {
  const { instructions, kernelTime, time, bootTime } = task.kernel.state;
  const [user, system] = [ticks(instructions), ticks(kernelTime)];
  const idle = Math.max(0, ticks(time) - user - system);
  const cpu = `${user} 0 ${system} ${idle} 0 0 0 0 0 0`;
  const running = liveProcesses(task.linux).length;
  return `cpu  ${cpu}\ncpu0 ${cpu}\nintr 0\nctxt 0\nbtime ${Math.floor(bootTime / NANOSECONDS)}\nprocesses ${running}\nprocs_running 1\nprocs_blocked 0\n`;
}

function locks({ linux }: Task): string {
  const two = (value: number): string => value.toString(16).padStart(2, '0');
  return locksText(linux, inode => {
    const device = findVolumeFile(linux.kernel, inode)?.volume ?? 0;
    return `${two(major(device))}:${two(minor(device))}:${inode}`;
  });
}

function constant(path: string, text: string): ProcNode {
  return { path, text: () => `${text}\n`, writable: true };
}

/** A number from `least` to `most` that root may set. */
function setting(
  path: string,
  [least, most]: readonly [number, number],
  get: (state: LinuxState) => number,
  set: (state: LinuxState, value: number) => void,
): ProcNode {
  return {
    path,
    text: ({ linux }) => `${get(stateOf(linux))}\n`,
    store: ({ linux }, _group, text) => {
      const value = Number(text.trim() || Number.NaN);
      if (!Number.isInteger(value) || value < least || value > most) return -EINVAL;
      set(stateOf(linux), value);
      return 0;
    },
  };
}

/** One of the limits of message queues (mq_overview(7)). */
function queueSetting(
  path: string,
  range: readonly [number, number],
  limit: 'queuesMax' | 'messagesMax' | 'messageSizeMax',
): ProcNode {
  return setting(
    path,
    range,
    ({ posixQueues }) => posixQueues[limit],
    ({ posixQueues }, value) => {
      posixQueues[limit] = value;
    },
  );
}

/** Kinds of file systems, none of which needs a device. */
export const FILE_SYSTEMS: readonly string[] = ['tmpfs', 'proc', 'devtmpfs', 'lxfs'];

export const SYSTEM_FILES: readonly ProcNode[] = [
  ...IPC_FILES,
  { path: 'self', link: (_, group) => String(group.pid) },
  { path: 'thread-self', link: (task, group) => `${group.pid}/task/${task.self.tid}` },
  { path: 'locks', text: locks },
  { path: 'mounts', link: () => 'self/mounts' },
  { path: 'cpuinfo', text: cpuinfo },
  { path: 'meminfo', text: meminfo },
  {
    path: 'uptime',
    text: ({ kernel }) =>
      `${seconds(kernel.state.time)} ${seconds(Math.max(0, kernel.state.time - kernel.state.instructions))}\n`,
  },
  { path: 'loadavg', text: task => `0.00 0.00 0.00 1/${liveProcesses(task.linux).length} ${task.group.pid}\n` },
  { path: 'version', text: () => `Linux version ${RELEASE} (pico) ${VERSION}\n` },
  { path: 'cmdline', text: () => '\n' },
  { path: 'stat', text: stat },
  { path: 'filesystems', text: () => FILE_SYSTEMS.map(name => `nodev\t${name}\n`).join('') },
  { path: 'devices', text: () => 'Character devices:\n  1 mem\n  5 /dev/tty\n136 pts\n\nBlock devices:\n' },
  ...NETWORK_FILES,
  { path: 'sys/' },
  { path: 'sys/fs/' },
  constant('sys/fs/file-max', '9223372036854775807'),
  constant('sys/fs/nr_open', '1048576'),
  setting(
    'sys/fs/lease-break-time',
    [0, 0x7fff_ffff],
    ({ leases }) => leases.breakTime,
    ({ leases }, value) => {
      leases.breakTime = value;
    },
  ),
  constant('sys/fs/leases-enable', '1'),
  { path: 'sys/fs/inotify/' },
  constant('sys/fs/inotify/max_queued_events', String(MAX_QUEUED_EVENTS)),
  constant('sys/fs/inotify/max_user_instances', String(MAX_USER_INSTANCES)),
  constant('sys/fs/inotify/max_user_watches', String(MAX_USER_WATCHES)),
  { path: 'sys/fs/mqueue/' },
  queueSetting('sys/fs/mqueue/queues_max', [0, 0x7fff_ffff], 'queuesMax'),
  queueSetting('sys/fs/mqueue/msg_max', [1, HARD_MSGMAX], 'messagesMax'),
  queueSetting('sys/fs/mqueue/msgsize_max', [128, HARD_MSGSIZEMAX], 'messageSizeMax'),
  constant('sys/fs/mqueue/msg_default', String(DFLT_MSGMAX)),
  constant('sys/fs/mqueue/msgsize_default', String(DFLT_MSGSIZEMAX)),
  constant('sys/fs/pipe-max-size', String(PIPE_MAX_SIZE)),
  { path: 'sys/kernel/' },
  ...IPC_LIMITS,
  { path: 'sys/kernel/hostname', text: task => `${stateOf(task.linux).hostname}\n` },
  constant('sys/kernel/ostype', 'Linux'),
  constant('sys/kernel/osrelease', RELEASE),
  constant('sys/kernel/version', VERSION),
  { path: 'sys/kernel/domainname', text: task => `${stateOf(task.linux).domainname}\n` },
  constant('sys/kernel/pid_max', '4194304'),
  constant('sys/kernel/threads-max', '1024'),
  constant('sys/kernel/ngroups_max', '65536'),
  constant('sys/kernel/cap_last_cap', '40'),
  constant('sys/kernel/overflowuid', '65534'),
  constant('sys/kernel/overflowgid', '65534'),
  constant('sys/kernel/randomize_va_space', '0'),
  constant('sys/kernel/core_pattern', 'core'),
  { path: 'sys/kernel/random/' },
  constant('sys/kernel/random/entropy_avail', '256'),
  constant('sys/kernel/random/boot_id', '7069636f-0000-4000-8000-000000000001'),
  { path: 'sys/kernel/random/uuid', text: uuid },
  { path: 'sys/net/' },
  { path: 'sys/net/core/' },
  constant('sys/net/core/somaxconn', '4096'),
  { path: 'sys/vm/' },
  constant('sys/vm/overcommit_memory', '0'),
  constant('sys/vm/max_map_count', '65530'),
  constant('sys/vm/mmap_min_addr', '65536'),
];
