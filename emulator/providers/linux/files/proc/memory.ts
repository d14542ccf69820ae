/** /proc/<pid>/maps and smaps (proc_pid_maps(5), proc_pid_smaps(5)). */

import { PAGE_SIZE } from '../../../../base/pages.ts';
import { countVadPages } from '../../../../kernel/mm/pageCounts.ts';
import { isExecutable, isReadable, isWritable } from '../../../../kernel/mm/protectionMask.ts';
import type { Vad } from '../../../../kernel/mm/vad.ts';
import { getProcess } from '../../../../kernel/ps/process.ts';
import type { Task, ThreadGroup } from '../../task.ts';

interface MapRun {
  readonly vad: Vad;
  readonly page: number;
  readonly count: number;
  /** 0 where nothing may be touched. */
  readonly protection: number;
}

function* mapRuns(task: Task, group: ThreadGroup): Iterable<MapRun> {
  for (const vad of getProcess(task.kernel, group.pid).vads)
    for (const { first, count, committed, protection } of vad.runs) {
      const isHole = !committed && vad.use === '[heap]';
      if (!isHole) yield { vad, page: vad.start + first, count, protection: committed ? protection : 0 };
    }
}

export function maps(task: Task, group: ThreadGroup): string {
  return Array.from(mapRuns(task, group), run => mapLine(task, run)).join('');
}

/** Pages are counted as they are at this moment; those that a fork shares are shared, whoever wrote them. */
export function smaps(task: Task, group: ThreadGroup): string {
  const process = getProcess(task.kernel, group.pid);
  let text = '';
  for (const run of mapRuns(task, group)) {
    const { vad, page, count, protection } = run;
    const pages = countVadPages(task.kernel, process, vad, page, page + count);
    const rows: readonly (readonly [string, number])[] = [
      ['Size', count],
      ['KernelPageSize', 1],
      ['MMUPageSize', 1],
      ['Rss', pages.total],
      ['Pss', pages.total - pages.shared + Math.floor(pages.shared / 2)],
      ['Shared_Clean', pages.shared],
      ['Shared_Dirty', 0],
      ['Private_Clean', 0],
      ['Private_Dirty', pages.total - pages.shared],
      ['Referenced', pages.total],
      ['Anonymous', vad.section === 0 ? pages.total : 0],
      ['Swap', pages.pagedOut],
      ['Locked', pages.locked],
    ];
    const flags = [
      isReadable(protection) && 'rd',
      isWritable(protection) && 'wr',
      isExecutable(protection) && 'ex',
      vad.shared && 'sh',
      'mr mw me',
    ].filter(Boolean);
    text += mapLine(task, run);
    for (const [name, value] of rows)
      text += `${`${name}:`.padEnd(16)}${String((value * PAGE_SIZE) / 1024).padStart(8)} kB\n`;
    text += `VmFlags: ${flags.join(' ')} \n`;
  }
  return text;
}

function mapLine(task: Task, { vad, page, count, protection }: MapRun): string {
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
