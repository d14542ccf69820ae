/** What goes between the adapter and the thread that owns the machine: plain data both ways. */

import type { MachineFace, MachineOptions, Notice, Stop } from '../../emulator/index.ts';
import type { ProviderCode } from '../provider/code/providerCode.ts';

/** Everything the adapter may ask; running and taking notices are the owner's own business, and functions stay there. */
export type Query = Exclude<keyof MachineFace, 'run' | 'sleep' | 'takeNotices' | 'handler' | 'replaceProvider'>;

/** A list at run time of what {@link Query} is for the checker; a name that is missing or wrong does not compile. */
export const QUERIES = Object.keys({
  launch: 0,
  step: 0,
  cancelStep: 0,
  currentThread: 0,
  pause: 0,
  setBreakpoints: 0,
  hitCounts: 0,
  setInjections: 0,
  checkInjections: 0,
  injections: 0,
  errors: 0,
  pendingCall: 0,
  answerCall: 0,
  processes: 0,
  addressSpace: 0,
  compressionStore: 0,
  structures: 0,
  handles: 0,
  objects: 0,
  registers: 0,
  setRegister: 0,
  memoryRefusal: 0,
  readMemory: 0,
  unreadable: 0,
  writeMemory: 0,
  stack: 0,
  disassemble: 0,
  systemCalls: 0,
  modules: 0,
  readFile: 0,
  evaluate: 0,
  input: 0,
  resizeTerminal: 0,
  connectPort: 0,
  exchange: 0,
  hangUp: 0,
  trace: 0,
  terminate: 0,
  terminateThread: 0,
  position: 0,
  snapshot: 0,
  restore: 0,
} satisfies Record<Query, 0>) as Query[];

/** Handed to the thread when it starts. */
export interface Boot {
  /** Its first element counts the commands sent; the thread sleeps on it. */
  readonly bell: SharedArrayBuffer;
}

export type Command =
  | { readonly kind: 'call'; readonly id: number; readonly name: Query; readonly arguments: readonly unknown[] }
  | { readonly kind: 'resume' }
  /** First of all to a thread: which machine it is. */
  | { readonly kind: 'boot'; readonly options: MachineOptions; readonly provider?: ProviderCode }
  /** Other code for the user's provider; the result is a sentence if the machine will not have it. */
  | { readonly kind: 'provider'; readonly id: number; readonly code: ProviderCode };

export type Report =
  | { readonly kind: 'result'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly message: string }
  | MachineReport;

/** What the machine tells without being asked, in order. */
export type MachineReport =
  | { readonly kind: 'notices'; readonly notices: readonly Notice[] }
  | { readonly kind: 'stopped'; readonly stop: Stop }
  | { readonly kind: 'idle' }
  /** The machine could not be built with the provider that the user brings. */
  | { readonly kind: 'refused'; readonly message: string; readonly trace?: string }
  | { readonly kind: 'ended'; readonly code: number; readonly text: string }
  /** The machine itself broke; nothing works on it any more. */
  | { readonly kind: 'crashed'; readonly message: string };
