/** XSAVE, XSAVEOPT, XSAVEC and XRSTOR: state by components, in the standard and the compacted format (SDM vol. 1, 13). */

import { STATE_BASE } from '../../memory/layout.ts';
import { INITIAL_FCW, INITIAL_MXCSR, MXCSR_OFFSET, VECTOR_OFFSET, VECTOR_SIZE } from '../registers.ts';
import { loadVectors, loadX87, MXCSR_MASK, saveVectors, saveX87 } from './save.ts';
import { X87Unit } from './unit.ts';

/** Components by their bits in XCR0. */
export const X87 = 1;
export const SSE = 2;
export const AVX = 4;

/** The legacy region and the header; then the upper halves of the YMM registers, which have the same place in both formats. */
const HEADER = 512;
export const BASIC_SIZE = 576;
export const AVX_SIZE = 256;
const COMPACTED = 0x8000_0000;

/** Bytes of an area in the standard format. */
export function areaSize(components: number): number {
  return components & AVX ? BASIC_SIZE + AVX_SIZE : BASIC_SIZE;
}

/** How much an instruction of the family writes. */
export interface SaveKind {
  /** Components in their initial state are left out. */
  readonly optimises: boolean;
  readonly compacts: boolean;
}

function upperHalf(index: number): number {
  return STATE_BASE + VECTOR_OFFSET + index * VECTOR_SIZE + 16;
}

/** Whether any of the sixteen halves that lie `offset` into the registers is not zero. */
function anyVector(view: DataView, offset: 0 | 16): boolean {
  for (let i = 0; i < 16; i++) {
    const at = STATE_BASE + VECTOR_OFFSET + i * VECTOR_SIZE + offset;
    for (let word = 0; word < 16; word += 4) if (view.getInt32(at + word, true)) return true;
  }
  return false;
}

function x87InUse(view: DataView): boolean {
  const unit = new X87Unit(view);
  if (unit.control !== INITIAL_FCW || unit.status !== 0 || unit.tags !== 0) return true;
  for (let i = 0; i < 8; i++) {
    const at = unit.place(i);
    if (view.getInt32(at, true) || view.getInt32(at + 4, true) || view.getUint16(at + 8, true)) return true;
  }
  return false;
}

/** XINUSE: components that are not in their initial state. MXCSR counts for none of them. */
export function componentsInUse(view: DataView): number {
  return (x87InUse(view) ? X87 : 0) | (anyVector(view, 0) ? SSE : 0) | (anyVector(view, 16) ? AVX : 0);
}

function mxcsr(view: DataView): number {
  return view.getUint32(STATE_BASE + MXCSR_OFFSET, true);
}

/** `wanted`: the requested components that exist. */
export function saveComponents(view: DataView, where: number, wanted: number, wide: boolean, kind: SaveKind): void {
  let used = componentsInUse(view);
  // With MXCSR changed XSAVEC counts the SSE state as in use.
  if (kind.compacts && mxcsr(view) !== INITIAL_MXCSR) used |= SSE;
  const written = kind.optimises ? wanted & used : wanted;
  if (written & X87) saveX87(view, where, wide);
  if (kind.compacts ? written & SSE : wanted & (SSE | AVX)) {
    view.setUint32(where + 24, mxcsr(view), true);
    view.setUint32(where + 28, MXCSR_MASK, true);
  }
  if (written & SSE) saveVectors(view, where + 160);
  if (written & AVX) copyUpperHalves(view, where + BASIC_SIZE, false);
  if (kind.compacts) {
    view.setUint32(where + HEADER, wanted & used, true);
    view.setUint32(where + HEADER + 4, 0, true);
    view.setUint32(where + HEADER + 8, wanted, true);
    view.setUint32(where + HEADER + 12, COMPACTED, true);
    return;
  }
  const before = view.getUint32(where + HEADER, true);
  view.setUint32(where + HEADER, (before & ~wanted) | (wanted & used), true);
}

function copyUpperHalves(view: DataView, where: number, restore: boolean): void {
  for (let i = 0; i < 16; i++) {
    for (let word = 0; word < 16; word += 4) {
      const [from, to] = [upperHalf(i) + word, where + i * 16 + word];
      if (restore) view.setInt32(from, view.getInt32(to, true), true);
      else view.setInt32(to, view.getInt32(from, true), true);
    }
  }
}

/** The components that the header says are there; undefined when it is malformed: #GP(0). */
function presentComponents(
  view: DataView,
  where: number,
  enabled: number,
): { present: number; format: number } | undefined {
  const word = (index: number): number => view.getUint32(where + HEADER + index * 4, true);
  const [present, presentHigh, format, formatHigh] = [word(0), word(1), word(2), word(3)];
  const compacted = formatHigh === COMPACTED;
  if (presentHigh || present & ~enabled) return undefined;
  if (compacted ? format & ~enabled || present & ~format : format || formatHigh) return undefined;
  // The standard form looks at bytes 23 to 8 of the header alone, the compacted one at all the rest.
  for (let i = 4; i < (compacted ? 16 : 6); i++) if (word(i)) return undefined;
  return { present, format: compacted ? format : 0 };
}

/** False when the area is malformed; then nothing has changed. */
export function restoreComponents(
  view: DataView,
  where: number,
  wanted: number,
  enabled: number,
  wide: boolean,
): boolean {
  const header = presentComponents(view, where, enabled);
  if (!header) return false;
  const { present, format } = header;
  const loaded = wanted & present;
  // In the standard form MXCSR goes with SSE and AVX, whether or not they are present.
  const takesControl = format ? (loaded & SSE) !== 0 : (wanted & (SSE | AVX)) !== 0;
  const control = takesControl ? view.getUint32(where + 24, true) : INITIAL_MXCSR;
  if (control & ~MXCSR_MASK) return false;
  if (wanted & X87) {
    if (loaded & X87) loadX87(view, where, wide);
    else resetX87(view);
  }
  if (takesControl || wanted & SSE) view.setUint32(STATE_BASE + MXCSR_OFFSET, control, true);
  if (wanted & SSE) {
    if (loaded & SSE) loadVectors(view, where + 160);
    else clearHalves(view, 0);
  }
  if (wanted & AVX) {
    if (loaded & AVX) copyUpperHalves(view, where + BASIC_SIZE, true);
    else clearHalves(view, 16);
  }
  return true;
}

function clearHalves(view: DataView, offset: 0 | 16): void {
  for (let i = 0; i < 16; i++) {
    const at = STATE_BASE + VECTOR_OFFSET + i * VECTOR_SIZE + offset;
    for (let word = 0; word < 16; word += 4) view.setInt32(at + word, 0, true);
  }
}

function resetX87(view: DataView): void {
  const unit = new X87Unit(view);
  unit.reset();
  for (let i = 0; i < 8; i++) {
    const at = unit.place(i);
    for (const word of [0, 4]) view.setInt32(at + word, 0, true);
    view.setUint16(at + 8, 0, true);
  }
}
