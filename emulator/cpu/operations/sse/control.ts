/** MXCSR, and the vector state as a whole: LDMXCSR, STMXCSR, FXSAVE, FXRSTOR, XSAVE, XRSTOR. */

import { GP } from '../../exits.ts';
import { ENABLED_STATE } from '../../record.ts';
import { MXCSR_OFFSET, RAX } from '../../registers.ts';
import { AVX, AVX_SIZE, BASIC_SIZE } from '../../x87/extendedSave.ts';
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

/** The area and what follows its header only where the AVX state is asked for: EAX says. */
function extended(name: string, access: 'read' | 'write'): (e: Emitter) => void {
  return e => {
    const requested = e.code.keep(i32.wrap(e.register(RAX)));
    const act = (size: number): void => {
      e.assist(name, e.bytes(0, access, size, 64), requested);
      if (access === 'write') e.commit();
    };
    const all = BASIC_SIZE + AVX_SIZE;
    const takesAvx = i32.and(i32.and(requested, i32.load(0, ENABLED_STATE)), AVX);
    e.code.if(
      takesAvx,
      () => act(all),
      () => act(BASIC_SIZE),
    );
  };
}

export const controlRows = [
  ...['xsave', 'xsaveopt', 'xsavec'].flatMap(name => [
    ...rows(name, 'mn', extended(name, 'write')),
    ...rows(`${name}64`, 'mn', extended(`${name}64`, 'write')),
  ]),
  ...['xrstor', 'xrstor64'].flatMap(name => rows(name, 'mn', extended(name, 'read'))),
  ...rows('xgetbv', '', e => e.assist('xgetbv')),
  ...rows('ldmxcsr', 'md', loadControl),
  ...rows('stmxcsr', 'md', storeControl),
  ...rows('fxsave', 'm512', save('fxsave')),
  ...rows('fxsave64', 'm512', save('fxsave64')),
  ...rows('fxrstor', 'm512', e => e.assist('fxrstor', e.bytes(0, 'read', 512, 16))),
  ...rows('fxrstor64', 'm512', e => e.assist('fxrstor64', e.bytes(0, 'read', 512, 16))),
];
