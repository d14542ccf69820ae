/** /proc/<pid>/fdinfo: what an open file is like behind each descriptor (proc_pid_fdinfo(5)). */

import { O_CLOEXEC, O_LARGEFILE } from '../../abi/fcntl.ts';
import { type Linux, stateOf } from '../../instance.ts';
import type { Descriptor, ThreadGroup } from '../../task.ts';
import { findVolumeFile } from '../../../../kernel/io/volume/file.ts';
import type { FileType, OpenFile } from '../openFile.ts';

/** What kinds of files tell beside position and flags. */
const DETAILS: Partial<Record<FileType, (linux: Linux, file: OpenFile) => string>> = {
  counter: (linux, { object }) =>
    `eventfd-count: ${(stateOf(linux).counters.get(object)?.value ?? 0n).toString(16).padStart(16)}\n`,
  signal: (linux, { object }) =>
    `sigmask:\t${(stateOf(linux).signalFiles.get(object)?.mask ?? 0n).toString(16).padStart(16, '0')}\n`,
  process: (linux, { object }) => {
    const record = stateOf(linux).processFiles.get(object);
    const pid = !record ? 0 : record.ended && !stateOf(linux).zombies.has(record.pid) ? -1 : record.pid;
    return `Pid:\t${pid}\nNSpid:\t${pid}\n`;
  },
  watcher: (linux, { object }) =>
    (stateOf(linux).watchers.get(object)?.watches ?? [])
      .map(({ wd, inode, mask }) => {
        const device = findVolumeFile(linux.kernel, inode)?.volume ?? 0;
        return `inotify wd:${hex(wd)} ino:${hex(inode)} sdev:${hex(device)} mask:${hex(mask >>> 0)} ignored_mask:0\n`;
      })
      .join(''),
};

function hex(value: number): string {
  return value.toString(16);
}

/** Flags as F_GETFL and /proc/<pid>/fdinfo tell them. */
export function toldFlags(file: OpenFile): number {
  return file.flags | (file.type === 'regular' || file.type === 'directory' ? O_LARGEFILE : 0);
}

/** The text for a descriptor of a process; empty if it is not open. */
export function descriptorText(linux: Linux, group: ThreadGroup, fd: number): string {
  const descriptor: Descriptor | undefined = group.descriptors[fd];
  const file = descriptor && stateOf(linux).files.get(descriptor.file);
  if (!file) return '';
  const flags = toldFlags(file) | (descriptor.closeOnExec ? O_CLOEXEC : 0);
  const volume = findVolumeFile(linux.kernel, file.inode)?.volume ?? 0;
  const shared = `pos:\t${file.offset}\nflags:\t0${flags.toString(8)}\nmnt_id:\t${volume}\nino:\t${file.inode}\n`;
  return shared + (DETAILS[file.type]?.(linux, file) ?? '');
}
