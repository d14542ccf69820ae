/**
 * Where sequences run, natively and here: regions of code, areas of data with unmapped pages around them, and windows
 * of the areas that each run fills and compares in full. `test/cpu/native/sequences.c` has the same layout.
 */

import { PAGE_SIZE } from '../../../../emulator/base/pages.ts';
import { EXECUTE, READ, WRITE } from '../plainSpace.ts';

/** In the window, and above it. */
export const CODE_REGIONS = [0x1000_0000, 0x5000_1234_0000] as const;
export const CODE_SIZE = 3 * PAGE_SIZE;
/** Bytes of a program at most. */
export const CODE_LIMIT = 2048;

export interface Area {
  readonly address: number;
  readonly size: number;
  readonly access: number;
}

/** In the window; read-only; above the window; hidden in the window; the stack. */
export const AREAS: readonly Area[] = [
  { address: 0x1200_0000, size: 2 * PAGE_SIZE, access: READ | WRITE },
  { address: 0x1204_0000, size: PAGE_SIZE, access: READ },
  { address: 0x7e00_1234_5000, size: 2 * PAGE_SIZE, access: READ | WRITE },
  { address: 0x0a00_0000, size: PAGE_SIZE, access: READ | WRITE },
  { address: 0x1300_0000, size: PAGE_SIZE, access: READ | WRITE },
];

export const CODE_AREAS: readonly Area[] = CODE_REGIONS.map(address => ({
  address,
  size: CODE_SIZE,
  access: READ | WRITE | EXECUTE,
}));

export interface WindowOfArea {
  readonly address: number;
  readonly size: number;
}

/** The second crosses pages, and so does the fifth; others end where nothing is mapped any more. */
export const WINDOWS: readonly WindowOfArea[] = [
  { address: 0x1200_0000, size: 128 },
  { address: 0x1200_0fc0, size: 128 },
  { address: 0x1200_1f80, size: 128 },
  { address: 0x1204_0f80, size: 128 },
  { address: 0x7e00_1234_5fc0, size: 128 },
  { address: 0x7e00_1234_6f80, size: 128 },
  { address: 0x0a00_0f80, size: 128 },
  { address: 0x1300_0800, size: 256 },
];
export const STACK_WINDOW = WINDOWS[7];
const WINDOWS_SIZE = WINDOWS.reduce((sum, { size }) => sum + size, 0);

/** What every page of the areas holds outside the windows. */
export const BACKGROUND = Uint8Array.from({ length: PAGE_SIZE }, (_, i) => (i * 37) >> 3);

/** Offsets in a state: registers, RFLAGS, the FXSAVE image, the upper halves of YMM0 to YMM15, the windows. */
export const FLAGS_AT = 128;
export const FX_AT = 136;
export const UPPER_AT = FX_AT + 512;
export const MEMORY_AT = UPPER_AT + 256;
export const STATE_SIZE = MEMORY_AT + WINDOWS_SIZE;
/** In the FXSAVE image (SDM vol. 1, table 10-2). */
export const FX_FCW = 0;
export const FX_FSW = 2;
export const FX_FTW = 4;
export const FX_MXCSR = 24;
export const FX_ST = 32;
export const FX_XMM = 160;

/** Offsets in a result: vector, error code, address, RIP, what changed outside the windows, the state afterwards. */
export const VECTOR_AT = 0;
export const ERROR_CODE_AT = 4;
export const ADDRESS_AT = 8;
export const RIP_AT = 16;
export const OUTSIDE_AT = 24;
export const AFTER_AT = 32;
export const RESULT_SIZE = AFTER_AT + STATE_SIZE;

/** Vectors that the processor does not have: a system call, and a run that does not end. */
export const SYSTEM_CALL = 0x100;
export const ENDLESS = 0x101;
