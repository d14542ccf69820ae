/** Who may look into whom (ptrace(2), "Ptrace access mode checking"). */

import { isPrivileged, type Task, type ThreadGroup } from '../task.ts';

/** PTRACE_MODE_ATTACH_REALCREDS: the same user in all three ids, and the same group; or root. */
export function mayTrace(task: Task, target: ThreadGroup): boolean {
  if (target === task.group || isPrivileged(task)) return true;
  const { uid, gid } = task.group.credentials;
  const other = target.credentials;
  const isSameUser = [other.uid, other.euid, other.suid].every(id => id === uid);
  return isSameUser && [other.gid, other.egid, other.sgid].every(id => id === gid) && target.dumpable;
}
