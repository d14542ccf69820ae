/** Instructions on the flags themselves: CLC, STC, CMC, CLD, STD, LAHF, SAHF. */

import { AF, CF, DF, OF, PF, RAX, RFLAGS, SF, ZF } from '../registers.ts';
import type { Emitter } from '../emitter.ts';
import { rows } from '../rows.ts';
import { i64 } from '../wasm/scalar.ts';

const IN_AH = CF | PF | AF | ZF | SF;

function loadIntoAh(e: Emitter): void {
  const image = i64.or(i64.and(e.flags(), IN_AH), 2);
  e.setRegister(RAX, i64.or(e.register(RAX, 1), i64.shl(image, 8)), 2);
}

function storeFromAh(e: Emitter): void {
  const image = i64.and(i64.shru(e.register(RAX, 2), 8), IN_AH);
  e.setFlagImage(e.code.keep(i64.or(image, i64.and(e.flags(), OF))));
}

export const flagRows = [
  ...rows('clc', '', e => e.setCarry(i64.const(0))),
  ...rows('stc', '', e => e.setCarry(i64.const(1))),
  ...rows('cmc', '', e => e.setCarry(i64.xor(e.carry(), 1))),
  ...rows('cld', '', e => e.setRegister(RFLAGS, i64.and(e.register(RFLAGS), ~DF))),
  ...rows('std', '', e => e.setRegister(RFLAGS, i64.or(e.register(RFLAGS), DF))),
  ...rows('lahf', '', loadIntoAh),
  ...rows('sahf', '', storeFromAh),
];
