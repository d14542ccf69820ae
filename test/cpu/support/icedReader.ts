/** Reads instructions with iced-x86: what our own decoder is compared with. */

import {
  Code,
  CpuidFeature,
  Decoder,
  DecoderError,
  DecoderOptions,
  FlowControl,
  Instruction,
  Mnemonic,
  OpKind,
  Register,
} from 'iced-x86';
import { INVALID_HANDLER } from '../../../emulator/cpu/cold/handlers.ts';
import { PRIVILEGED_MNEMONICS } from '../../../emulator/cpu/decode/formNames.ts';
import {
  ADDRESS,
  BASE,
  DISPLACEMENT,
  HANDLER,
  IMMEDIATE,
  INDEX,
  LENGTH,
  NARROW,
  SCALE,
  SEGMENT,
  slotOffset,
  ZERO,
  registerSlot,
} from '../../../emulator/cpu/record.ts';
import { RDI, RSI } from '../../../emulator/cpu/registers.ts';
import { formKey } from '../../../emulator/cpu/rows.ts';
import {
  IMMEDIATE_SIZES,
  isControl,
  isMmx,
  isSegment,
  MEMORY_SIZES,
  MNEMONICS,
  REGISTER_SIZES,
  REGISTER_SLOTS,
  segmentSlot,
} from './icedOperands.ts';

/** What an instruction means for the block that contains it. */
export type Flow =
  | 'next' // goes on behind it
  | 'conditional' // may go to `target`
  | 'jump' // goes to `target`
  | 'call' // goes to `target`, and comes back by way of a return
  | 'end'; // goes elsewhere

/** `partial`: the bytes end inside the instruction. */
export type ReadResult = 'instruction' | 'invalid' | 'partial';

interface Operand {
  readonly size: number;
  readonly shape: string;
}

const STRING = /^(movs|stos|lods|scas|cmps)[bwdq]$/;
const WITH_CONDITION = /^(scas|cmps)/;
const CODE_NAMES: string[] = [];
for (const name in Code) CODE_NAMES[Code[name as keyof typeof Code] as number] = name;

export class IcedReader {
  flow: Flow = 'next';
  target = 0;
  length = 0;
  private readonly instruction = new Instruction();
  private decoder: Decoder | undefined;
  private readonly numbers: ReadonlyMap<string, number>;
  /** Handler numbers by `code * 8 + shape`; -1 when there is none. */
  private readonly resolved = new Map<number, number>();

  constructor(handlerNumbers: ReadonlyMap<string, number>) {
    this.numbers = handlerNumbers;
  }

  open(bytes: Uint8Array, address: number): void {
    this.decoder?.free();
    this.decoder = new Decoder(64, bytes, DecoderOptions.None);
    this.decoder.ip = BigInt(address);
  }

  /** Decodes the next instruction; {@link writeRecord} afterwards makes a record of it. */
  read(): ReadResult {
    const { decoder, instruction } = this;
    if (!decoder?.canDecode) return 'partial';
    decoder.decodeOut(instruction);
    this.length = instruction.length;
    this.target = 0;
    if (instruction.isInvalid) {
      this.flow = 'end';
      return decoder.lastError === DecoderError.NoMoreBytes ? 'partial' : 'invalid';
    }
    this.setFlow(instruction.flowControl);
    return 'instruction';
  }

  private setFlow(control: FlowControl): void {
    const { instruction } = this;
    this.flow = 'next';
    if (control === FlowControl.Next) return;
    const direct = instruction.op0Kind === OpKind.NearBranch64;
    if (direct) this.target = Number(instruction.nearBranchTarget);
    if (control === FlowControl.ConditionalBranch) this.flow = 'conditional';
    else if (control === FlowControl.UnconditionalBranch) this.flow = 'jump';
    else if (control === FlowControl.Call && instruction.mnemonic === Mnemonic.Call)
      this.flow = direct ? 'call' : 'end';
    else if (control !== FlowControl.Call) this.flow = 'end';
  }

  /** The CPUID features that the instruction needs, as iced-x86 calls them. */
  get features(): string[] {
    return Array.from(this.instruction.cpuidFeatures(), feature => CpuidFeature[feature]);
  }

  /** The form's name, whether or not there is a handler for it. */
  formName(): string {
    return this.describe(this.memoryShape());
  }

  /** An assembler-like name for messages about instructions that are not implemented. */
  get text(): string {
    return CODE_NAMES[this.instruction.code] ?? 'an unknown encoding';
  }

  /** Whether a failing address is reported as #SS instead of #GP (SDM vol. 3, 6.15). */
  get addressesStack(): boolean {
    return this.instruction.isStackInstruction || this.instruction.memorySegment === Register.SS;
  }

  writeRecord(view: DataView, record: number): void {
    const { instruction } = this;
    const shape = this.memoryShape();
    const handler = this.handlerFor(shape);
    view.setUint16(record + HANDLER, handler, true);
    view.setUint8(record + LENGTH, instruction.length);
    view.setUint8(record + SCALE, 0);
    view.setUint16(record + BASE, ZERO, true);
    view.setUint16(record + INDEX, ZERO, true);
    view.setUint16(record + SEGMENT, ZERO, true);
    view.setUint8(record + NARROW, 0);
    view.setBigUint64(record + DISPLACEMENT, 0n, true);
    view.setBigUint64(record + ADDRESS, instruction.ip, true);
    const count = instruction.opCount;
    for (let i = 0; i < count; i++) this.writeOperand(view, record, i);
  }

  private writeOperand(view: DataView, record: number, index: number): void {
    const { instruction } = this;
    const kind = instruction.opKind(index);
    const slot = record + slotOffset(index);
    if (kind === OpKind.Register) {
      const register = instruction.opRegister(index);
      if (isSegment(register)) {
        view.setBigUint64(record + IMMEDIATE, BigInt(REGISTER_SLOTS[register]), true);
        view.setUint32(slot, record + IMMEDIATE, true);
      } else view.setUint32(slot, REGISTER_SLOTS[register], true);
    } else if (kind === OpKind.Memory) this.writeAddress(view, record);
    else if (kind <= OpKind.MemorySegRDI && kind >= OpKind.MemorySegSI) {
      const byDestination = kind === OpKind.MemorySegRDI || kind === OpKind.MemorySegEDI;
      view.setUint16(record + BASE, registerSlot(byDestination ? RDI : RSI), true);
      view.setUint8(record + NARROW, NARROW_STRING.has(kind) ? 32 : 0);
      view.setUint16(record + SEGMENT, segmentSlot(instruction.memorySegment), true);
    } else if (IMMEDIATE_SIZES[kind]) {
      // A second immediate (ENTER) takes the place of the displacement, which no instruction has beside it.
      const at = kind === OpKind.Immediate8_2nd ? DISPLACEMENT : IMMEDIATE;
      view.setBigUint64(record + at, instruction.immediate(index), true);
      view.setUint32(slot, record + at, true);
    }
  }

  private writeAddress(view: DataView, record: number): void {
    const { instruction } = this;
    const base = instruction.memoryBase;
    const index = instruction.memoryIndex;
    view.setUint16(record + BASE, REGISTER_SLOTS[base], true);
    if (instruction.mnemonic !== Mnemonic.Xlatb) view.setUint16(record + INDEX, REGISTER_SLOTS[index], true);
    view.setUint16(record + SEGMENT, segmentSlot(instruction.memorySegment), true);
    view.setUint8(record + SCALE, Math.log2(instruction.memoryIndexScale));
    view.setUint8(record + NARROW, this.isNarrow() ? 32 : 0);
    view.setBigUint64(record + DISPLACEMENT, instruction.memoryDisplacement, true);
  }

  private isNarrow(): boolean {
    return REGISTER_SIZES[this.instruction.memoryBase] === 4 || REGISTER_SIZES[this.instruction.memoryIndex] === 4;
  }

  private memoryShape(): 'm' | 'x' | 'a' {
    const { instruction } = this;
    const segment = instruction.memorySegment;
    if (segment === Register.FS || segment === Register.GS || this.isNarrow() || instruction.isStringInstruction)
      return 'a';
    return instruction.memoryIndex === Register.None ? 'm' : 'x';
  }

  private handlerFor(shape: 'm' | 'x' | 'a'): number {
    const { instruction } = this;
    const prefix = instruction.hasRepePrefix ? 1 : instruction.hasRepnePrefix ? 2 : 0;
    const cacheKey = (instruction.code * 4 + prefix) * 64 + this.shapeBits(shape);
    const known = this.resolved.get(cacheKey);
    // What is read may be the same code with a prefix or an address size that makes another form of it.
    if (known !== undefined && !instruction.isStringInstruction) return known;
    const number = this.numbers.get(this.describe(shape)) ?? this.numbers.get(this.describe('a')) ?? INVALID_HANDLER;
    this.resolved.set(cacheKey, number);
    return number;
  }

  /** Tells apart what the same `Code` may have as operands. */
  private shapeBits(shape: 'm' | 'x' | 'a'): number {
    const { instruction } = this;
    let bits = shape === 'm' ? 0 : shape === 'x' ? 1 : 2;
    if (instruction.op0Kind === OpKind.Memory) bits |= 4;
    if (instruction.op1Kind === OpKind.Memory) bits |= 8;
    if (instruction.op2Kind === OpKind.Memory) bits |= 16;
    if (this.isNarrow() || this.isNarrowString()) bits |= 32;
    return bits;
  }

  private describe(shape: string): string {
    const { instruction } = this;
    const mnemonic = MNEMONICS[instruction.mnemonic];
    if (PRIVILEGED_MNEMONICS.has(mnemonic) || this.touchesControl()) return formKey('privileged', []);
    if (STRING.test(mnemonic) && instruction.isStringInstruction) return this.describeString(mnemonic);
    const operands: Operand[] = [];
    let name = mnemonic;
    for (let i = 0; i < instruction.opCount; i++) {
      const kind = instruction.opKind(i);
      if (kind === OpKind.NearBranch64) continue;
      if (kind === OpKind.Memory || kind === OpKind.MemorySegRDI || kind === OpKind.MemorySegEDI)
        operands.push({ size: MEMORY_SIZES[instruction.memorySize], shape });
      else if (kind === OpKind.Register) {
        const register = instruction.opRegister(i);
        if (isSegment(register)) name = selectorName(CODE_NAMES[instruction.code], mnemonic, i);
        operands.push({ size: REGISTER_SIZES[register], shape: isMmx(register) ? 'p' : 'r' });
      } else operands.push({ size: IMMEDIATE_SIZES[kind], shape: 'r' });
    }
    const code = CODE_NAMES[instruction.code];
    if (code.endsWith('_ECX') && name !== 'jecxz') name = `${name}32`;
    if (code === 'Leavew' || code.startsWith('Enterw')) name = `${name}w`;
    if (code.includes('vm64y_xmm')) name = `${name}y`; // the indices alone are wide
    const far = /^Retf([wdq])/.exec(code);
    if (far) name = `retf${{ w: 16, d: 32, q: 64 }[far[1]]}`;
    if (mnemonic === 'xlatb' && this.isNarrow()) name = 'xlatb32';
    return formKey(name, operands);
  }

  private describeString(mnemonic: string): string {
    const { instruction } = this;
    const either = instruction.hasRepePrefix || instruction.hasRepnePrefix;
    const repne = instruction.hasRepnePrefix && WITH_CONDITION.test(mnemonic);
    const prefix = either ? (repne ? 'repne ' : 'rep ') : '';
    const narrow = this.isNarrowString();
    const withSource = !/^(stos|scas)/.test(mnemonic);
    const size = MEMORY_SIZES[instruction.memorySize];
    return formKey(`${prefix}${mnemonic}${narrow ? '32' : ''}`, withSource ? [{ size, shape: 'a' }] : []);
  }

  private isNarrowString(): boolean {
    const { instruction } = this;
    return [0, 1].some(i => i < instruction.opCount && NARROW_STRING.has(instruction.opKind(i)));
  }

  private touchesControl(): boolean {
    const { instruction } = this;
    for (let i = 0; i < instruction.opCount; i++) {
      if (instruction.opKind(i) === OpKind.Register && isControl(instruction.opRegister(i))) return true;
    }
    return false;
  }
}

/** PUSH and POP have one operand, whose size is not that of what is moved. */
function selectorName(code: string, mnemonic: string, index: number): string {
  if (/^(Push|Pop)/.test(code)) return `${/^(Push|Pop)w/.test(code) ? `${mnemonic}w` : mnemonic}-selector`;
  return `${mnemonic}-${index === 1 ? 'from' : 'to'}-selector`;
}

const NARROW_STRING: ReadonlySet<OpKind> = new Set([OpKind.MemorySegEDI, OpKind.MemorySegESI, OpKind.MemoryESEDI]);
