/** MXCSR, and the vector state as a whole: LDMXCSR, STMXCSR, FXSAVE, FXRSTOR. */

import { GP } from '../../exits.ts';
import { MXCSR_OFFSET } from '../../registers.ts';
import type { Emitter } from '../../emitter.ts';
import { rows } from '../../rows.ts';
import { i32, i64 } from '../../wasm/scalar.ts';

function loadControl(e: Emitter): void {
  const value = e.source(0, 4);
  e.code.if(i32.wrap(i64.and(value, 0xffff_0000)), () => e.fault(GP)); // reserved bits (SDM vol. 1, 10.2.3)
  e.code.store('i64as32', e.state(MXCSR_OFFSET), 0, value);
}

function storeControl(e: Emitter): void {
  e.target(0, 4).write(e.code.keep(i64.load32u(e.state(MXCSR_OFFSET))));
}

function save(name: string): (e: Emitter) => void {
  return e => {
    e.assist(name, e.bytes(0, 'write', 512, 16));
    e.commit();
  };
}

export const controlRows = [
  ...rows('ldmxcsr', 'md', loadControl),
  ...rows('stmxcsr', 'md', storeControl),
  ...rows('fxsave', 'm512', save('fxsave')),
  ...rows('fxsave64', 'm512', save('fxsave64')),
  ...rows('fxrstor', 'm512', e => e.assist('fxrstor', e.bytes(0, 'read', 512, 16))),
  ...rows('fxrstor64', 'm512', e => e.assist('fxrstor64', e.bytes(0, 'read', 512, 16))),
];
