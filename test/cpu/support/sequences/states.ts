/** Generated states that runs begin with: addresses where a pool's sequences expect them, telling values elsewhere. */

import { Chooser, fillExtended, fillVector } from '../generator.ts';
import {
  FLAGS_AT,
  FX_AT,
  FX_FCW,
  FX_FSW,
  FX_FTW,
  FX_MXCSR,
  FX_ST,
  FX_XMM,
  MEMORY_AT,
  STACK_WINDOW,
  STATE_SIZE,
  UPPER_AT,
} from './arena.ts';
import { pointer } from './compose.ts';
import type { Roles } from './pool.ts';

const RSP = 4;

/** Writes a state to `into` at `at`. */
export function makeState(choose: Chooser, roles: Roles, into: Uint8Array, at: number): void {
  const view = new DataView(into.buffer, into.byteOffset + at, STATE_SIZE);
  for (let i = 0; i < 16; i++) view.setBigUint64(i * 8, choose.word(), true);
  for (const base of roles.bases) view.setBigUint64(base * 8, BigInt(pointer(choose)), true);
  for (const index of roles.indices) {
    const value = choose.of([0, 0, 1, 2, 8, -8, 16, -3]);
    view.setBigInt64(index * 8, BigInt(value), true);
  }
  const top = STACK_WINDOW.address + 64 + 8 * choose.below(16);
  view.setBigUint64(RSP * 8, BigInt(choose.below(20) ? top : pointer(choose)), true);
  const flags = 0x202 | (choose.below(0x1000) & 0x8d5) | (choose.below(8) === 0 ? 0x400 : 0);
  view.setUint32(FLAGS_AT, flags, true);
  fillFloating(choose, view);
  choose.bytes(into.subarray(at + MEMORY_AT, at + STATE_SIZE));
  for (let i = MEMORY_AT; i < STATE_SIZE; i += 16)
    if (choose.below(3)) (choose.below(6) ? fillVector : fillExtended)(choose, view, i);
}

/** x87 with anything from an empty to a full stack, SSE in default or other modes. */
function fillFloating(choose: Chooser, view: DataView): void {
  const control = choose.below(3) ? 0x37f : 0x7f | (choose.below(4) << 10) | (choose.of([0, 2, 3]) << 8);
  view.setUint16(FX_AT + FX_FCW, control, true);
  view.setUint16(FX_AT + FX_FSW, choose.below(3) ? 0 : choose.below(8) << 11, true);
  view.setUint8(FX_AT + FX_FTW, choose.of([0, 0xe0, 0xf0, 0x3c, 0xff, choose.below(256)]));
  const special = (choose.below(4) << 13) | (choose.below(2) << 15) | (choose.below(2) << 6);
  view.setUint32(FX_AT + FX_MXCSR, 0x1f80 | (choose.below(6) ? 0 : special), true);
  for (let i = 0; i < 8; i++) fillExtended(choose, view, FX_AT + FX_ST + i * 16);
  for (let i = 0; i < 16; i++) {
    fillVector(choose, view, FX_AT + FX_XMM + i * 16);
    fillVector(choose, view, UPPER_AT + i * 16);
  }
}
