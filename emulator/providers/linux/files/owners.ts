/**
 * Signals of input and output (fcntl(2): O_ASYNC, F_SETOWN, F_SETSIG): whom an open file tells what can now be done with
 * it. While no file has O_ASYNC, telling costs a look at an empty map.
 */

import type { Credentials, Task } from '../task.ts';
import { F_OWNER_PGRP, F_OWNER_TID, O_ACCMODE, O_ASYNC, O_RDONLY, O_WRONLY } from '../abi/fcntl.ts';
import * as poll from '../abi/poll.ts';
import { SIGIO } from '../abi/signal.ts';
import { type Linux, stateOf } from '../instance.ts';
import { findByTid, findGroup, liveProcesses } from '../process/lookup.ts';
import { inputSignal, kernelSignal, type SignalInfo } from '../signals/info.ts';
import { signalProcess, signalThread } from '../signals/send.ts';
import { groupOf } from '../task.ts';
import type { FileOwner, FileType, OpenFile } from './openFile.ts';

/**
 * What happened, as `si_code` says it, with what poll(2) would (the kernel's band_table), and the access mode of files that
 * it does not concern.
 */
export const BANDS = {
  in: { code: 1, band: poll.POLLIN | poll.POLLRDNORM, except: O_WRONLY },
  out: { code: 2, band: poll.POLLOUT | poll.POLLWRNORM | poll.POLLWRBAND, except: O_RDONLY },
  message: { code: 3, band: poll.POLLIN | poll.POLLRDNORM | poll.POLLMSG, except: O_WRONLY },
} as const;
export type Band = keyof typeof BANDS;

export function ownerOf({ group }: Task, kind: number, id: number): FileOwner {
  const { uid, euid } = group.credentials;
  return { kind, id, uid, euid };
}

/** The flags of open(2) that F_SETFL and FIOASYNC changed: O_ASYNC may have come or gone; `descriptor` is what signals name. */
export function noteAsynchronous(linux: Linux, file: OpenFile, descriptor: number): void {
  const { asynchronous } = stateOf(linux);
  if ((file.flags & O_ASYNC) === 0) asynchronous.delete(file.id);
  else if (!asynchronous.has(file.id)) asynchronous.set(file.id, descriptor);
}

/** Something changed in what files of `type` with `object` read or write: those with O_ASYNC tell their owners. */
export function tellOwners(linux: Linux, type: FileType, object: number, band: Band): void {
  const { asynchronous, files } = stateOf(linux);
  if (asynchronous.size === 0) return;
  for (const [id, descriptor] of asynchronous) {
    const file = files.get(id);
    if (file?.type === type && file.object === object && (file.flags & O_ACCMODE) !== BANDS[band].except)
      tellOwner(linux, file, descriptor, band);
  }
}

/** SIGIO, which says nothing more; or the signal that F_SETSIG asked for, which says what happened to which descriptor. */
export function tellOwner(linux: Linux, file: OpenFile, descriptor: number, band: Band): void {
  const { owner, ownerSignal } = file;
  if (!owner) return;
  const info = ownerSignal === 0 ? kernelSignal(SIGIO) : inputSignal(ownerSignal, BANDS[band], descriptor);
  sendToOwner(linux, owner, info);
}

function sendToOwner(linux: Linux, owner: FileOwner, info: SignalInfo): void {
  if (owner.kind === F_OWNER_TID) {
    const found = findByTid(linux, owner.id);
    if (found && maySignal(owner, groupOf(found.process).credentials)) signalThread(linux, found.thread, info);
    return;
  }
  const single = findGroup(linux, owner.id)?.process;
  const targets =
    owner.kind === F_OWNER_PGRP
      ? liveProcesses(linux).filter(process => groupOf(process).processGroup === owner.id)
      : single
        ? [single]
        : [];
  for (const process of targets)
    if (maySignal(owner, groupOf(process).credentials)) signalProcess(linux, process, info);
}

/** As kill(2) has it, with the ids of whoever named the owner. */
function maySignal({ uid, euid }: FileOwner, target: Credentials): boolean {
  return euid === 0 || [euid, uid].some(id => id === target.suid || id === target.uid);
}
