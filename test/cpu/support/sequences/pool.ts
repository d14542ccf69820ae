/**
 * Encoded instructions of every form to make sequences of. Encoding costs much more than running, so a pool serves
 * thousands of sequences, and another one with other registers in its addresses the next thousands.
 */

import {
  Encoder,
  FlowControl,
  InstructionInfoFactory,
  Mnemonic,
  OpAccess,
  OpKind,
  Register,
  RegisterExt,
} from 'iced-x86';
import type { Instruction } from 'iced-x86';
import { AF, CF, DF, OF, PF, SF, ZF } from '../../../../emulator/cpu/registers.ts';
import { Chooser, comparedForms, makeInstruction } from '../generator.ts';
import { CODE_REGIONS } from './arena.ts';
import type { ImplementedForms } from './implemented.ts';
import { countsBits, undefinedFlagsOf } from './undefinedFlags.ts';

export interface PoolItem {
  /** iced-x86's name of the form. */
  readonly form: string;
  readonly bytes: Uint8Array;
  /** Where a RIP-relative displacement stands; -1 without one. */
  readonly displacementAt: number;
  /** Flags of RFLAGS. `sets` are those that the instruction certainly defines. */
  readonly reads: number;
  readonly sets: number;
  readonly leavesUndefined: number;
  /** Its data must be aligned. */
  readonly locked: boolean;
  /** General registers that it writes, a bit each. */
  readonly writes: number;
}

/** What general registers are for in the sequences of a pool. */
export interface Roles {
  /** Hold addresses. */
  readonly bases: readonly number[];
  /** Hold small numbers. */
  readonly indices: readonly number[];
  /** Count loops; nothing else writes them. */
  readonly counters: readonly number[];
}

export interface Pool {
  readonly roles: Roles;
  readonly forms: readonly (readonly PoolItem[])[];
  /** Of the forms that programs consist of mostly. */
  readonly common: readonly PoolItem[];
}

const RFLAGS_BITS: readonly (readonly [bit: number, flag: number])[] = [
  [1, OF],
  [2, SF],
  [4, ZF],
  [8, AF],
  [16, CF],
  [32, PF],
  [64, DF],
];

function flagsOf(bits: number): number {
  return RFLAGS_BITS.reduce((flags, [bit, flag]) => (bits & bit ? flags | flag : flags), 0);
}

/** Forms that sequences do not contain as ordinary instructions, although they are compared one by one. */
export const NOT_IN_SEQUENCES: readonly (readonly [forms: RegExp, reason: string])[] = [
  [/^(Bswap_r16)/, 'undefined result (SDM vol. 2, BSWAP)'],
  [/^Fldcw/, 'exceptions of the x87 that are not masked are not exact in every detail'],
  [/^(Lar|Lsl|Verr|Verw)_/, 'what selectors mean in the host is its own affair'],
  [
    /^(VEX_V)?Maskmov(dqu|q)_/i,
    'which faults a mask of zeros raises depends on the implementation (SDM vol. 2, MASKMOVDQU)',
  ],
  [/^(Bsf|Bsr)_r16/, 'a zero source leaves the destination undefined (SDM vol. 2, BSF, BSR)'],
];

const COMMON =
  /^(Mov|Add|Sub|Cmp|And|Or|Xor|Test|Lea|Inc|Dec|Movzx|Movsxd?|Imul|Shl|Shr|Sar|Adc|Sbb|Neg|Not|Cmov\w+|Set\w+|Movups|Movaps|Movdqu|Movq|Movd|Pxor|Push|Pop|Xchg)_/;

const VARIANTS = 10;
const COMMON_VARIANTS = 4;
const RSP = 4;

/** Registers with implicit uses are seldom given a role, so that the instructions that write them stay possible. */
function chooseRoles(choose: Chooser): Roles {
  const implicit = new Set([0, 1, 2, 6, 7]);
  const order = Array.from({ length: 16 }, (_, i) => i)
    .filter(i => i !== RSP)
    .map(register => ({ register, weight: choose.below(1000) + (implicit.has(register) ? 500 : 0) }))
    .sort((a, b) => a.weight - b.weight)
    .map(({ register }) => register);
  return { bases: order.slice(0, 4), indices: order.slice(4, 6), counters: order.slice(6, 8) };
}

export function makePool(seed: number, implemented: ImplementedForms): Pool {
  const roles = chooseRoles(new Chooser(seed));
  const choose = new Chooser(seed ^ 0x5bd1e995, {
    bases: [...roles.bases, ...roles.bases, ...roles.bases, RSP].map(register => Register.RAX + register),
    indices: roles.indices.map(register => Register.RAX + register),
    allKinds: true,
  });
  const factory = new InstructionInfoFactory();
  const forms: PoolItem[][] = [];
  const common: PoolItem[] = [];
  for (const { name, code } of comparedForms(true)) {
    if (NOT_IN_SEQUENCES.some(([pattern]) => pattern.test(name))) continue;
    const items: PoolItem[] = [];
    const count = COMMON.test(name) ? VARIANTS + COMMON_VARIANTS : VARIANTS;
    for (let i = 0; i < count; i++) {
      const instruction = makeInstruction(code, choose);
      if (!instruction || instruction.flowControl !== FlowControl.Next) break;
      if (instruction.opCode.canUseLockPrefix && isAligned(instruction))
        instruction.hasLockPrefix = choose.below(2) === 0;
      const item = itemOf(name, instruction, factory);
      const splits = mayBeSlow(instruction);
      instruction.free();
      if (!item || splits) continue;
      if (items.length === 0 && !implemented.has(name, item.bytes)) break;
      items.push(item);
    }
    if (items.length === 0) continue;
    forms.push(items);
    if (COMMON.test(name)) common.push(...items);
  }
  factory.free();
  return { roles, forms, common };
}

/** Whether the instruction's first operand is memory that will be aligned in nearly all cases. */
function isAligned(instruction: Instruction): boolean {
  if (instruction.op0Kind !== OpKind.Memory) return false;
  if (instruction.isIpRelMemoryOperand) return true;
  const { memoryBase, memoryIndex, memoryDisplacement } = instruction;
  return memoryBase === Register.RSP && memoryIndex === Register.None && (memoryDisplacement & 7n) === 0n;
}

/** Locked accesses that cross cache lines take milliseconds where the host's kernel slows them down. */
function mayBeSlow(instruction: Instruction): boolean {
  return instruction.mnemonic === Mnemonic.Xchg && instruction.op0Kind === OpKind.Memory && !isAligned(instruction);
}

function itemOf(form: string, instruction: Instruction, factory: InstructionInfoFactory): PoolItem | undefined {
  const encoder = new Encoder(64);
  try {
    encoder.encode(instruction, BigInt(CODE_REGIONS[0]));
    const offsets = encoder.getConstantOffsets();
    const relative = instruction.isIpRelMemoryOperand;
    const displacementAt = relative ? offsets.displacementOffset : -1;
    offsets.free();
    return {
      form,
      bytes: encoder.takeBuffer(),
      displacementAt,
      locked: instruction.hasLockPrefix || instruction.mnemonic === Mnemonic.Xchg,
      ...flagEffects(instruction),
      writes: writtenRegisters(instruction, factory),
    };
  } catch {
    return undefined; // AH beside a REX prefix, for one
  } finally {
    encoder.free();
  }
}

function flagEffects(instruction: Instruction): { reads: number; sets: number; leavesUndefined: number } {
  const mnemonic = Mnemonic[instruction.mnemonic].toLowerCase();
  const last = instruction.opCount - 1;
  const immediate = last > 0 && instruction.opKind(last) === OpKind.Immediate8;
  const size = instruction.opCount > 0 && instruction.op0Kind === OpKind.Register;
  const width = size ? RegisterExt.size(instruction.op0Register) * 8 : widthByName(instruction);
  const shift = { count: immediate ? instruction.immediate8 : undefined, width };
  const open = undefinedFlagsOf(mnemonic, shift);
  const written = flagsOf(instruction.rflagsWritten | instruction.rflagsCleared | instruction.rflagsSet);
  const counts = countsBits(mnemonic);
  const zero = immediate && (shift.count ?? 0) % (width === 64 ? 64 : 32) === 0;
  const mayKeep = (counts && (!immediate || zero)) || instruction.hasRepePrefix || instruction.hasRepnePrefix;
  return { reads: flagsOf(instruction.rflagsRead), sets: mayKeep ? 0 : written & ~open, leavesUndefined: open };
}

function widthByName(instruction: Instruction): number {
  const { opCode } = instruction;
  return Number(/rm?(8|16|32|64)/.exec(opCode.instructionString.replace(/r\/m/g, 'rm'))?.[1] ?? 64);
}

function writtenRegisters(instruction: Instruction, factory: InstructionInfoFactory): number {
  const info = factory.info(instruction);
  let mask = 0;
  for (const used of info.usedRegisters()) {
    const writes = used.access >= OpAccess.Write && used.access <= OpAccess.ReadCondWrite;
    const full = RegisterExt.fullRegister(used.register);
    if (writes && full >= Register.RAX && full <= Register.R15) mask |= 1 << (full - Register.RAX);
    used.free();
  }
  info.free();
  return mask;
}
