/** The families of sockets that there are, by number. */

import { assert } from '../../../base/assert.ts';
import { AF_INET, AF_INET6, AF_NETLINK, AF_UNIX } from '../abi/socket.ts';
import type { Family } from './family.ts';
import { inet4Family, inet6Family } from './inet.ts';
import { netlinkFamily } from './netlink/family.ts';
import type { Socket } from './socket.ts';
import { unixFamily } from './unix.ts';

const FAMILIES: ReadonlyMap<number, Family> = new Map([
  [AF_UNIX, unixFamily],
  [AF_INET, inet4Family],
  [AF_INET6, inet6Family],
  [AF_NETLINK, netlinkFamily],
]);

export function findFamily(number: number): Family | undefined {
  return FAMILIES.get(number);
}

export function familyOf(socket: Socket): Family {
  const family = FAMILIES.get(socket.family);
  assert(family, `a socket has family ${socket.family}`);
  return family;
}
