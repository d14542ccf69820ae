/** What asks about the processor or hints at it: CPUID, RDTSC, NOP, fences, prefetches, FS and GS bases. */

import { WORKSPACE } from '../record.ts';
import { CF, FS_BASE, GS_BASE, RAX, RCX, RDX } from '../registers.ts';
import type { Emitter } from '../emitter.ts';
import { GP } from '../exits.ts';
import { rows } from '../rows.ts';
import { i64 } from '../wasm/scalar.ts';

function nothing(): void {}

function readTimestamp(e: Emitter): void {
  const now = e.timestamp();
  e.setRegister(RAX, now, 4);
  e.setRegister(RDX, i64.shru(now, 32), 4);
}

function readBase(word: number): (e: Emitter) => void {
  return e => e.target(0).write(e.register(word));
}

function writeBase(word: number): (e: Emitter) => void {
  return e => {
    const value = e.source(0);
    e.code.if(i64.ne(i64.shrs(i64.shl(value, 16), 16), value), () => e.fault(GP));
    e.setRegister(word, value);
  };
}

export const systemRows = [
  ...rows('nop', ' | rmv | rmv rv', nothing),
  ...rows('reservednop', 'rmv rv', nothing),
  ...rows('endbr64 endbr32 pause lfence sfence mfence', '', nothing),
  // Without shadow stacks they leave the register as it is (SDM vol. 2, RDSSPD): unwinders ask so.
  ...rows('rdsspd rdsspq', 'rv', nothing),
  ...rows(
    'prefetchnta prefetcht0 prefetcht1 prefetcht2 prefetchw prefetch prefetchwt1 prefetchit0 prefetchit1 cldemote',
    'mb',
    nothing,
  ),
  ...rows('clflush clflushopt', 'mb', e => void e.source(0)),
  ...rows('cpuid', '', e => e.assist('cpuid')),
  ...rows('rdrand rdseed', 'rv', e => {
    e.assist('random', WORKSPACE);
    e.target(0).write(e.code.keep(i64.load(0, WORKSPACE)));
    e.setFlagImage(i64.const(CF));
  }),
  ...rows('rdtsc', '', readTimestamp),
  ...rows('rdtscp', '', e => {
    readTimestamp(e);
    e.setRegister(RCX, i64.const(0), 4);
  }),
  ...rows('rdpid', 'rq', e => e.target(0).write(i64.const(0))), // the number that RDTSCP has
  ...rows('rdfsbase', 'ry', readBase(FS_BASE)),
  ...rows('rdgsbase', 'ry', readBase(GS_BASE)),
  ...rows('wrfsbase', 'ry', writeBase(FS_BASE)),
  ...rows('wrgsbase', 'ry', writeBase(GS_BASE)),
];
