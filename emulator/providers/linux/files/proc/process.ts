/** Files of /proc/<pid> (proc(5)). */

import { PAGE_SIZE } from '../../../../base/pages.ts';
import { isExecutable, isReadable, isWritable } from '../../../../kernel/mm/protectionMask.ts';
import type { Vad } from '../../../../kernel/mm/vad.ts';
import { getProcess } from '../../../../kernel/ps/process.ts';
import { findThread } from '../../../../kernel/ps/thread.ts';
import { NANOSECONDS } from '../../abi/time.ts';
import { RLIM_INFINITY, RLIMIT_NAMES, USER_HZ } from '../../abi/sched.ts';
import { SIG_DFL, SIG_IGN, type SignalSet, signalBit } from '../../abi/signal.ts';
import { linuxThreadOf, type Task, type ThreadGroup } from '../../task.ts';
import { lockedPages } from '../../memory/locking.ts';
import { mountInfoText, mountsText } from './system.ts';
import type { ProcNode } from './tree.ts';

function maps(task: Task, group: ThreadGroup): string {
  const lines: string[] = [];
  for (const vad of getProcess(task.kernel, group.pid).vads)
    for (const run of vad.runs) {
      const isHole = !run.committed && vad.use === '[heap]';
      if (!isHole) lines.push(mapLine(task, vad, vad.start + run.first, run.count, run.committed ? run.protection : 0));
    }
  return lines.join('');
}

function mapLine(task: Task, vad: Vad, page: number, count: number, protection: number): string {
  const digits = (value: number, length: number): string => value.toString(16).padStart(length, '0');
  const rights = [
    isReadable(protection) ? 'r' : '-',
    isWritable(protection) ? 'w' : '-',
    isExecutable(protection) ? 'x' : '-',
    vad.shared ? 's' : 'p',
  ].join('');
  const file = vad.section === 0 ? undefined : inodeOfSection(task, vad.section);
  const offset = file ? (vad.sectionPage + page - vad.start) * PAGE_SIZE : 0;
  const range = `${digits(page * PAGE_SIZE, 8)}-${digits((page + count) * PAGE_SIZE, 8)}`;
  const start = `${range} ${rights} ${digits(offset, 8)} 00:${digits(file?.device ?? 0, 2)} ${file?.inode ?? 0}`;
  return vad.use === '' ? `${start} \n` : `${start.padEnd(73)}${vad.use}\n`;
}

function inodeOfSection(task: Task, section: number): { inode: number; device: number } | undefined {
  for (const file of task.kernel.state.volumeFiles.values())
    if (file.section === section) return { inode: file.id, device: file.volume };
  return undefined;
}

function stateLetter(task: Task, group: ThreadGroup): string {
  if (group.stopSignal !== 0) return 'T';
  return findThread(task.kernel, group.leader)?.state === 'waiting' ? 'S' : 'R';
}

function comm(task: Task, group: ThreadGroup): string {
  const leader = findThread(task.kernel, group.leader);
  return leader ? linuxThreadOf(leader).comm : '';
}

function ticks(nanoseconds: number): number {
  return Math.floor((nanoseconds / NANOSECONDS) * USER_HZ);
}

function sizes(task: Task, group: ThreadGroup): { virtual: number; resident: number } {
  const process = getProcess(task.kernel, group.pid);
  const virtual = process.vads.reduce((sum, vad) => sum + (vad.use === '[heap]' ? 0 : vad.end - vad.start), 0);
  return { virtual: virtual * PAGE_SIZE, resident: process.commit };
}

/** The 52 fields of proc_pid_stat(5). */
function stat(task: Task, group: ThreadGroup): string {
  const process = getProcess(task.kernel, group.pid);
  const { virtual, resident } = sizes(task, group);
  const fields = Array.from<number | string>({ length: 52 }).fill(0);
  const set = (field: number, value: number | string): void => {
    fields[field - 1] = value;
  };
  set(1, group.pid);
  set(2, `(${comm(task, group)})`);
  set(3, stateLetter(task, group));
  set(4, group.parent);
  set(5, group.processGroup);
  set(6, group.session);
  set(8, -1);
  set(10, process.pageFaults);
  set(14, ticks(process.instructions));
  set(16, ticks(group.childrenTime));
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

function status(task: Task, group: ThreadGroup): string {
  const process = getProcess(task.kernel, group.pid);
  const { virtual, resident } = sizes(task, group);
  const { uid, euid, suid, gid, egid, sgid, groups } = group.credentials;
  const leader = findThread(task.kernel, group.leader);
  const set = (value: SignalSet): string => value.toString(16).padStart(16, '0');
  const handled = (test: (handler: number) => boolean): SignalSet =>
    group.actions.reduce(
      (all, action, signal) => (signal > 0 && test(action.handler) ? all | signalBit(signal) : all),
      0n,
    );
  const states: Record<string, string> = { R: 'running', S: 'sleeping', T: 'stopped' };
  const letter = stateLetter(task, group);
  const rows: [string, string | number][] = [
    ['Name', comm(task, group)],
    ['Umask', `0${group.umask.toString(8).padStart(3, '0')}`],
    ['State', `${letter} (${states[letter]})`],
    ['Tgid', group.pid],
    ['Ngid', 0],
    ['Pid', group.pid],
    ['PPid', group.parent],
    ['TracerPid', 0],
    ['Uid', `${uid}\t${euid}\t${suid}\t${euid}`],
    ['Gid', `${gid}\t${egid}\t${sgid}\t${egid}`],
    ['FDSize', Math.max(64, group.descriptors.length)],
    ['Groups', groups.join(' ')],
    ['VmPeak', `${String(Math.floor(virtual / 1024)).padStart(8)} kB`],
    ['VmSize', `${String(Math.floor(virtual / 1024)).padStart(8)} kB`],
    ['VmLck', `${String(lockedPages(task.kernel, process) * 4).padStart(8)} kB`],
    ['VmRSS', `${String(resident * 4).padStart(8)} kB`],
    ['Threads', process.threads.length],
    ['SigPnd', set(0n)],
    ['SigBlk', set(leader ? linuxThreadOf(leader).blocked : 0n)],
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

function nulTerminated(texts: readonly string[]): string {
  return texts.map(text => `${text}\0`).join('');
}

export const PROCESS_FILES: readonly ProcNode[] = [
  { path: 'cmdline', text: (_, group) => nulTerminated(group.arguments) },
  { path: 'comm', text: (task, group) => `${comm(task, group)}\n`, writable: true },
  { path: 'environ', text: (_, group) => nulTerminated(group.environment) },
  { path: 'limits', text: limits },
  { path: 'maps', text: maps },
  { path: 'mounts', text: mountsText },
  { path: 'mountinfo', text: mountInfoText },
  { path: 'stat', text: stat },
  { path: 'statm', text: statm },
  { path: 'status', text: status },
  { path: 'cgroup', text: () => '0::/\n' },
  { path: 'oom_score_adj', text: () => '0\n', writable: true },
  { path: 'loginuid', text: () => '4294967295' },
];
