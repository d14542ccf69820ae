/** Files of /proc that speak of System V IPC: the objects there are (sysvipc(7)), and limits. */

import { PAGE_SIZE, roundUp } from '../../../../base/pages.ts';
import * as abi from '../../abi/ipc.ts';
import { stateOf } from '../../instance.ts';
import type { IpcObject } from '../../ipc/object.ts';
import { attachments, segmentsOf } from '../../ipc/sharedMemory.ts';
import type { Task } from '../../task.ts';
import type { ProcNode } from './tree.ts';

function columns(values: readonly (number | string)[], widths: readonly number[]): string {
  return `${values.map((value, index) => String(value).padStart(widths[index])).join(' ')}\n`;
}

function owners({ uid, gid, creatorUid, creatorGid }: IpcObject): number[] {
  return [uid, gid, creatorUid, creatorGid];
}

function start({ key, id, mode }: IpcObject, extra = 0): (number | string)[] {
  return [key, id, ((mode & 0o777) | extra).toString(8)];
}

const SEGMENTS =
  '       key      shmid perms                  size  cpid  lpid nattch   uid   gid  cuid  cgid      atime      dtime      ctime                   rss                  swap\n';
const SEMAPHORES = '       key      semid perms      nsems   uid   gid  cuid  cgid      otime      ctime\n';
const QUEUES =
  '       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid  cuid  cgid      stime      rtime      ctime\n';

function segments({ linux }: Task): string {
  const widths = [10, 10, 5, 21, 5, 5, 6, 5, 5, 5, 5, 10, 10, 10, 21, 21];
  return [...segmentsOf(linux).objects.values()].reduce((text, segment) => {
    const { size, creator, lastUser, attached, detached, changed } = segment;
    const state = (segment.doomed ? abi.SHM_DEST : 0) | (segment.locked ? abi.SHM_LOCKED : 0);
    const use = [size, creator, lastUser, attachments(linux, segment)];
    const pages = Math.floor(roundUp(size) / PAGE_SIZE);
    const times = [attached, detached, changed, pages * PAGE_SIZE, 0];
    return text + columns([...start(segment, state), ...use, ...owners(segment), ...times], widths);
  }, SEGMENTS);
}

function semaphores({ linux }: Task): string {
  const widths = [10, 10, 5, 10, 5, 5, 5, 5, 10, 10];
  return [...stateOf(linux).ipc.semaphores.objects.values()].reduce(
    (text, set) =>
      text + columns([...start(set), set.values.length, ...owners(set), set.operated, set.changed], widths),
    SEMAPHORES,
  );
}

function queues({ linux }: Task): string {
  const widths = [10, 10, 5, 11, 10, 5, 5, 5, 5, 5, 5, 10, 10, 10];
  return [...stateOf(linux).ipc.queues.objects.values()].reduce((text, queue) => {
    const use = [queue.bytes, queue.messages.length, queue.lastSender, queue.lastReceiver];
    return (
      text + columns([...start(queue), ...use, ...owners(queue), queue.sent, queue.received, queue.changed], widths)
    );
  }, QUEUES);
}

export const IPC_FILES: readonly ProcNode[] = [
  { path: 'sysvipc/' },
  { path: 'sysvipc/shm', text: segments },
  { path: 'sysvipc/sem', text: semaphores },
  { path: 'sysvipc/msg', text: queues },
];

const LIMITS: readonly (readonly [name: string, value: number | bigint | string])[] = [
  ['shmmax', abi.SHMMAX],
  ['shmall', abi.SHMMAX],
  ['shmmni', abi.SHMMNI],
  ['sem', `${abi.SEMMSL}\t${abi.SEMMNS}\t${abi.SEMOPM}\t${abi.SEMMNI}`],
  ['msgmax', abi.MSGMAX],
  ['msgmnb', abi.MSGMNB],
  ['msgmni', abi.MSGMNI],
];

/** Below /proc/sys/kernel. */
export const IPC_LIMITS: readonly ProcNode[] = LIMITS.map(([name, value]) => ({
  path: `sys/kernel/${name}`,
  text: () => `${value}\n`,
  writable: true,
}));
