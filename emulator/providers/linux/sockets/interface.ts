/** The machine's one network interface, `lo`, and what ioctl(2) tells of interfaces (netdevice(7)). */

import { EFAULT, ENODEV, ENXIO, EPERM } from '../abi/errno.ts';
import * as requests from '../abi/ioctl.ts';
import { AF_INET } from '../abi/socket.ts';
import { isPrivileged, type Task } from '../task.ts';
import { decodeText, encodeText, longAt, readBytes, readView, writeBytes } from '../userMemory.ts';

/** Of linux/if.h. */
export const IFF_UP = 1;
const [IFF_LOOPBACK, IFF_RUNNING] = [8, 0x40];
/** ARPHRD_LOOPBACK (linux/if_arp.h). */
const HARDWARE_TYPE = 772;

export const LOOPBACK = {
  name: 'lo',
  index: 1,
  mtu: 65_536,
  queueLength: 1000,
  flags: IFF_UP | IFF_LOOPBACK | IFF_RUNNING,
  hardwareType: HARDWARE_TYPE,
  address: [127, 0, 0, 1],
  mask: [255, 0, 0, 0],
  prefix: 8,
} as const;

/** `struct ifreq`: a name of 16 bytes and 24 bytes of union. */
const IFREQ_SIZE = 40;
const NAME_SIZE = 16;

type Fill = (view: DataView) => void;

/** `struct sockaddr_in` in the union of an ifreq. */
function address(bytes: readonly number[]): Fill {
  return view => {
    view.setUint16(NAME_SIZE, AF_INET, true);
    bytes.forEach((byte, index) => {
      view.setUint8(NAME_SIZE + 4 + index, byte);
    });
  };
}

function int(value: number): Fill {
  return view => view.setInt32(NAME_SIZE, value, true);
}

const QUESTIONS: ReadonlyMap<number, Fill> = new Map([
  [requests.SIOCGIFFLAGS, view => view.setUint16(NAME_SIZE, LOOPBACK.flags, true)],
  [requests.SIOCGIFADDR, address(LOOPBACK.address)],
  [requests.SIOCGIFDSTADDR, address(LOOPBACK.address)],
  [requests.SIOCGIFBRDADDR, address([0, 0, 0, 0])],
  [requests.SIOCGIFNETMASK, address(LOOPBACK.mask)],
  [requests.SIOCGIFMETRIC, int(0)],
  [requests.SIOCGIFMTU, int(LOOPBACK.mtu)],
  [requests.SIOCGIFHWADDR, view => view.setUint16(NAME_SIZE, LOOPBACK.hardwareType, true)],
  [requests.SIOCGIFINDEX, int(LOOPBACK.index)],
  [requests.SIOCGIFTXQLEN, int(LOOPBACK.queueLength)],
]);
/** Whether a request asks for what the interface has already; it cannot be changed. */
const WISHES: ReadonlyMap<number, (view: DataView) => boolean> = new Map([
  [requests.SIOCSIFFLAGS, view => (view.getUint16(NAME_SIZE, true) & IFF_UP) !== 0],
  [
    requests.SIOCSIFADDR,
    view => LOOPBACK.address.every((byte, index) => view.getUint8(NAME_SIZE + 4 + index) === byte),
  ],
]);

/** An answer, or undefined for requests that are not about interfaces. */
export function interfaceControl(task: Task, request: number, argument: number): number | undefined {
  if (request === requests.SIOCGIFCONF) return listInterfaces(task, argument);
  if (request === requests.SIOCGIFNAME) return nameInterface(task, argument);
  const fill = QUESTIONS.get(request);
  const isGranted = WISHES.get(request);
  if (!fill && !isGranted) return undefined;
  const bytes = readBytes(task, argument, IFREQ_SIZE);
  if (!bytes) return -EFAULT;
  const name = bytes.subarray(0, NAME_SIZE);
  const end = name.indexOf(0);
  if (decodeText(end < 0 ? name : name.subarray(0, end)) !== LOOPBACK.name) return -ENODEV;
  if (!fill) return isPrivileged(task) && isGranted?.(new DataView(bytes.buffer)) ? 0 : -EPERM;
  bytes.fill(0, NAME_SIZE);
  fill(new DataView(bytes.buffer));
  return writeBytes(task, argument, bytes) ? 0 : -EFAULT;
}

/** `struct ifconf`: how many bytes there are, and where. */
function listInterfaces(task: Task, argument: number): number {
  const view = readView(task, argument, 16);
  if (!view) return -EFAULT;
  const buffer = longAt(view, 8);
  const entry = new Uint8Array(IFREQ_SIZE);
  entry.set(encodeText(LOOPBACK.name));
  address(LOOPBACK.address)(new DataView(entry.buffer));
  const fits = buffer === 0 || view.getInt32(0, true) >= IFREQ_SIZE;
  if (buffer !== 0 && fits && !writeBytes(task, buffer, entry)) return -EFAULT;
  view.setInt32(0, fits ? IFREQ_SIZE : 0, true);
  return writeBytes(task, argument, new Uint8Array(view.buffer)) ? 0 : -EFAULT;
}

function nameInterface(task: Task, argument: number): number {
  const view = readView(task, argument, IFREQ_SIZE);
  if (!view) return -EFAULT;
  if (view.getInt32(NAME_SIZE, true) !== LOOPBACK.index) return -ENXIO;
  const name = new Uint8Array(NAME_SIZE);
  name.set(encodeText(LOOPBACK.name));
  return writeBytes(task, argument, name) ? 0 : -EFAULT;
}
