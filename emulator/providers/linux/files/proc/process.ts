/** Files of /proc/<pid> (proc(5)). */

import { PAGE_SIZE } from '../../../../base/pages.ts';
import { getProcess } from '../../../../kernel/ps/process.ts';
import type { Thread } from '../../../../kernel/ps/thread.ts';
import { RLIM_INFINITY, RLIMIT_NAMES } from '../../abi/sched.ts';
import { SIG_DFL, SIG_IGN, type SignalSet, signalBit } from '../../abi/signal.ts';
import { isPrivileged, linuxThreadOf, type Task, type ThreadGroup } from '../../task.ts';
import { EACCES, EINVAL } from '../../abi/errno.ts';
import { maps, smaps } from './memory.ts';
import { lockedPages } from '../../memory/locking.ts';
import { mountInfoText, mountsText } from './system.ts';
import { encodeLongs } from '../../userMemory.ts';
import { ticks, usedBy } from '../../process/processorTime.ts';
import type { ProcNode } from './tree.ts';

function stateLetter(group: ThreadGroup, thread: Thread | undefined): string {
  if (group.stopSignal !== 0) return 'T';
  return thread?.state === 'waiting' ? 'S' : 'R';
}

function comm(thread: Thread | undefined): string {
  return thread ? linuxThreadOf(thread).comm : '';
}

function sizes(task: Task, group: ThreadGroup): { virtual: number; resident: number } {
  const process = getProcess(task.kernel, group.pid);
  const virtual = process.vads.reduce((sum, vad) => sum + (vad.use === '[heap]' ? 0 : vad.end - vad.start), 0);
  return { virtual: virtual * PAGE_SIZE, resident: process.commit };
}

/** The 52 fields of proc_pid_stat(5). */
function stat(task: Task, group: ThreadGroup, thread: Thread | undefined): string {
  const process = getProcess(task.kernel, group.pid);
  const { virtual, resident } = sizes(task, group);
  const fields = Array.from<number | string>({ length: 52 }).fill(0);
  const set = (field: number, value: number | string): void => {
    fields[field - 1] = value;
  };
  set(1, thread ? linuxThreadOf(thread).tid : group.pid);
  set(2, `(${comm(thread)})`);
  set(3, stateLetter(group, thread));
  set(4, group.parent);
  set(5, group.processGroup);
  set(6, group.session);
  set(8, -1);
  set(10, process.pageFaults);
  for (const [index, time] of [usedBy(process), group.childrenTime].entries()) {
    set(14 + 2 * index, ticks(time.user));
    set(15 + 2 * index, ticks(time.system));
  }
  set(18, 20);
  set(20, process.threads.length);
  set(22, ticks(process.created));
  set(23, virtual);
  set(24, resident);
  set(25, '18446744073709551615');
  set(28, group.memory.stackTop);
  set(38, 17);
  set(47, group.memory.breakStart);
  return `${fields.join(' ')}\n`;
}

function status(task: Task, group: ThreadGroup, thread: Thread | undefined): string {
  const process = getProcess(task.kernel, group.pid);
  const { virtual, resident } = sizes(task, group);
  const { uid, euid, suid, fsuid, gid, egid, sgid, fsgid, groups } = group.credentials;
  const set = (value: SignalSet): string => value.toString(16).padStart(16, '0');
  const handled = (test: (handler: number) => boolean): SignalSet =>
    group.actions.reduce(
      (all, action, signal) => (signal > 0 && test(action.handler) ? all | signalBit(signal) : all),
      0n,
    );
  const states: Record<string, string> = { R: 'running', S: 'sleeping', T: 'stopped' };
  const letter = stateLetter(group, thread);
  const rows: [string, string | number][] = [
    ['Name', comm(thread)],
    ['Umask', `0${group.umask.toString(8).padStart(3, '0')}`],
    ['State', `${letter} (${states[letter]})`],
    ['Tgid', group.pid],
    ['Ngid', 0],
    ['Pid', thread ? linuxThreadOf(thread).tid : group.pid],
    ['PPid', group.parent],
    ['TracerPid', 0],
    ['Uid', `${uid}\t${euid}\t${suid}\t${fsuid}`],
    ['Gid', `${gid}\t${egid}\t${sgid}\t${fsgid}`],
    ['FDSize', Math.max(64, group.descriptors.length)],
    ['Groups', groups.join(' ')],
    ['VmPeak', `${String(Math.floor(virtual / 1024)).padStart(8)} kB`],
    ['VmSize', `${String(Math.floor(virtual / 1024)).padStart(8)} kB`],
    ['VmLck', `${String(lockedPages(task.kernel, process) * 4).padStart(8)} kB`],
    ['VmRSS', `${String(resident * 4).padStart(8)} kB`],
    ['Threads', process.threads.length],
    ['SigPnd', set(0n)],
    ['SigBlk', set(thread ? linuxThreadOf(thread).blocked : 0n)],
    ['SigIgn', set(handled(handler => handler === SIG_IGN))],
    ['SigCgt', set(handled(handler => handler !== SIG_DFL && handler !== SIG_IGN))],
    ['CapEff', euid === 0 ? '000001ffffffffff' : '0000000000000000'],
    ['Cpus_allowed', '1'],
    ['Cpus_allowed_list', '0'],
  ];
  return rows.map(([name, value]) => `${name}:\t${value}\n`).join('');
}

function limits(_: Task, group: ThreadGroup): string {
  const value = (limit: number): string => (limit === RLIM_INFINITY ? 'unlimited' : String(limit));
  const rows = group.limits.map(
    ({ soft, hard }, index) =>
      `${(RLIMIT_NAMES[index]?.[1] ?? '').padEnd(26)}${value(soft).padEnd(21)}${value(hard).padEnd(21)}\n`,
  );
  return `${'Limit'.padEnd(26)}${'Soft Limit'.padEnd(21)}${'Hard Limit'.padEnd(21)}Units\n${rows.join('')}`;
}

function statm(task: Task, group: ThreadGroup): string {
  const { virtual, resident } = sizes(task, group);
  return `${Math.floor(virtual / PAGE_SIZE)} ${resident} 0 0 0 ${resident} 0\n`;
}

/** proc_pid_io(5): what system calls moved; nothing here is a disk's. */
function io(_: Task, { transfers }: ThreadGroup): string {
  const { read, written, reads, writes } = transfers;
  const rows = { rchar: read, wchar: written, syscr: reads, syscw: writes };
  const disk = 'read_bytes: 0\nwrite_bytes: 0\ncancelled_write_bytes: 0\n';
  return `${Object.entries(rows)
    .map(([name, value]) => `${name}: ${value}\n`)
    .join('')}${disk}`;
}

/** OOM_SCORE_ADJ_MAX */
const MOST_OOM = 1000;

/** proc_pid_oom_score_adj(5): kept and told, and inherited; lowering it is root's. The older file counts in seventeenths. */
function adjustOom(most: number, scale: number): NonNullable<ProcNode['store']> {
  const least = scale === 1 ? -most : -17;
  return (task, group, text) => {
    const value = Number(text.trim() || Number.NaN);
    if (!Number.isInteger(value) || value < least || value > most) return -EINVAL;
    const wanted = value === most ? MOST_OOM : Math.trunc(value * scale);
    if (wanted < group.oomAdjustment && !isPrivileged(task)) return -EACCES;
    group.oomAdjustment = wanted;
    return 0;
  };
}

function nulTerminated(texts: readonly string[]): string {
  return texts.map(text => `${text}\0`).join('');
}

export const PROCESS_FILES: readonly ProcNode[] = [
  { path: 'cmdline', text: (_, group) => nulTerminated(group.arguments) },
  {
    path: 'comm',
    text: (_task, _group, thread) => `${comm(thread)}\n`,
    // Of one's own threads only.
    store(task, group, text, thread) {
      if (group !== task.group || !thread) return -EINVAL;
      linuxThreadOf(thread).comm = text.replace(/\n$/, '').slice(0, 15);
      return 0;
    },
  },
  { path: 'auxv', bytes: group => encodeLongs(group.memory.auxiliaryVector) },
  { path: 'environ', text: (_, group) => nulTerminated(group.environment) },
  { path: 'limits', text: limits },
  { path: 'maps', text: maps },
  { path: 'smaps', text: smaps },
  { path: 'io', text: io },
  { path: 'mem', memory: true },
  { path: 'mounts', text: mountsText },
  { path: 'mountinfo', text: mountInfoText },
  { path: 'stat', text: stat },
  { path: 'statm', text: statm },
  { path: 'status', text: status },
  { path: 'cgroup', text: () => '0::/\n' },
  { path: 'oom_score', text: (_, { oomAdjustment }) => `${Math.max(0, 666 + Math.trunc((oomAdjustment * 2) / 3))}\n` },
  { path: 'oom_score_adj', text: (_, group) => `${group.oomAdjustment}\n`, store: adjustOom(MOST_OOM, 1) },
  {
    path: 'oom_adj',
    text: (_, { oomAdjustment }) => `${Math.trunc((oomAdjustment * (oomAdjustment > 0 ? 15 : 17)) / MOST_OOM)}\n`,
    store: adjustOom(15, MOST_OOM / 17),
  },
  { path: 'loginuid', text: () => '4294967295' },
];
