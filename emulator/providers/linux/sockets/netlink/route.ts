/** Answers to requests about links, addresses and routes (rtnetlink(7), linux/rtnetlink.h): there is `lo`. */

import { concatenate } from '../../../../base/bytes.ts';
import { EINVAL, EOPNOTSUPP, EPERM } from '../../abi/errno.ts';
import { AF_INET, AF_INET6, AF_UNSPEC } from '../../abi/socket.ts';
import { encodeText } from '../../userMemory.ts';
import { bytesOf, LOOPBACK_6 } from '../address.ts';
import { IFF_UP, LOOPBACK } from '../interface.ts';

/** `struct nlmsghdr`. */
const HEADER_SIZE = 16;
/** `struct ifinfomsg`. */
const LINK_SIZE = 16;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const NLM_F_ACK = 4;
const NLM_F_MULTI = 2;
const NLM_F_DUMP = 0x300;

const RTM_NEWLINK = 16;
const RTM_GETLINK = 18;
const RTM_NEWADDR = 20;
const RTM_GETADDR = 22;
const RTM_NEWROUTE = 24;
const RTM_GETROUTE = 26;
/** Every third message from here on asks, the others change. */
const RTM_BASE = 16;
const RTM_LAST = 120;

interface Request {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  /** `rtgen_family`: the first byte behind the header. */
  readonly family: number;
  /** Root asks for the interface to be up, which it is. */
  readonly raises: boolean;
}

type Bytes = readonly number[];

function word(value: number): Bytes {
  return [value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, value >>> 24];
}

function half(value: number): Bytes {
  return [value & 0xff, value >> 8];
}

/** `struct rtattr` with its value, to the next multiple of four. */
function attribute(type: number, value: Iterable<number>): Bytes {
  const bytes = [...value];
  const padding = new Uint8Array((4 - (bytes.length % 4)) % 4);
  return [...half(4 + bytes.length), ...half(type), ...bytes, ...padding];
}

function text(value: string): Bytes {
  return [...encodeText(value), 0];
}

/** `struct ifinfomsg` and attributes of the interface. */
function link(): Bytes {
  const change = 0;
  // IFF_LOWER_UP besides what ioctl shows.
  return [
    AF_UNSPEC,
    0,
    ...half(LOOPBACK.hardwareType),
    ...word(LOOPBACK.index),
    ...word(LOOPBACK.flags | 0x1_0000),
    ...word(change),
    ...attribute(3, text(LOOPBACK.name)),
    ...attribute(13, word(LOOPBACK.queueLength)),
    // IFLA_OPERSTATE: IF_OPER_UNKNOWN, as a loopback says.
    ...attribute(16, [0]),
    ...attribute(17, [0]),
    ...attribute(4, word(LOOPBACK.mtu)),
    ...attribute(27, word(0)),
    ...attribute(6, text('noqueue')),
    ...attribute(1, [0, 0, 0, 0, 0, 0]),
    ...attribute(2, [0, 0, 0, 0, 0, 0]),
  ];
}

/** `struct ifaddrmsg` and attributes: IFA_ADDRESS, IFA_LOCAL, IFA_LABEL, IFA_FLAGS; permanent, of scope host. */
function address(family: number, prefix: number, bytes: Iterable<number>): Bytes {
  const permanent = 0x80;
  const host = 254;
  const value = [...bytes];
  const own = family === AF_INET ? [...attribute(2, value), ...attribute(3, text(LOOPBACK.name))] : [];
  return [
    family,
    prefix,
    permanent,
    host,
    ...word(LOOPBACK.index),
    ...attribute(1, value),
    ...own,
    ...attribute(8, word(permanent)),
  ];
}

const LOOPBACK_6_BYTES = bytesOf(LOOPBACK_6);

/** `struct rtmsg` of a local route: RTA_TABLE, RTA_DST, RTA_PREFSRC, RTA_OIF. */
function route(family: number, prefix: number, destination: Iterable<number>, source: Iterable<number>): Bytes {
  const local = 255;
  return [
    family,
    prefix,
    0,
    0,
    local,
    // RTPROT_KERNEL, RT_SCOPE_HOST, RTN_LOCAL.
    2,
    254,
    2,
    ...word(0),
    ...attribute(15, word(local)),
    ...attribute(1, destination),
    ...attribute(7, source),
    ...attribute(4, word(LOOPBACK.index)),
  ];
}

interface Dump {
  /** Type of the messages that answer. */
  readonly type: number;
  readonly entries: (family: number) => readonly Bytes[];
}

function ofFamily(
  family: number,
  version4: () => readonly Bytes[],
  version6: () => readonly Bytes[],
): readonly Bytes[] {
  return [
    ...(family === AF_UNSPEC || family === AF_INET ? version4() : []),
    ...(family === AF_UNSPEC || family === AF_INET6 ? version6() : []),
  ];
}

const DUMPS: ReadonlyMap<number, Dump> = new Map<number, Dump>([
  [RTM_GETLINK, { type: RTM_NEWLINK, entries: () => [link()] }],
  [
    RTM_GETADDR,
    {
      type: RTM_NEWADDR,
      entries: family =>
        ofFamily(
          family,
          () => [address(AF_INET, LOOPBACK.prefix, LOOPBACK.address)],
          () => [address(AF_INET6, 128, LOOPBACK_6_BYTES)],
        ),
    },
  ],
  [
    RTM_GETROUTE,
    {
      type: RTM_NEWROUTE,
      entries: family =>
        ofFamily(
          family,
          () => [route(AF_INET, LOOPBACK.prefix, [127, 0, 0, 0], LOOPBACK.address)],
          () => [route(AF_INET6, 128, LOOPBACK_6_BYTES, LOOPBACK_6_BYTES)],
        ),
    },
  ],
]);

function message(request: Request, port: number, type: number, flags: number, body: Bytes): Uint8Array {
  const bytes = new Uint8Array(HEADER_SIZE + body.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length, true);
  view.setUint16(4, type, true);
  view.setUint16(6, flags, true);
  view.setUint32(8, request.sequence, true);
  view.setUint32(12, port, true);
  bytes.set(body, HEADER_SIZE);
  return bytes;
}

/** `struct nlmsgerr`: 0 is an acknowledgement. */
function errorMessage(request: Request, port: number, error: number, header: Uint8Array): Uint8Array {
  return message(request, port, NLMSG_ERROR, 0, [...word(-error), ...header]);
}

/** The datagrams that answer the requests in `bytes`, for the socket with that port id and whether root has it. */
export function answersTo(bytes: Uint8Array, port: number, privileged: boolean): Uint8Array[] {
  const answers: Uint8Array[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at + HEADER_SIZE <= bytes.length; ) {
    const length = view.getUint32(at, true);
    if (length < HEADER_SIZE || at + length > bytes.length) break;
    const request: Request = {
      type: view.getUint16(at + 4, true),
      flags: view.getUint16(at + 6, true),
      sequence: view.getUint32(at + 8, true),
      family: length > HEADER_SIZE ? bytes[at + HEADER_SIZE] : AF_UNSPEC,
      raises: privileged && length >= HEADER_SIZE + LINK_SIZE && raisesLoopback(view, at + HEADER_SIZE),
    };
    answers.push(...answer(request, port, bytes.subarray(at, at + HEADER_SIZE)));
    at += Math.ceil(length / 4) * 4;
  }
  return answers;
}

/** Whether that `struct ifinfomsg` wants the interface up, as it is. */
function raisesLoopback(view: DataView, at: number): boolean {
  const [index, flags, change] = [4, 8, 12].map(offset => view.getUint32(at + offset, true));
  return index === LOOPBACK.index && (flags & IFF_UP) !== 0 && change === IFF_UP;
}

function answer(request: Request, port: number, header: Uint8Array): Uint8Array[] {
  if (request.type === RTM_NEWLINK && request.raises) return [errorMessage(request, port, 0, header)];
  const dump = DUMPS.get(request.type);
  if (!dump) {
    const refused =
      request.type < RTM_BASE || request.type > RTM_LAST ? EINVAL : (request.type & 3) === 2 ? EOPNOTSUPP : EPERM;
    return [errorMessage(request, port, refused, header)];
  }
  const entries = dump.entries(request.family);
  if ((request.flags & NLM_F_DUMP) === 0) return answerOne(request, port, dump, entries, header);
  const parts = entries.map(entry => message(request, port, dump.type, NLM_F_MULTI, entry));
  return [concatenate(parts), message(request, port, NLMSG_DONE, NLM_F_MULTI, word(0))].filter(part => part.length > 0);
}

/** One thing was asked for: the first there is, which is the only interface or its address. */
function answerOne(
  request: Request,
  port: number,
  dump: Dump,
  entries: readonly Bytes[],
  header: Uint8Array,
): Uint8Array[] {
  const found = entries.slice(0, 1).map(entry => message(request, port, dump.type, 0, entry));
  return request.flags & NLM_F_ACK ? [...found, errorMessage(request, port, 0, header)] : found;
}
