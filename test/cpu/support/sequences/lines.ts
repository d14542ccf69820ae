/** Lines that a pool does not have, because they refer to other lines: branches, calls, stores into code. */

import { CF, DF, OF, PF, SF, ZF } from '../../../../emulator/cpu/registers.ts';
import type { PoolItem } from './pool.ts';
import type { Line, LineFlow, Reference } from './program.ts';
import { ARITHMETIC } from './undefinedFlags.ts';

const CONDITIONS = ['o', 'no', 'b', 'ae', 'e', 'ne', 'be', 'a', 's', 'ns', 'p', 'np', 'l', 'ge', 'le', 'g'] as const;
/** Flags that conditions read, by half of their code (SDM vol. 1, appendix B). */
const CONDITION_FLAGS = [OF, CF, ZF, CF | ZF, SF, PF, SF | OF, SF | OF | ZF];

interface Effects {
  readonly flow?: LineFlow;
  readonly target?: Line;
  readonly reads?: number;
  readonly sets?: number;
}

function line(form: string, bytes: readonly number[], references: readonly Reference[], effects: Effects = {}): Line {
  const { flow = 'falls', target, reads = 0, sets = 0 } = effects;
  return { form, bytes: Uint8Array.from(bytes), references, flow, target, reads, sets, leavesUndefined: 0 };
}

export function itemLine({ form, bytes, reads, sets, leavesUndefined, displacementAt }: PoolItem, data: number): Line {
  const references =
    displacementAt < 0 ? [] : [{ at: displacementAt, size: 4 as const, end: bytes.length, target: data }];
  return { form, bytes, references, flow: 'falls', reads, sets, leavesUndefined };
}

const rexB = (register: number): number[] => (register > 7 ? [0x41] : []);
const word = (value: number): number[] => [0, 8, 16, 24].map(shift => (value >>> shift) & 255);

export function setWord(register: number, value: bigint): Line {
  const bytes = Array.from({ length: 8 }, (_, i) => Number((BigInt.asUintN(64, value) >> BigInt(8 * i)) & 255n));
  return line('Mov_r64_imm64', [0x48 | (register >> 3), 0xb8 | (register & 7), ...bytes], []);
}

export function setDouble(register: number, value: number): Line {
  return line('Mov_r32_imm32', [...rexB(register), 0xb8 | (register & 7), ...word(value)], []);
}

export function push(register: number): Line {
  return line('Push_r64', [...rexB(register), 0x50 | (register & 7)], []);
}

export function pop(register: number): Line {
  return line('Pop_r64', [...rexB(register), 0x58 | (register & 7)], []);
}

export function jumpIf(condition: number, target: Line, short: boolean): Line {
  const bytes = short ? [0x70 | condition, 0] : [0x0f, 0x80 | condition, 0, 0, 0, 0];
  const reference: Reference = { at: short ? 1 : 2, size: short ? 1 : 4, end: bytes.length, target };
  const effects: Effects = { flow: 'branches', target, reads: CONDITION_FLAGS[condition >> 1] };
  return line(`J${CONDITIONS[condition]}_rel${short ? 8 : 32}_64`, bytes, [reference], effects);
}

export function jump(target: Line, short: boolean): Line {
  const bytes = short ? [0xeb, 0] : [0xe9, 0, 0, 0, 0];
  const reference: Reference = { at: 1, size: short ? 1 : 4, end: bytes.length, target };
  return line(`Jmp_rel${short ? 8 : 32}_64`, bytes, [reference], { flow: 'jumps', target });
}

export function call(target: Line): Line {
  const reference: Reference = { at: 1, size: 4, end: 5, target };
  return line('Call_rel32_64', [0xe8, 0, 0, 0, 0], [reference], { flow: 'calls', target });
}

/** LEA, then a jump or a call through the register. */
export function indirect(register: number, target: Line, calls: boolean): Line {
  const lea = [0x48 | ((register >> 3) << 2), 0x8d, 0x05 | ((register & 7) << 3), 0, 0, 0, 0];
  const go = [...rexB(register), 0xff, (calls ? 0xd0 : 0xe0) | (register & 7)];
  const effects: Effects = { flow: calls ? 'calls' : 'jumps', target };
  return line(calls ? 'Call_rm64' : 'Jmp_rm64', [...lea, ...go], [{ at: 3, size: 4, end: 7, target }], effects);
}

/** LEA, PUSH, RET. */
export function returnTo(register: number, target: Line): Line {
  const lea = [0x48 | ((register >> 3) << 2), 0x8d, 0x05 | ((register & 7) << 3), 0, 0, 0, 0];
  const bytes = [...lea, ...rexB(register), 0x50 | (register & 7), 0xc3];
  return line('Retnq', bytes, [{ at: 3, size: 4, end: 7, target }], { flow: 'jumps', target });
}

export function returns(popped: number): Line {
  if (popped === 0) return line('Retnq', [0xc3], [], { flow: 'returns' });
  return line('Retnq_imm16', [0xc2, popped, 0], [], { flow: 'returns' });
}

/** DEC of a counter and a jump back; the flags are those of DEC, CF that of before. */
export function countDown(counter: number, target: Line): Line {
  const dec = [0x48 | (counter >> 3), 0xff, 0xc8 | (counter & 7)];
  const bytes = [...dec, 0x0f, 0x85, 0, 0, 0, 0];
  const effects: Effects = { flow: 'branches', target, sets: ARITHMETIC & ~CF };
  return line('Jne_rel32_64', bytes, [{ at: 5, size: 4, end: 9, target }], effects);
}

/** DEC of a counter; leaves the loop below zero, otherwise goes back under a condition. */
export function countDownIf(counter: number, condition: number, back: Line, out: Line): Line[] {
  const dec = [0x48 | (counter >> 3), 0xff, 0xc8 | (counter & 7), 0x0f, 0x8e, 0, 0, 0, 0];
  const effects: Effects = { flow: 'branches', target: out, sets: ARITHMETIC & ~CF };
  return [
    line('Jle_rel32_64', dec, [{ at: 5, size: 4, end: 9, target: out }], effects),
    jumpIf(condition, back, false),
  ];
}

const LOOPS = ['Loopne_rel8_64_RCX', 'Loope_rel8_64_RCX', 'Loop_rel8_64_RCX', 'Jrcxz_rel8_64'];

/** LOOPNE, LOOPE, LOOP, JRCXZ by the low bits of their opcodes. */
export function loop(kind: number, target: Line): Line {
  const effects: Effects = { flow: 'branches', target, reads: kind < 2 ? ZF : 0 };
  return line(LOOPS[kind], [0xe0 | kind, 0], [{ at: 1, size: 1, end: 2, target }], effects);
}

/** Writes a byte of the immediate (or ModRM) at `offset` of a line. */
export function patch(target: Line, offset: number, value: number): Line {
  const reference: Reference = { at: 2, size: 4, end: 7, target, addend: offset };
  return line('Mov_rm8_imm8', [0xc6, 0x05, 0, 0, 0, 0, value], [reference]);
}

/** Writes four bytes of a register into a line. */
export function patchFrom(register: number, target: Line, offset: number): Line {
  const rex = register > 7 ? [0x44] : [];
  const bytes = [...rex, 0x89, 0x05 | ((register & 7) << 3), 0, 0, 0, 0];
  return line('Mov_rm32_r32', bytes, [{ at: bytes.length - 4, size: 4, end: bytes.length, target, addend: offset }]);
}

export function increment(register: number): Line {
  return line('Inc_rm32', [...rexB(register), 0xff, 0xc0 | (register & 7)], [], { sets: ARITHMETIC & ~CF });
}

export function loadFlags(flags: number): Line {
  const image = (flags & (ARITHMETIC | DF)) | 0x202;
  return line('Popfq', [0x68, ...word(image), 0x9d], [], { sets: ARITHMETIC | DF });
}

/** Where everything ends; or an instruction that never completes in user mode. */
export function ending(kind: number): Line {
  const [form, ...bytes] = ENDINGS[kind % ENDINGS.length];
  return line(form as string, bytes as number[], [], { flow: 'ends' });
}

const ENDINGS: readonly (readonly [string, ...number[]])[] = [
  ['Int3', 0xcc],
  ['Ud2', 0x0f, 0x0b],
  ['Hlt', 0xf4],
  ['Cli', 0xfa],
  ['In_AL_DX', 0xec],
  ['Clts', 0x0f, 0x06],
];
