/**
 * How the clock is kept right: adjtimex(2), clock_adjtime(2). What a time server would set is kept and told as Linux does;
 * the machine's clock counts instructions and is neither early nor late, so nothing of it changes how it goes.
 */

import { EFAULT, EINVAL, EOPNOTSUPP, EPERM } from '../abi/errno.ts';
import * as abi from '../abi/time.ts';
import { stateOf } from '../instance.ts';
import { type Adjustment, MOST_PHASE, STA_UNSYNC, TICK } from '../process/adjustment.ts';
import { readClock } from '../process/clock.ts';
import { isPrivileged, type Task } from '../task.ts';
import { now } from '../time.ts';
import { giveBytes, readView, setLongAt, signedLongAt } from '../userMemory.ts';
import { choice, pointer } from './arguments.ts';
import { call, partly, type Row } from './row.ts';

const NOTE = 'Kept and told; the clock goes as the machine does, and ADJ_SETOFFSET gets EPERM.';

export const adjustingRows: readonly Row[] = [
  partly(call(159, 'adjtimex', [pointer('buf', 'struct timex *')], adjtimex), NOTE),
  partly(
    call(
      305,
      'clock_adjtime',
      [choice('clockid', abi.CLOCK_NAMES, 'clockid_t'), pointer('buf', 'struct timex *')],
      clockAdjtime,
    ),
    NOTE,
  ),
];

const STA_PLL = 1;
const STA_CLOCKERR = 0x1000;
const STA_NANO = 0x2000;
/** Bits that only the kernel sets. */
const STA_RONLY = 0xff00;
const TIME_OK = 0;
const TIME_ERROR = 5;

const ADJ_OFFSET = 1;
const ADJ_SETOFFSET = 0x100;
const ADJ_MICRO = 0x1000;
const ADJ_NANO = 0x2000;
const ADJ_TICK = 0x4000;
const ADJ_ADJTIME = 0x8000;
const ADJ_OFFSET_READONLY = 0x2000;

/** Parts in a million, in 65536ths. */
const MOST_FREQUENCY = 500 * 0x1_0000;
const MOST_OFFSET = 500_000;
const MOST_CONSTANT = 10;
const MOST_TAI = 100_000;

/** `struct timex`: where its members are. */
const TIMEX_SIZE = 208;
const AT = { offset: 8, freq: 16, maxerror: 24, esterror: 32, status: 40, constant: 48, precision: 56, tolerance: 64 };
const AT_TIME = 72;
const AT_TICK = 88;
const AT_TAI = 160;

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}

/** Members that are taken as they are, by the mode that says so. */
const SETTERS: readonly (readonly [mode: number, (to: Adjustment, from: DataView) => void])[] = [
  [
    0x10,
    (to, from) =>
      Object.assign(to, { status: (to.status & STA_RONLY) | (from.getInt32(AT.status, true) & ~STA_RONLY) }),
  ],
  [ADJ_NANO, to => Object.assign(to, { status: to.status | STA_NANO })],
  [ADJ_MICRO, to => Object.assign(to, { status: to.status & ~STA_NANO })],
  [
    2,
    (to, from) => Object.assign(to, { frequency: clamp(signedLongAt(from, AT.freq), -MOST_FREQUENCY, MOST_FREQUENCY) }),
  ],
  [4, (to, from) => Object.assign(to, { maxError: clamp(signedLongAt(from, AT.maxerror), 0, MOST_PHASE) })],
  [8, (to, from) => Object.assign(to, { estimatedError: clamp(signedLongAt(from, AT.esterror), 0, MOST_PHASE) })],
  [0x20, setConstant],
  [0x80, setTai],
  [ADJ_OFFSET, setOffset],
  [ADJ_TICK, (to, from) => Object.assign(to, { tick: signedLongAt(from, AT_TICK) })],
];

function setConstant(to: Adjustment, from: DataView): void {
  const wanted = Math.max(0, signedLongAt(from, AT.constant)) + (to.status & STA_NANO ? 0 : 4);
  to.constant = clamp(wanted, 0, MOST_CONSTANT);
}

function setTai(to: Adjustment, from: DataView): void {
  const wanted = signedLongAt(from, AT.constant);
  if (wanted >= 0 && wanted <= MOST_TAI) to.tai = wanted;
}

/** Only the phase-locked loop has a use for it. */
function setOffset(to: Adjustment, from: DataView): void {
  const most = to.status & STA_NANO ? MOST_OFFSET * 1000 : MOST_OFFSET;
  if (to.status & STA_PLL) to.offset = clamp(signedLongAt(from, AT.offset), -most, most);
}

function refuse(task: Task, view: DataView, modes: number): number {
  const reads = modes === 0 || (modes & ADJ_ADJTIME && modes & ADJ_OFFSET_READONLY);
  if (modes & ADJ_ADJTIME && !(modes & ADJ_OFFSET)) return -EINVAL;
  if (!reads && !isPrivileged(task)) return -EPERM;
  if (modes & ADJ_ADJTIME) return 0;
  const tick = signedLongAt(view, AT_TICK);
  if (modes & ADJ_TICK && (tick < TICK * 0.9 || tick > TICK * 1.1)) return -EINVAL;
  return modes & ADJ_SETOFFSET ? -EPERM : 0;
}

function adjtimex(task: Task, address: number): number {
  const view = readView(task, address, TIMEX_SIZE);
  if (!view) return -EFAULT;
  const modes = view.getUint32(0, true);
  const refused = refuse(task, view, modes);
  if (refused < 0) return refused;
  const { adjustment } = stateOf(task.linux);
  let { offset } = adjustment;
  if (modes & ADJ_ADJTIME) {
    offset = adjustment.single;
    if (!(modes & ADJ_OFFSET_READONLY)) adjustment.single = signedLongAt(view, AT.offset);
  } else {
    for (const [mode, set] of SETTERS) if (modes & mode) set(adjustment, view);
    ({ offset } = adjustment);
  }
  return giveBytes(task, address, encode(task, modes, offset)) || stateOfClock(adjustment);
}

function stateOfClock({ status }: Adjustment): number {
  return status & (STA_UNSYNC | STA_CLOCKERR) ? TIME_ERROR : TIME_OK;
}

function encode(task: Task, modes: number, offset: number): Uint8Array {
  const { adjustment } = stateOf(task.linux);
  const view = new DataView(new ArrayBuffer(TIMEX_SIZE));
  const { seconds, nanoseconds } = now(task.kernel);
  view.setUint32(0, modes, true);
  view.setInt32(AT.status, adjustment.status, true);
  view.setInt32(AT_TAI, adjustment.tai, true);
  const longs: readonly (readonly [number, number])[] = [
    [AT.offset, offset],
    [AT.freq, adjustment.frequency],
    [AT.maxerror, adjustment.maxError],
    [AT.esterror, adjustment.estimatedError],
    [AT.constant, adjustment.constant],
    [AT.precision, 1],
    [AT.tolerance, MOST_FREQUENCY],
    [AT_TIME, seconds],
    [AT_TIME + 8, adjustment.status & STA_NANO ? nanoseconds : Math.floor(nanoseconds / 1000)],
    [AT_TICK, adjustment.tick],
  ];
  for (const [at, value] of longs) setLongAt(view, at, value);
  return new Uint8Array(view.buffer);
}

function clockAdjtime(task: Task, clockId: number, address: number): number {
  if (clockId === abi.CLOCK_REALTIME) return adjtimex(task, address);
  return readClock(task, clockId) ? -EOPNOTSUPP : -EINVAL;
}
