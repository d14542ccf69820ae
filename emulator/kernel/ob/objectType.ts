/** OBJECT_TYPE: the kinds of object there are, one row each, with the rights that handles to them may grant. */

import type { AccessMask, GenericMapping } from './access.ts';

export interface ObjectType {
  /** Rights that a handle may grant at most. */
  readonly validAccess: AccessMask;
  readonly genericMapping: GenericMapping;
  /** Names behind one of these are its own business (the path of a file on a device), not the name space's. */
  readonly parses: boolean;
}

type Row = readonly [
  valid: AccessMask,
  read: AccessMask,
  write: AccessMask,
  execute: AccessMask,
  all: AccessMask,
  parses?: 'parses',
];

/**
 * By the name that WinObj and `NtQueryObject` show. Masks are those of winnt.h and ntobapi.h (phnt): the standard rights,
 * with the type's own in the low word; the mappings are what `!object \ObjectTypes` shows of each.
 */
const ROWS = {
  Directory: [0xf_000f, 0x2_0003, 0x2_000c, 0x2_0003, 0xf_000f],
  SymbolicLink: [0xf_0001, 0x2_0001, 0x2_0000, 0x2_0001, 0xf_0001],
  Process: [0x1f_ffff, 0x2_0410, 0x2_0beb, 0x12_1001, 0x1f_ffff],
  Thread: [0x1f_ffff, 0x2_0048, 0x2_0037, 0x12_1800, 0x1f_ffff],
  Event: [0x1f_0003, 0x2_0001, 0x2_0002, 0x12_0000, 0x1f_0003],
  Mutant: [0x1f_0001, 0x2_0001, 0x2_0000, 0x12_0000, 0x1f_0001],
  Semaphore: [0x1f_0003, 0x2_0001, 0x2_0002, 0x12_0000, 0x1f_0003],
  Timer: [0x1f_0003, 0x2_0001, 0x2_0002, 0x12_0000, 0x1f_0003],
  Section: [0x1f_001f, 0x2_0005, 0x2_0002, 0x2_0008, 0xf_001f],
  Device: [0x1f_01ff, 0x12_0089, 0x12_0116, 0x12_00a0, 0x1f_01ff, 'parses'],
  File: [0x1f_01ff, 0x12_0089, 0x12_0116, 0x12_00a0, 0x1f_01ff, 'parses'],
  Key: [0x1f_003f, 0x2_0019, 0x2_0006, 0x2_0019, 0xf_003f],
} satisfies Record<string, Row>;

export type ObjectTypeName = keyof typeof ROWS;

export function objectType(name: ObjectTypeName): ObjectType {
  const [validAccess, read, write, execute, all, parses]: Row = ROWS[name];
  return {
    validAccess,
    genericMapping: { read, write, execute, all },
    parses: parses !== undefined,
  };
}
