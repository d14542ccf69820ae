/** The x87 instructions as helpers that both engines call. */

import { GP } from '../exits.ts';
import type { Helper } from '../helpers.ts';
import { BINARY, OPERATIONS } from './instructions.ts';
import { fxrstor, fxsave, loadEnvironment, restoreAll, saveAll, storeEnvironment } from './save.ts';
import { X87Unit } from './unit.ts';

type Act = (unit: X87Unit, a: number, b: number, c: number) => void;

function helper(act: Act): Helper {
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

const ENVIRONMENT: Readonly<Record<string, Act>> = {
  fnstenv: storeEnvironment,
  fldenv: loadEnvironment,
  fnsave: saveAll,
  frstor: restoreAll,
  'ffree and pop': andPop(OPERATIONS.ffree),
};

const named: Record<string, Helper> = {};
for (const [name, act] of [...Object.entries(OPERATIONS), ...Object.entries(ENVIRONMENT)])
  named[`x87 ${name}`] = helper(act);
for (const name in BINARY) named[`x87 ${name} and pop`] = helper(andPop(OPERATIONS[name]));

const save: Helper = ({ view }, where) => {
  fxsave(view, where);
  return 0;
};
const restore: Helper = ({ view, fault }, where) => (fxrstor(view, where) ? 0 : fault(GP));

export const x87Helpers: Readonly<Record<string, Helper>> = {
  ...named,
  fxsave: save,
  fxsave64: save,
  fxrstor: restore,
  fxrstor64: restore,
};
