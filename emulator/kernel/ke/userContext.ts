/** Between a thread's registers and the CONTEXT that user code sees (KeContextFromKframes, KeContextToKframes). */

import { INITIAL_RFLAGS, MXCSR_OFFSET, RAX, RFLAGS, RIP, R15, RSP, SELECTORS_OFFSET } from '../../cpu/registers.ts';
import { AC, AF, CF, DF, ID, OF, PF, SF, TF, ZF } from '../../cpu/registers.ts';
import type { Registers } from '../../cpu/registers.ts';
import { decodeFxsave, encodeFxsave, FXSAVE_SIZE } from '../../cpu/x87/fxsave.ts';
import { SSE, X87 } from '../../cpu/x87/extendedSave.ts';
import * as context from '../rtl/context.ts';

/** What user code may change of RFLAGS (EFLAGS_USER_SANITIZE). */
const USER_FLAGS = CF | PF | AF | ZF | SF | TF | DF | OF | AC | ID;
/** Offsets in CONTEXT of CS, DS, ES, FS, GS, SS against the register file's ES, CS, SS, DS, FS, GS. */
const SELECTOR_ORDER = [1, 3, 0, 4, 5, 2];

/** A CONTEXT with the parts that `flags` names. */
export function encodeContext(
  registers: Registers,
  flags = context.CONTEXT_FULL | context.CONTEXT_SEGMENTS,
): Uint8Array {
  const bytes = new Uint8Array(context.CONTEXT_SIZE);
  const view = new DataView(bytes.buffer);
  const selectors = new DataView(registers.bytes.buffer, registers.bytes.byteOffset);
  view.setUint32(context.CONTEXT_FLAGS, flags, true);
  SELECTOR_ORDER.forEach((selector, index) => {
    const part = index === 0 || index === 5 ? context.CONTEXT_CONTROL : context.CONTEXT_SEGMENTS;
    if (flags & part)
      view.setUint16(
        context.CONTEXT_SELECTORS + index * 2,
        selectors.getUint16(SELECTORS_OFFSET + selector * 2, true),
        true,
      );
  });
  for (let word = RAX; word <= R15; word++)
    if (flags & partOf(word)) view.setBigUint64(context.CONTEXT_RAX + word * 8, registers.big(word), true);
  if (flags & context.CONTEXT_CONTROL) {
    view.setUint32(context.CONTEXT_EFLAGS, registers.low(RFLAGS), true);
    view.setBigUint64(context.CONTEXT_RIP, registers.big(RIP), true);
  }
  if (flags & context.CONTEXT_FLOATING_POINT) {
    bytes.set(encodeFxsave(registers), context.CONTEXT_FLOAT_SAVE);
    view.setUint32(context.CONTEXT_MXCSR, selectors.getUint32(MXCSR_OFFSET, true), true);
  }
  return bytes;
}

/** Puts the parts of a CONTEXT that its flags name into the registers; selectors stay those of user mode. */
export function decodeContext(bytes: Uint8Array, registers: Registers): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const flags = view.getUint32(context.CONTEXT_FLAGS, true);
  for (let word = RAX; word <= R15; word++)
    if (flags & partOf(word)) registers.setBig(word, view.getBigUint64(context.CONTEXT_RAX + word * 8, true));
  if (flags & context.CONTEXT_CONTROL) {
    const wanted = view.getUint32(context.CONTEXT_EFLAGS, true);
    registers.setNumber(RFLAGS, (wanted & USER_FLAGS) | INITIAL_RFLAGS);
    registers.setBig(RIP, view.getBigUint64(context.CONTEXT_RIP, true));
  }
  if (flags & context.CONTEXT_FLOATING_POINT) {
    const image = bytes.slice(context.CONTEXT_FLOAT_SAVE, context.CONTEXT_FLOAT_SAVE + FXSAVE_SIZE);
    decodeFxsave(image, registers, X87 | SSE);
  }
}

/** RBP is part of the integer registers, RSP of the control registers (winnt.h, CONTEXT). */
function partOf(word: number): number {
  return word === RSP ? context.CONTEXT_CONTROL : context.CONTEXT_INTEGER;
}
