/** The x87 instructions as assists that both engines call. */

import { GP } from '../exits.ts';
import type { Assist } from '../assists.ts';
import { BINARY, OPERATIONS } from './instructions.ts';
import { fxrstor, fxsave, loadEnvironment, restoreAll, saveAll, storeEnvironment } from './save.ts';
import { X87Unit } from './unit.ts';

type Act = (unit: X87Unit, a: number, b: number, c: number) => void;

function assist(act: Act): Assist {
  return ({ view }, a, b, c) => {
    act(new X87Unit(view), a, b, c);
    return 0;
  };
}

/** Pops unless an exception that is not masked has kept the operation from storing its result. */
function andPop(act: Act): Act {
  return (unit, a, b, c) => {
    act(unit, a, b, c);
    if (!unit.prevented) unit.pop();
  };
}

function inBothSizes(name: string, act: typeof storeEnvironment): Record<string, Act> {
  return { [name]: (unit, where) => act(unit, where, 28), [`${name}w`]: (unit, where) => act(unit, where, 14) };
}

const ENVIRONMENT: Readonly<Record<string, Act>> = {
  ...inBothSizes('fnstenv', storeEnvironment),
  ...inBothSizes('fldenv', loadEnvironment),
  ...inBothSizes('fnsave', saveAll),
  ...inBothSizes('frstor', restoreAll),
  'ffree and pop': andPop(OPERATIONS.ffree),
};

const named: Record<string, Assist> = {};
for (const [name, act] of [...Object.entries(OPERATIONS), ...Object.entries(ENVIRONMENT)])
  named[`x87 ${name}`] = assist(act);
for (const name in BINARY) named[`x87 ${name} and pop`] = assist(andPop(OPERATIONS[name]));

const save: Assist = ({ view }, where) => {
  fxsave(view, where);
  return 0;
};
const restore: Assist = ({ view, fault }, where) => (fxrstor(view, where) ? 0 : fault(GP));

export const x87Assists: Readonly<Record<string, Assist>> = {
  ...named,
  fxsave: save,
  fxsave64: save,
  fxrstor: restore,
  fxrstor64: restore,
};
