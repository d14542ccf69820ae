/** `siginfo_t`: what is known of one signal that was sent (asm-generic/siginfo.h). */

import { SI_KERNEL, SI_TKILL, SI_USER, SIGBUS, SIGCHLD, SIGFPE, SIGILL, SIGSEGV, SIGTRAP } from '../abi/signal.ts';
import type { Task } from '../task.ts';
import { setLongAt } from '../userMemory.ts';

export interface SignalInfo {
  signal: number;
  code: number;
  pid: number;
  uid: number;
  /** Address of a fault, or what poll(2) would say of a file that can be read or written now. */
  address: number;
  /** Exit code or signal of a child, the value that was queued, or the descriptor of that file. */
  status: number;
  value: { low: number; high: number };
}

export const SIGINFO_SIZE = 128;

function info(signal: number, code: number, fields: Partial<SignalInfo>): SignalInfo {
  return { signal, code, pid: 0, uid: 0, address: 0, status: 0, value: { low: 0, high: 0 }, ...fields };
}

export function kernelSignal(signal: number): SignalInfo {
  return info(signal, SI_KERNEL, {});
}

/** A fault of the processor at `address`. */
export function faultSignal(signal: number, code: number, address: number): SignalInfo {
  return info(signal, code, { address });
}

export function userSignal(task: Task, signal: number, directed = false): SignalInfo {
  return info(signal, directed ? SI_TKILL : SI_USER, { pid: task.group.pid, uid: task.group.credentials.uid });
}

export function queuedSignal(
  signal: number,
  code: number,
  pid: number,
  uid: number,
  value: SignalInfo['value'],
): SignalInfo {
  return info(signal, code, { pid, uid, value });
}

/** Input or output is possible on a descriptor: POLL_IN and its kin (sigaction(2)). */
export function inputSignal(signal: number, { code, band }: { code: number; band: number }, fd: number): SignalInfo {
  return info(signal, code, { address: band, status: fd });
}

/** `code` is one of CLD_*; `status` an exit code or a signal. */
export function childSignal(signal: number, code: number, pid: number, uid: number, status: number): SignalInfo {
  return info(signal, code, { pid, uid, status });
}

export function encodeSignalInfo(signalInfo: SignalInfo): Uint8Array {
  const bytes = new Uint8Array(SIGINFO_SIZE);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, signalInfo.signal, true);
  view.setInt32(8, signalInfo.code, true);
  if (isFault(signalInfo)) {
    setLongAt(view, 16, signalInfo.address);
    return bytes;
  }
  if (isInput(signalInfo)) {
    setLongAt(view, 16, signalInfo.address);
    view.setInt32(24, signalInfo.status, true);
    return bytes;
  }
  view.setInt32(16, signalInfo.pid, true);
  view.setUint32(20, signalInfo.uid, true);
  if (signalInfo.signal === SIGCHLD && signalInfo.code > 0) view.setInt32(24, signalInfo.status, true);
  else {
    view.setInt32(24, signalInfo.value.low, true);
    view.setInt32(28, signalInfo.value.high, true);
  }
  return bytes;
}

/** The codes of input and output come with any signal that has none of its own (siginfo_layout of the kernel). */
export function isInput(signalInfo: SignalInfo): boolean {
  const { signal, code } = signalInfo;
  return code > 0 && code <= LAST_INPUT_CODE && signal !== SIGCHLD && !isFault(signalInfo);
}

/** POLL_HUP */
const LAST_INPUT_CODE = 6;

export function isFault({ signal, code }: SignalInfo): boolean {
  return code > 0 && code !== SI_KERNEL && [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP].includes(signal);
}
