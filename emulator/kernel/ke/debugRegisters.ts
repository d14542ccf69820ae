/**
 * DR0 to DR7 of threads (SDM vol. 3, 17.2): up to four ranges whose reads or writes are exceptions for whoever debugs
 * the thread inside the machine. Address spaces watch the ranges of all threads; the hit counts for the one that runs.
 */

import { DB, type WatchHit } from '../../cpu/exits.ts';
import type { Watch } from '../../memory/addressSpaceFace.ts';
import type { Kernel } from '../kernel.ts';
import { getProcess } from '../ps/process.ts';
import type { Process } from '../ps/process.ts';
import type { ExceptionRecord } from '../ps/pico.ts';
import { findThread } from '../ps/thread.ts';
import type { Thread } from '../ps/thread.ts';
import { STATUS_SINGLE_STEP } from '../status.ts';

export interface DebugRegisters {
  /** DR0 to DR3. */
  addresses: number[];
  /** DR6: the lower four bits say which of them were met. */
  status: number;
  /** DR7: two enabling bits for each, then four bits for each from 16 on: what is watched and how many bytes. */
  control: number;
}

/** By R/W0 to R/W3 in DR7; instructions (0) and ports (2) are not watched. */
const ACCESSES: readonly (Watch['access'] | undefined)[] = [undefined, 'write', undefined, 'both'];
/** By LEN0 to LEN3. */
const SIZES = [1, 2, 8, 4];
const STATUS = 6;
const CONTROL = 7;

function noDebugRegisters(): DebugRegisters {
  return { addresses: [0, 0, 0, 0], status: 0, control: 0 };
}

/** The range of one register, if it is enabled and watches data; undefined otherwise. */
function watchOf({ addresses, control }: DebugRegisters, index: number): Watch | undefined {
  if (((control >>> (index * 2)) & 3) === 0) return undefined;
  const bits = (control >>> (16 + index * 4)) & 15;
  const access = ACCESSES[bits & 3];
  return access && { address: addresses[index], size: SIZES[bits >> 2], access };
}

export function debugRegister(thread: Thread, index: number): number {
  const registers = thread.debugRegisters ?? noDebugRegisters();
  if (index === STATUS) return registers.status;
  return index === CONTROL ? registers.control : (registers.addresses[index] ?? 0);
}

/** Sets DR`index`. False where DR7 would enable what cannot be watched, and for DR4 and DR5, which are not there. */
export function setDebugRegister(kernel: Kernel, thread: Thread, index: number, value: number): boolean {
  const registers = { ...(thread.debugRegisters ?? noDebugRegisters()) };
  if (index === STATUS) registers.status = value;
  else if (index === CONTROL) registers.control = value;
  else if (index < registers.addresses.length)
    registers.addresses = registers.addresses.map((old, slot) => (slot === index ? value : old));
  else return false;
  const isEnabled = (slot: number): boolean => ((registers.control >>> (slot * 2)) & 3) !== 0;
  if (registers.addresses.some((_, slot) => isEnabled(slot) && !watchOf(registers, slot))) return false;
  thread.debugRegisters = registers;
  watchRanges(kernel, getProcess(kernel, thread.process));
  return true;
}

/** When the thread runs another program, or has ended. */
export function clearDebugRegisters(kernel: Kernel, process: Process, thread: Thread): void {
  if (!thread.debugRegisters) return;
  thread.debugRegisters = undefined;
  watchRanges(kernel, process);
}

/** Has the address space watch what its threads' registers say. */
export function watchRanges(kernel: Kernel, process: Process): void {
  const watches: Watch[] = [];
  for (const id of process.threads) {
    const registers = findThread(kernel, id)?.debugRegisters;
    for (let index = 0; registers && index < registers.addresses.length; index++) {
      const watch = watchOf(registers, index);
      if (watch) watches.push(watch);
    }
  }
  kernel.spaces.get(process.id)?.setWatches(watches);
}

/**
 * The exception that a hit is for the thread, which is behind the instruction; undefined if it is not the thread's. What
 * was met is its one parameter: a step has none.
 */
export function debugException(thread: Thread, hit: WatchHit, address: number): ExceptionRecord | undefined {
  const registers = thread.debugRegisters;
  if (!registers) return undefined;
  let met = 0;
  for (let index = 0; index < registers.addresses.length; index++) {
    const watch = watchOf(registers, index);
    if (!watch || (watch.access !== 'both' && watch.access !== hit.access)) continue;
    if (hit.address < watch.address + watch.size && watch.address < hit.address + hit.size) met |= 1 << index;
  }
  if (met === 0) return undefined;
  registers.status |= met;
  return {
    exceptionCode: STATUS_SINGLE_STEP,
    exceptionAddress: address,
    exceptionInformation: [met],
    vector: DB,
    errorCode: 0,
  };
}
