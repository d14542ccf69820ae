/** Files below /proc/net (proc_pid_net(5)): sockets as they are now, and the one interface. */

import { AF_INET, AF_INET6, AF_UNIX, SOCK_DGRAM, SOCK_STREAM } from '../../abi/socket.ts';
import { type Linux, stateOf } from '../../instance.ts';
import { ANY_4, ANY_6, bytesOf, LOOPBACK_6 } from '../../sockets/address.ts';
import { LOOPBACK } from '../../sockets/interface.ts';
import { RECEIVE_SHUT, SEND_SHUT, type Socket, type SocketName } from '../../sockets/socket.ts';
import type { Task } from '../../task.ts';
import type { ProcNode } from './tree.ts';

function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, '0');
}

/** Words of the address as the processor keeps them, and the port. */
function placeText({ place, number }: SocketName, family: number): string {
  const bytes = bytesOf(place).subarray(family === AF_INET ? 12 : 0);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let text = '';
  for (let at = 0; at < bytes.length; at += 4) text += hex(view.getUint32(at, true), 8);
  return `${text}:${hex(number, 4)}`;
}

/** TCP_* (net/tcp_states.h). */
function stateOfTcp({ state, shutdown }: Socket): number {
  if (state === 'listening') return 10;
  if (state === 'connecting') return 2;
  if (state !== 'connected') return 7;
  if (shutdown & RECEIVE_SHUT) return shutdown & SEND_SHUT ? 9 : 8;
  return shutdown & SEND_SHUT ? 4 : 1;
}

/** Inode numbers of sockets that have files. */
function inodes(linux: Linux): Map<number, number> {
  const found = new Map<number, number>();
  for (const { type, object, inode } of stateOf(linux).files.values()) if (type === 'socket') found.set(object, inode);
  return found;
}

function inetTable(family: number, type: number): (task: Task) => string {
  const header = `  sl  local_address ${family === AF_INET ? '' : ' '.repeat(24)}rem_address   ${family === AF_INET ? '' : ' '.repeat(24)}st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n`;
  const none = { place: family === AF_INET ? ANY_4 : ANY_6, number: 0 };
  return ({ linux }) => {
    const files = inodes(linux);
    const lines = [...stateOf(linux).sockets.values()]
      .filter(socket => socket.family === family && socket.type === type && socket.name)
      .map((socket, index) => {
        const state = type === SOCK_STREAM ? stateOfTcp(socket) : socket.peerName ? 1 : 7;
        const waiting = socket.state === 'listening' ? socket.accepting.length : socket.queued;
        const names = `${placeText(socket.name ?? none, family)} ${placeText(socket.peerName ?? none, family)}`;
        const owner = `${String(socket.owner.uid).padStart(5)} ${'0'.padStart(8)} ${files.get(socket.id) ?? 0}`;
        return `${String(index).padStart(4)}: ${names} ${hex(state, 2)} ${hex(0, 8)}:${hex(waiting, 8)} 00:00000000 00000000 ${owner} 1 0000000000000000\n`;
      });
    return header + lines.join('');
  };
}

/** SS_* (linux/net.h). */
const UNIX_STATES: Readonly<Record<Socket['state'], number>> = {
  idle: 1,
  listening: 1,
  connecting: 2,
  connected: 3,
  over: 1,
};
/** SO_ACCEPTCON (linux/net.h). */
const LISTENS = 0x1_0000;

function unixTable({ linux }: Task): string {
  const files = inodes(linux);
  const lines = [...stateOf(linux).sockets.values()]
    .filter(({ family }) => family === AF_UNIX)
    .map(({ id, type, state, name }) => {
      const path = name ? ` ${name.place.replaceAll('\0', '@')}` : '';
      const flags = hex(state === 'listening' ? LISTENS : 0, 8);
      return `0000000000000000: 00000002 00000000 ${flags} ${hex(type, 4)} ${hex(UNIX_STATES[state], 2)} ${String(files.get(id) ?? 0).padStart(5)}${path}\n`;
    });
  return `Num       RefCount Protocol Flags    Type St Inode Path\n${lines.join('')}`;
}

const DEVICES = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
${LOOPBACK.name.padStart(6)}:       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0
`;

export const NETWORK_FILES: readonly ProcNode[] = [
  { path: 'net/' },
  { path: 'net/dev', text: () => DEVICES },
  // Index, prefix, scope host and IFA_F_PERMANENT, in hexadecimal.
  { path: 'net/if_inet6', text: () => `${LOOPBACK_6} 01 80 10 80 ${LOOPBACK.name.padStart(8)}\n` },
  {
    path: 'net/route',
    text: () =>
      `${'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT'.padEnd(127)}\n`,
  },
  { path: 'net/tcp', text: inetTable(AF_INET, SOCK_STREAM) },
  { path: 'net/tcp6', text: inetTable(AF_INET6, SOCK_STREAM) },
  { path: 'net/udp', text: inetTable(AF_INET, SOCK_DGRAM) },
  { path: 'net/udp6', text: inetTable(AF_INET6, SOCK_DGRAM) },
  { path: 'net/unix', text: unixTable },
];
