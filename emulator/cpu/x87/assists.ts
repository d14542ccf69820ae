/** The x87 instructions as assists that both engines call. */

import { GP } from '../exits.ts';
import type { Assist } from '../assists.ts';
import { RAX, RCX, RDX } from '../registers.ts';
import { componentsInUse, restoreComponents, saveComponents } from './extendedSave.ts';
import type { SaveKind } from './extendedSave.ts';
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

function saving(wide: boolean): Assist {
  return ({ view }, where) => {
    fxsave(view, where, wide);
    return 0;
  };
}

function restoring(wide: boolean): Assist {
  return ({ view, fault }, where) => (fxrstor(view, where, wide) ? 0 : fault(GP));
}

/** `requested` is the lower half of EDX:EAX; nothing that exists is in the upper one. */
function savingComponents(wide: boolean, kind: SaveKind): Assist {
  return ({ view, enabled }, where, requested) => {
    saveComponents(view, where, requested & enabled, wide, kind);
    return 0;
  };
}

function restoringComponents(wide: boolean): Assist {
  return ({ view, enabled, fault }, where, requested) =>
    restoreComponents(view, where, requested & enabled, enabled, wide) ? 0 : fault(GP);
}

/** XGETBV: XCR0, or with ECX 1 those of its components that are in use. */
const extendedControl: Assist = ({ view, registers, enabled, fault }) => {
  const index = registers.low(RCX);
  if (index !== 0 && index !== 1) return fault(GP);
  registers.setNumber(RAX, index === 0 ? enabled : enabled & componentsInUse(view));
  registers.setNumber(RDX, 0);
  return 0;
};

const PLAIN: SaveKind = { optimises: false, compacts: false };
const OPTIMISED: SaveKind = { optimises: true, compacts: false };
const COMPACTED: SaveKind = { optimises: true, compacts: true };

export const x87Assists: Readonly<Record<string, Assist>> = {
  ...named,
  fxsave: saving(false),
  fxsave64: saving(true),
  fxrstor: restoring(false),
  fxrstor64: restoring(true),
  xsave: savingComponents(false, PLAIN),
  xsave64: savingComponents(true, PLAIN),
  xsaveopt: savingComponents(false, OPTIMISED),
  xsaveopt64: savingComponents(true, OPTIMISED),
  xsavec: savingComponents(false, COMPACTED),
  xsavec64: savingComponents(true, COMPACTED),
  xrstor: restoringComponents(false),
  xrstor64: restoringComponents(true),
  xgetbv: extendedControl,
};
