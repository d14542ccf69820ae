/** Makes cases for every instruction form: operands of all kinds, registers and memory full of telling values. */

import {
  Code,
  CodeSize,
  Decoder,
  Encoder,
  EncodingKind,
  Instruction,
  OpCodeOperandKind,
  OpKind,
  Register,
} from 'iced-x86';
import { fillRandom, nextRandom, seedRandom } from '../../../emulator/base/random.ts';
import type { RandomState } from '../../../emulator/base/random.ts';
import { CODE, emptyState, IMAGE, IMAGE_SIZE } from './oracle.ts';
import type { Case, State } from './oracle.ts';

const CODE_NAMES = Object.keys(Code).filter(name => typeof Code[name as keyof typeof Code] === 'number');

/** The forms of 64-bit mode that are compared: legacy encodings, and VEX ones of general registers or of all. */
export function comparedForms(vectors = false): { name: string; code: Code }[] {
  const probe = new Instruction();
  return CODE_NAMES.map(name => ({ name, code: Code[name as keyof typeof Code] as Code })).filter(({ name, code }) => {
    probe.code = code;
    const info = probe.opCode;
    const encoding = info.encoding === EncodingKind.Legacy || info.encoding === EncodingKind.VEX;
    if (UNCOMPARED.some(([forms]) => forms.test(name))) return false;
    return (
      info.isInstruction &&
      info.mode64 &&
      encoding &&
      !(vectors ? /^VEX_K/ : /^VEX_[VK]/).test(name) &&
      info.opCount < 5
    );
  });
}

/** Forms that are not compared one by one, and why. */
export const UNCOMPARED: readonly (readonly [forms: RegExp, reason: string])[] = [
  [/^(Cpuid|Rdtsc|Rdtscp|Rdrand|Rdseed|Rdpid|Xgetbv|Rdpru|Rdpkru)/, 'tells about the processor itself'],
  [
    /^(Syscall|Sysenter|Sysexit|Sysret|Iret|Into|Enclu|Hlt|Popf|Vm|Monitor|Mwait|Getsec|Rdpmc)/,
    'the host kernel answers',
  ],
  [
    /^(Wrfs|Wrgs|Rdfs|Rdgs|Mov_Sreg|Pop[qw]_[FG]S|Sgdt|Sidt|Sldt|Smsw|Str_|Push[qw]_[FG]S|L[sfg]s_|Retf|Call_m16|Jmp_m16)/,
    'depends on segments of the host',
  ],
  [/^(Fsin|Fcos|Fptan|Fpatan|F2xm1|Fyl2x)/, 'the last place differs by vendor: x87.test.ts'],
  [/^VEX_Vmaskmovdqu/, 'which faults a mask of zeros raises depends on the implementation'],
  [/^(VEX_V)?(Rcp|Rsqrt)/i, 'approximations differ by vendor'],
  [/^(Fnstenv|Fnsave|Fldenv|Frstor|Fxsave|Fxrstor)/, 'pointers to instructions are not kept'],
  [/^(Fstenv|Fsave|Fstcw|Fclex|Finit|Feni|Fdisi|Fsetpm|Fstsw)/, 'two instructions, the first of them FWAIT'],
  [/^(Call_rm16|Jmp_rm16)/, 'the operand size prefix: AMD obeys it, Intel does not'],
  [/^Call_rm64/, 'AMD pushes before it finds the target not canonical'],
  [/^(Enter)/, 'what is pushed before the last check fails'],
  [/^Xsave|^Xrstor/, 'the host has more components: test/guests/linux/states'],
  [/^(VEX_V)?Dpp/i, 'which of several NaNs survives the sum'],
  [/^Fxtract/, 'C1 after stack overflow differs by vendor'],
  [/^(Shld|Shrd)_rm16/, 'counts above 16 are undefined'],
];

/** Registers that memory operands are made of. */
export interface Addressing {
  readonly bases: readonly Register[];
  readonly indices: readonly Register[];
  /** 32-bit addresses, RIP-relative ones and long displacements too. */
  readonly allKinds: boolean;
}

const ADDRESSING: Addressing = { bases: [Register.RBX], indices: [Register.RSI], allKinds: false };

/** Chooses and remembers nothing but its random state. */
export class Chooser {
  readonly addressing: Addressing;
  private readonly state: RandomState;

  constructor(seed: number, addressing = ADDRESSING) {
    this.addressing = addressing;
    this.state = seedRandom(seed);
  }

  below(limit: number): number {
    return nextRandom(this.state) % limit;
  }

  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)];
  }

  bytes(into: Uint8Array): void {
    fillRandom(this.state, into);
  }

  word(): bigint {
    const random = (BigInt(nextRandom(this.state)) << 32n) | BigInt(nextRandom(this.state));
    switch (this.below(4)) {
      case 0:
        return random;
      case 1:
        return this.of(EDGES);
      case 2:
        return BigInt.asUintN(64, this.of(EDGES) + BigInt(this.below(5)) - 2n);
      default:
        return random >> BigInt(this.below(64));
    }
  }
}

const EDGES = [
  0n,
  1n,
  0x7fn,
  0x80n,
  0xffn,
  0x7fffn,
  0x8000n,
  0xffffn,
  0x7fff_ffffn,
  0x8000_0000n,
  0xffff_ffffn,
  0x1_0000_0000n,
  0x7fff_ffff_ffff_ffffn,
  0x8000_0000_0000_0000n,
  0xffff_ffff_ffff_ffffn,
  0x0123_4567_89ab_cdefn,
];
const DOUBLES = [
  0,
  -0,
  1,
  -1,
  0.5,
  1.5,
  2.5,
  -2.5,
  3,
  1e300,
  -1e-300,
  5e-324,
  2 ** 31,
  -(2 ** 31),
  2 ** 63,
  -(2 ** 63),
  2147483647.5,
  0.1,
  1 / 3,
  Number.MAX_VALUE,
  2.2250738585072014e-308,
  Infinity,
  -Infinity,
  1e10,
  65504,
  123456.789,
];
const NANS_64 = [0x7ff8_0000_0000_0000n, 0x7ff0_0000_0000_0001n, 0xfff8_0000_0000_1234n, 0xfff4_0000_0000_0000n];
const NANS_32 = [0x7fc0_0000, 0x7f80_0001, 0xffc0_1234, 0xffa0_0000];

export function fillVector(choose: Chooser, view: DataView, at: number): void {
  switch (choose.below(4)) {
    case 0:
      for (let i = 0; i < 16; i += 8) view.setBigUint64(at + i, choose.word(), true);
      break;
    case 1:
      for (let i = 0; i < 16; i += 8) {
        if (choose.below(6) === 0) view.setBigUint64(at + i, choose.of(NANS_64), true);
        else view.setFloat64(at + i, choose.of(DOUBLES) * (choose.below(3) ? 1 : 1 + choose.below(1000) / 1000), true);
      }
      break;
    case 2:
      for (let i = 0; i < 16; i += 4) {
        if (choose.below(6) === 0) view.setUint32(at + i, choose.of(NANS_32), true);
        else view.setFloat32(at + i, choose.of(DOUBLES) * (choose.below(3) ? 1 : 1 + choose.below(1000) / 1000), true);
      }
      break;
    default:
      choose.bytes(new Uint8Array(view.buffer, view.byteOffset + at, 16));
  }
}

/** An 80-bit register: mostly numbers of moderate size, some specials, some encodings that are no numbers. */
export function fillExtended(choose: Chooser, view: DataView, at: number): void {
  const significand = choose.word() | (1n << 63n);
  const sign = choose.below(2) << 15;
  const kind = choose.below(12);
  const exponent =
    kind < 7
      ? 16383 - 40 + choose.below(90)
      : kind === 7
        ? choose.below(0x7fff)
        : kind === 8
          ? 0
          : kind === 9
            ? 0x7fff
            : 16383;
  const special = choose.of([0n, 1n << 63n, significand, significand & ~(1n << 63n), 3n << 62n]);
  view.setBigUint64(at, kind >= 8 && kind < 11 ? special : significand, true);
  view.setUint16(at + 8, sign | exponent, true);
}

/** MXCSR: mostly all exceptions masked, to nearest; often with some of the sticky flags that programs collect. */
function randomControl(choose: Chooser): number {
  const sticky = choose.of([0, 0, 0x20, 0x20, 0x32, 0x3f, choose.below(64)]);
  if (choose.below(4)) return 0x1f80 | sticky;
  const masks = choose.below(2) ? 0x1f80 : choose.below(64) << 7;
  return masks | sticky | (choose.below(4) << 13) | (choose.below(2) << 15) | (choose.below(2) << 6);
}

function randomState(choose: Chooser, x87: boolean): State {
  const state = emptyState();
  const view = new DataView(state.fx.buffer);
  for (let i = 0; i < 16; i++) state.general[i] = choose.word();
  state.flags = BigInt(0x202 | (choose.below(0x1000) & 0x8d5) | (choose.below(4) === 0 ? 0x400 : 0));
  const masks = choose.below(3) ? 0x7f : 0x40 | choose.below(64);
  const control = choose.below(3) ? 0x37f : masks | (choose.below(4) << 10) | (choose.of([0, 2, 3]) << 8);
  // Now and then an exception waits: one that is not masked, with the summary and busy bits that go with it.
  const pending = x87 && choose.below(16) === 0 ? 1 << choose.below(6) : 0;
  view.setUint16(0, x87 ? control & ~pending : 0x37f, true);
  view.setUint16(2, x87 ? (choose.below(8) << 11) | pending | (pending ? 0x8080 : 0) : 0, true);
  view.setUint8(4, x87 ? choose.of([0xff, 0xff, 0xff, 0, 0x7f, choose.below(256)]) : 0);
  // Of MMX conversions, exceptions that are not masked are left out: AMD has changed the x87 state when they are found.
  view.setUint32(24, randomControl(choose) | (x87 ? 0x1f80 : 0), true);
  view.setUint32(28, 0xffff, true);
  for (let i = 0; i < 8; i++) fillExtended(choose, view, 32 + i * 16);
  for (let i = 0; i < 16; i++) fillVector(choose, view, 160 + i * 16);
  const image = new DataView(state.image.buffer);
  for (let i = 0; i < IMAGE_SIZE; i += 16) {
    if (x87 && choose.below(2)) fillExtended(choose, image, i);
    else fillVector(choose, image, i);
  }
  return state;
}

const GENERAL: Readonly<Record<number, Register>> = {
  8: Register.AL,
  16: Register.AX,
  32: Register.EAX,
  64: Register.RAX,
};
const FIXED: Readonly<Record<string, Register>> = {
  al: Register.AL,
  cl: Register.CL,
  ax: Register.AX,
  dx: Register.DX,
  eax: Register.EAX,
  rax: Register.RAX,
  st0: Register.ST0,
};

/** Gives operand `index` something that its kind admits; false when this generator has nothing for the kind. */
function setOperand(choose: Chooser, instruction: Instruction, index: number, kind: string, offset: number): boolean {
  const register = (value: Register): boolean => {
    instruction.setOpKind(index, OpKind.Register);
    instruction.setOpRegister(index, value);
    return true;
  };
  if (kind.endsWith('_or_mem') && choose.below(2)) return setMemory(choose, instruction, index);
  const general = /^r(8|16|32|64)_/.exec(kind);
  if (general) {
    const pick = choose.below(16);
    if (general[1] === '8')
      return register(
        choose.below(4) === 0 ? Register.AH + choose.below(4) : pick < 4 ? Register.AL + pick : Register.SPL + pick - 4,
      );
    return register(GENERAL[Number(general[1])] + (pick === 4 && choose.below(4) ? 0 : pick));
  }
  if (kind.startsWith('ymm_')) return register(Register.YMM0 + choose.below(16));
  if (kind.startsWith('xmm_')) return register(Register.XMM0 + choose.below(16));
  if (/^mm_(reg|rm|or_mem)/.test(kind)) return register(Register.MM0 + choose.below(8));
  if (kind.startsWith('sti_')) return register(Register.ST0 + choose.below(8));
  if (FIXED[kind] !== undefined) return register(FIXED[kind]);
  if (kind === 'mem') return setMemory(choose, instruction, index);
  const indices = /^mem_vsib(?:32|64)([xy])$/.exec(kind);
  if (indices) return setGather(choose, instruction, index, indices[1] === 'x' ? Register.XMM0 : Register.YMM0);
  if (kind.startsWith('imm8')) return setImmediate8(choose, instruction, index, kind);
  if (kind === 'imm16') {
    instruction.setOpKind(index, OpKind.Immediate16);
    instruction.immediate16 = Number(choose.word() & (instruction.opCount > 1 ? 0xffffn : 0x7n));
    return true;
  }
  if (kind === 'imm32') {
    instruction.setOpKind(index, OpKind.Immediate32);
    instruction.immediate32 = Number(choose.word() & 0xffff_ffffn);
    return true;
  }
  if (kind === 'imm32sex64') {
    instruction.setOpKind(index, OpKind.Immediate32to64);
    instruction.immediate32to64 = BigInt.asIntN(32, choose.word());
    return true;
  }
  if (kind === 'imm64') {
    instruction.setOpKind(index, OpKind.Immediate64);
    instruction.immediate64 = choose.word();
    return true;
  }
  if (kind.startsWith('br64_')) {
    instruction.setOpKind(index, OpKind.NearBranch64);
    instruction.nearBranch64 = BigInt(CODE + offset + choose.below(64) + 20);
    return true;
  }
  if (kind === 'seg_reg') return register(choose.of([Register.ES, Register.DS, Register.FS, Register.GS, Register.SS]));
  if (kind === 'fs' || kind === 'gs') return register(kind === 'fs' ? Register.FS : Register.GS);
  if (kind === 'mem_offs') {
    instruction.setOpKind(index, OpKind.Memory);
    instruction.memoryDisplSize = 8;
    instruction.memoryDisplacement = BigInt(IMAGE + choose.below(64));
    return true;
  }
  if (kind === 'seg_rBX_al') {
    instruction.setOpKind(index, OpKind.Memory);
    instruction.memoryBase = choose.below(3) ? Register.RBX : Register.EBX;
    instruction.memoryIndex = Register.AL;
    return true;
  }
  return setString(choose, instruction, index, kind);
}

function setString(choose: Chooser, instruction: Instruction, index: number, kind: string): boolean {
  const kinds: Readonly<Record<string, readonly [wide: OpKind, narrow: OpKind]>> = {
    seg_rSI: [OpKind.MemorySegRSI, OpKind.MemorySegESI],
    es_rDI: [OpKind.MemoryESRDI, OpKind.MemoryESEDI],
    seg_rDI: [OpKind.MemorySegRDI, OpKind.MemorySegEDI],
  };
  if (kinds[kind] === undefined) return false;
  // Both addresses of an instruction have the same size.
  const { op0Kind } = instruction;
  const narrow = index > 0 && isString(op0Kind) ? isNarrowString(op0Kind) : choose.below(4) === 0;
  instruction.setOpKind(index, kinds[kind][narrow ? 1 : 0]);
  return true;
}

const NARROW_STRINGS = [OpKind.MemorySegESI, OpKind.MemoryESEDI, OpKind.MemorySegEDI];
const STRINGS = [OpKind.MemorySegRSI, OpKind.MemoryESRDI, OpKind.MemorySegRDI, ...NARROW_STRINGS];
const isNarrowString = (kind: OpKind): boolean => NARROW_STRINGS.includes(kind);
const isString = (kind: OpKind): boolean => STRINGS.includes(kind);

function setImmediate8(choose: Chooser, instruction: Instruction, index: number, kind: string): boolean {
  const value = choose.below(2) ? choose.below(256) : choose.below(34);
  if (kind === 'imm8_const_1' || kind === 'imm8') {
    instruction.setOpKind(
      index,
      index > 0 && instruction.opKind(index - 1) === OpKind.Immediate16 ? OpKind.Immediate8_2nd : OpKind.Immediate8,
    );
    if (instruction.opKind(index) === OpKind.Immediate8_2nd) instruction.immediate8_2nd = value & 3;
    else instruction.immediate8 = kind === 'imm8' ? value : 1;
    return true;
  }
  const signed = (value << 24) >> 24;
  if (kind === 'imm8sex16') {
    instruction.setOpKind(index, OpKind.Immediate8to16);
    instruction.immediate8to16 = signed;
  } else if (kind === 'imm8sex32') {
    instruction.setOpKind(index, OpKind.Immediate8to32);
    instruction.immediate8to32 = signed;
  } else {
    instruction.setOpKind(index, OpKind.Immediate8to64);
    instruction.immediate8to64 = BigInt(signed);
  }
  return true;
}

function setMemory(choose: Chooser, instruction: Instruction, index: number): boolean {
  const { bases, indices, allKinds } = choose.addressing;
  instruction.setOpKind(index, OpKind.Memory);
  if (allKinds && choose.below(12) === 0) return setRelative(instruction);
  instruction.memoryBase = bases.length > 1 ? choose.of(bases) : bases[0];
  instruction.memoryIndex = choose.below(3) ? Register.None : indices.length > 1 ? choose.of(indices) : indices[0];
  instruction.memoryIndexScale = instruction.memoryIndex === Register.None ? 1 : choose.of([1, 2, 4, 8]);
  instruction.memoryDisplacement = BigInt.asUintN(
    64,
    BigInt(choose.below(4) ? 16 * choose.below(8) - 64 : choose.below(100) - 50),
  );
  instruction.memoryDisplSize = 1;
  if (!allKinds) return true;
  if (choose.below(6) === 0) instruction.memoryDisplSize = 8; // four bytes, however small
  if (choose.below(16) === 0) {
    instruction.memoryDisplSize = 4;
    instruction.memoryBase += Register.EAX - Register.RAX;
    if (instruction.memoryIndex !== Register.None) instruction.memoryIndex += Register.EAX - Register.RAX;
  }
  return true;
}

/** Addresses by a vector of indices; mostly of other registers than the destination and the mask, as it must be. */
function setGather(choose: Chooser, instruction: Instruction, index: number, file: Register): true {
  setMemory(choose, instruction, index);
  if (instruction.memoryBase === Register.RIP) {
    instruction.memoryBase = choose.addressing.bases[0];
    instruction.memoryDisplacement = 0n;
  }
  if (instruction.memoryDisplSize === 4) instruction.memoryDisplSize = 1;
  instruction.memoryIndex = file + choose.below(16);
  instruction.memoryIndexScale = choose.of([1, 2, 4, 8]);
  return true;
}

/** Relative to RIP; whoever places the instruction sets the displacement. */
function setRelative(instruction: Instruction): true {
  instruction.memoryBase = Register.RIP;
  instruction.memoryDisplSize = 8;
  instruction.memoryDisplacement = BigInt(CODE);
  return true;
}

/** Registers that must make sense for the instruction to do something worth comparing. */
function settle(choose: Chooser, { general }: State, name: string): void {
  general[3] = BigInt(IMAGE + 96);
  general[4] = BigInt(IMAGE + 128 - (choose.below(3) ? 0 : choose.below(16)));
  general[5] = BigInt(IMAGE + 128 + choose.below(32)); // RBP, for LEAVE
  general[6] = BigInt.asUintN(64, BigInt(choose.of([0, 16, -16, 2])));
  if (
    /^(Movs|Stos|Lods|Scas|Cmps)[bwdq]_[a-zA-Z0-9]*m(8|16|32|64)|Maskmov|^(Movs|Stos|Lods|Scas|Cmps)[bwdq]_/.test(name)
  ) {
    general[6] = BigInt(IMAGE + 128 + choose.below(9));
    general[7] = BigInt(IMAGE + 100 + choose.below(9));
    general[1] = BigInt(choose.below(9));
    // Upper halves, which narrow addresses and counts do not see; wide ones mostly lead nowhere.
    if (choose.below(3) === 0 && !name.startsWith('Maskmov')) {
      for (const i of [1, 6, 7]) general[i] |= 0x7_0000_0000n;
      // AMD clears the upper halves of RSI and RDI even when there is nothing to do, in some of the forms.
      if (/^(Movs|Stos)/.test(name)) general[1] |= 1n;
    }
  }
}

/** Reaches of the flags that the SDM leaves open where iced-x86, which knows undefined flags by form, does not say so. */
function undefinedFlags(instruction: Instruction, name: string): number {
  const RFLAGS_BITS: readonly [bit: number, flag: number][] = [
    [1, 0x800],
    [2, 0x80],
    [4, 0x40],
    [8, 0x10],
    [16, 1],
    [32, 4],
  ];
  let mask = 0;
  for (const [bit, flag] of RFLAGS_BITS) if (instruction.rflagsUndefined & bit) mask |= flag;
  // Shifts by more than one leave OF undefined (SDM vol. 2, SAL/SAR/SHL/SHR, SHLD, RCL/RCR/ROL/ROR).
  if (/^(Shl|Shr|Sar|Sal|Rol|Ror|Rcl|Rcr|Shld|Shrd)_/.test(name)) mask |= 0x810;
  // A count above the operand's width leaves CF undefined for SHL and SHR.
  if (/^(Shl|Shr|Sal)_rm(8|16)_/.test(name)) mask |= 1;
  return mask;
}

/** An instruction of the form with chosen operands; undefined when the form needs some that this generator does not make. */
export function makeInstruction(code: Code, choose: Chooser, offset = 0): Instruction | undefined {
  const instruction = new Instruction();
  instruction.code = code;
  const info = instruction.opCode;
  instruction.codeSize = CodeSize.Code64;
  let possible = true;
  for (let operand = 0; operand < info.opCount; operand++) {
    possible &&= setOperand(choose, instruction, operand, OpCodeOperandKind[info.opKind(operand)], offset);
  }
  if (!possible) return undefined;
  if (info.canUseRepPrefix && choose.below(3)) instruction.hasRepePrefix = true;
  else if (info.canUseRepnePrefix && choose.below(2)) instruction.hasRepnePrefix = true;
  return instruction;
}

/** `count` cases of one form; none when {@link makeInstruction} makes none. */
export function casesOf(name: string, code: Code, count: number, choose: Chooser): Case[] {
  const x87 = name.startsWith('F') || /_mm|Emms/.test(name);
  const cases: Case[] = [];
  for (let i = 0; i < count; i++) {
    const offset = choose.below(8) * 64 + choose.below(32);
    const instruction = makeInstruction(code, choose, offset);
    if (!instruction) return cases;
    const bytes = encode(instruction, CODE + offset);
    if (!bytes || isCallOfKernel(bytes)) continue;
    const state = randomState(choose, x87);
    settle(choose, state, name);
    if (/^Fu?comip?_/.test(name)) maskComparisons(state.fx);
    cases.push({
      name: `${name}: ${show(bytes)}`,
      code: bytes,
      offset,
      before: state,
      undefinedFlags: undefinedFlags(instruction, name),
    });
    instruction.free();
  }
  return cases;
}

/** INT 0x80 is a system call of the host. */
export function isCallOfKernel(bytes: Uint8Array): boolean {
  return bytes[0] === 0xcd && bytes[1] === 0x80;
}

/** Disassembled, with its bytes. */
export /**
 * FCOMI with exceptions that are not masked: AMD sets the flags all the same (not so by SDM vol. 2, FCOMI), so invalid
 * operands and denormals are masked, and none of them waits.
 */
function maskComparisons(fx: Uint8Array): void {
  fx[0] |= 3;
  if (fx[2] & 0x3f & ~fx[0]) return;
  fx[2] &= 0x7f;
  fx[3] &= 0x7f;
}

function show(bytes: Uint8Array): string {
  const decoder = new Decoder(64, bytes, 0);
  const text = decoder.decode().toString();
  decoder.free();
  return `${text} [${Buffer.from(bytes).toString('hex')}]`;
}

export function encode(instruction: Instruction, address: number): Uint8Array | undefined {
  const encoder = new Encoder(64);
  try {
    encoder.encode(instruction, BigInt(address));
    return encoder.takeBuffer();
  } catch {
    return undefined;
  } finally {
    encoder.free();
  }
}
