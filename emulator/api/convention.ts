/** How user code passes a system call: number in RAX, answer in RAX (syscall(2), x86-64). */

import { R10, R8, R9, RDI, RDX, RSI } from '../cpu/registers.ts';

/** Where its arguments are. */
export const ARGUMENT_REGISTERS = [RDI, RSI, RDX, R10, R8, R9] as const;
