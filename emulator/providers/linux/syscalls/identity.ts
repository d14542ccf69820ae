/** Who processes are: ids, groups, sessions, owners. */

import { EACCES, EFAULT, EINVAL, EPERM, ESRCH } from '../abi/errno.ts';
import { changeUserIds } from '../process/capabilities.ts';
import { findGroup } from '../process/lookup.ts';
import { isPrivileged, type Task } from '../task.ts';
import { liveProcesses } from '../process/lookup.ts';
import { groupOf } from '../task.ts';
import { readView, writeBytes, writeInt } from '../userMemory.ts';
import { int, out, pid, pointer, unsigned } from './arguments.ts';
import { call, type Row } from './row.ts';

const threeIds = [out('ruid', 'uid_t *'), out('euid', 'uid_t *'), out('suid', 'uid_t *')] as const;

export const identityRows: readonly Row[] = [
  call(39, 'getpid', [], task => task.group.pid),
  call(102, 'getuid', [], task => task.group.credentials.uid),
  call(104, 'getgid', [], task => task.group.credentials.gid),
  call(105, 'setuid', [unsigned('uid')], setuid),
  call(106, 'setgid', [unsigned('gid')], setgid),
  call(107, 'geteuid', [], task => task.group.credentials.euid),
  call(108, 'getegid', [], task => task.group.credentials.egid),
  call(109, 'setpgid', [pid(), pid('pgid')], setpgid),
  call(110, 'getppid', [], getppid),
  call(111, 'getpgrp', [], task => task.group.processGroup),
  call(112, 'setsid', [], setsid),
  call(113, 'setreuid', [int('ruid'), int('euid')], setreuid),
  call(114, 'setregid', [int('rgid'), int('egid')], setregid),
  call(115, 'getgroups', [int('size'), out('list', 'gid_t *')], getgroups),
  call(116, 'setgroups', [int('size'), pointer('list', 'const gid_t *')], setgroups),
  call(117, 'setresuid', [int('ruid'), int('euid'), int('suid')], setUids),
  call(118, 'getresuid', threeIds, getresuid),
  call(119, 'setresgid', [int('rgid'), int('egid'), int('sgid')], setGids),
  call(120, 'getresgid', threeIds, getresgid),
  call(121, 'getpgid', [pid()], (task, wanted) => ofGroup(task, wanted, group => group.processGroup)),
  call(122, 'setfsuid', [int('fsuid')], setfsuid),
  call(123, 'setfsgid', [int('fsgid')], setfsgid),
  call(124, 'getsid', [pid()], (task, wanted) => ofGroup(task, wanted, group => group.session)),
  call(186, 'gettid', [], task => task.self.tid),
];

/** A parent that has ended was replaced by init. */
function getppid(task: Task): number {
  return task.group.parent;
}

function ofGroup(task: Task, wanted: number, value: (group: Task['group']) => number): number {
  const group = wanted === 0 || wanted === task.group.pid ? task.group : findGroup(task.linux, wanted)?.group;
  return group ? value(group) : -ESRCH;
}

function setpgid(task: Task, wanted: number, processGroup: number): number {
  const group = wanted === 0 || wanted === task.group.pid ? task.group : findGroup(task.linux, wanted)?.group;
  if (processGroup < 0) return -EINVAL;
  if (!group) return -ESRCH;
  const isChild = group.parent === task.group.pid;
  if (group !== task.group && !isChild) return -ESRCH;
  if (isChild && group.executed) return -EACCES;
  if (group.session === group.pid || group.session !== task.group.session) return -EPERM;
  const target = processGroup || group.pid;
  const exists = liveProcesses(task.linux).some(
    process => groupOf(process).processGroup === target && groupOf(process).session === group.session,
  );
  if (target !== group.pid && !exists) return -EPERM;
  group.processGroup = target;
  return 0;
}

function setsid(task: Task): number {
  const { group } = task;
  if (group.processGroup === group.pid) return -EPERM;
  group.session = group.pid;
  group.processGroup = group.pid;
  return group.pid;
}

function applyUids({ group }: Task, uid: number, euid: number, suid: number): number {
  changeUserIds(group.credentials, { uid, euid, suid }, group.keepsCapabilities);
  return 0;
}

function setuid(task: Task, uid: number): number {
  const { credentials } = task.group;
  if (isPrivileged(task)) return applyUids(task, uid, uid, uid);
  if (uid !== credentials.uid && uid !== credentials.suid) return -EPERM;
  return applyUids(task, credentials.uid, uid, credentials.suid);
}

/** The saved id follows when the real one is set, or the effective one to something else than the real one was. */
function savedAfter(real: number, effective: number, before: { real: number; saved: number }, next: number): number {
  return real !== -1 || (effective !== -1 && effective !== before.real) ? next : before.saved;
}

function setreuid(task: Task, real: number, effective: number): number {
  const { uid, euid, suid } = task.group.credentials;
  if (!isPrivileged(task)) {
    if (real !== -1 && real !== uid && real !== euid) return -EPERM;
    if (effective !== -1 && ![uid, euid, suid].includes(effective)) return -EPERM;
  }
  const next = effective === -1 ? euid : effective;
  const saved = savedAfter(real, effective, { real: uid, saved: suid }, next);
  return applyUids(task, real === -1 ? uid : real, next, saved);
}

function setregid(task: Task, real: number, effective: number): number {
  const { credentials } = task.group;
  const { gid, egid, sgid } = credentials;
  if (!isPrivileged(task)) {
    if (real !== -1 && real !== gid && real !== egid) return -EPERM;
    if (effective !== -1 && ![gid, egid, sgid].includes(effective)) return -EPERM;
  }
  const next = effective === -1 ? egid : effective;
  const saved = savedAfter(real, effective, { real: gid, saved: sgid }, next);
  Object.assign(credentials, { gid: real === -1 ? gid : real, egid: next, sgid: saved, fsgid: next });
  return 0;
}

function setgid(task: Task, gid: number): number {
  const { credentials } = task.group;
  if (isPrivileged(task)) Object.assign(credentials, { gid, egid: gid, sgid: gid, fsgid: gid });
  else if (gid === credentials.gid || gid === credentials.sgid) credentials.egid = credentials.fsgid = gid;
  else return -EPERM;
  return 0;
}

/** -1 leaves an id as it is (setresuid(2)). */
function setUids(task: Task, uid: number, euid: number, suid: number): number {
  const { credentials } = task.group;
  const own = [credentials.uid, credentials.euid, credentials.suid];
  if (!isPrivileged(task) && [uid, euid, suid].some(id => id !== -1 && !own.includes(id))) return -EPERM;
  const or = (wanted: number, present: number): number => (wanted === -1 ? present : wanted);
  return applyUids(task, or(uid, credentials.uid), or(euid, credentials.euid), or(suid, credentials.suid));
}

function setGids(task: Task, gid: number, egid: number, sgid: number): number {
  const { credentials } = task.group;
  const own = [credentials.gid, credentials.egid, credentials.sgid];
  if (!isPrivileged(task) && [gid, egid, sgid].some(id => id !== -1 && !own.includes(id))) return -EPERM;
  if (gid !== -1) credentials.gid = gid;
  if (egid !== -1) credentials.egid = egid;
  if (sgid !== -1) credentials.sgid = sgid;
  credentials.fsgid = credentials.egid;
  return 0;
}

/** The answer is what it was before, whether it changed or not. */
function setfsuid(task: Task, wanted: number): number {
  const { credentials } = task.group;
  const { uid, euid, suid, fsuid } = credentials;
  if (wanted !== -1 && (isPrivileged(task) || [uid, euid, suid, fsuid].includes(wanted))) credentials.fsuid = wanted;
  return fsuid;
}

function setfsgid(task: Task, wanted: number): number {
  const { credentials } = task.group;
  const { gid, egid, sgid, fsgid } = credentials;
  if (wanted !== -1 && (isPrivileged(task) || [gid, egid, sgid, fsgid].includes(wanted))) credentials.fsgid = wanted;
  return fsgid;
}

function getresuid(task: Task, real: number, effective: number, saved: number): number {
  const { uid, euid, suid } = task.group.credentials;
  return writeInt(task, real, uid) && writeInt(task, effective, euid) && writeInt(task, saved, suid) ? 0 : -EFAULT;
}

function getresgid(task: Task, real: number, effective: number, saved: number): number {
  const { gid, egid, sgid } = task.group.credentials;
  return writeInt(task, real, gid) && writeInt(task, effective, egid) && writeInt(task, saved, sgid) ? 0 : -EFAULT;
}

function getgroups(task: Task, room: number, address: number): number {
  const { groups } = task.group.credentials;
  if (room === 0) return groups.length;
  if (room < groups.length) return -EINVAL;
  return writeBytes(task, address, new Uint8Array(new Uint32Array(groups).buffer)) ? groups.length : -EFAULT;
}

function setgroups(task: Task, count: number, address: number): number {
  if (!isPrivileged(task)) return -EPERM;
  if (count < 0 || count > 65536) return -EINVAL;
  const view = readView(task, address, count * 4);
  if (!view) return -EFAULT;
  task.group.credentials.groups = [...new Uint32Array(view.buffer)];
  return 0;
}
