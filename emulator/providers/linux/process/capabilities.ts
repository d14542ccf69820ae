/**
 * Capabilities (capabilities(7)): kept and told as Linux does. What the provider itself checks is whether the effective
 * user is root.
 */

import type { Credentials } from '../task.ts';

export interface Capabilities {
  permitted: bigint;
  effective: bigint;
  inheritable: bigint;
  bounding: bigint;
}

/** CAP_LAST_CAP of the version that we say we are: CAP_CHECKPOINT_RESTORE. */
export const LAST_CAPABILITY = 40;
const ALL = (1n << BigInt(LAST_CAPABILITY + 1)) - 1n;

export function initialCapabilities(euid: number): Capabilities {
  const held = euid === 0 ? ALL : 0n;
  return { permitted: held, effective: held, inheritable: 0n, bounding: ALL };
}

/** The effect of changed user ids (capabilities(7), "Effect of user ID changes on capabilities"). */
export function changeUserIds(
  credentials: Credentials,
  ids: Pick<Credentials, 'uid' | 'euid' | 'suid'>,
  keepsCapabilities: boolean,
): void {
  const before = [credentials.uid, credentials.euid, credentials.suid];
  const wasRoot = credentials.euid === 0;
  Object.assign(credentials, ids, { fsuid: ids.euid });
  const { capabilities } = credentials;
  const leavesRoot = before.includes(0) && ![ids.uid, ids.euid, ids.suid].includes(0);
  if (leavesRoot && !keepsCapabilities) capabilities.permitted = 0n;
  if (wasRoot && ids.euid !== 0) capabilities.effective = 0n;
  if (!wasRoot && ids.euid === 0) capabilities.effective = capabilities.permitted;
  capabilities.effective &= capabilities.permitted;
}

/** execve(2) of a file without capabilities of its own. */
export function capabilitiesAfterExec({ uid, euid, capabilities }: Credentials): Capabilities {
  const { inheritable, bounding } = capabilities;
  const permitted = uid === 0 || euid === 0 ? bounding | inheritable : 0n;
  return { permitted, effective: euid === 0 ? permitted : 0n, inheritable, bounding };
}
