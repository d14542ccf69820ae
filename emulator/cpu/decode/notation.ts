/**
 * How encodings are written in `opcodes/`: one row for each, close to the opcode map of the SDM (vol. 2, appendix A).
 *
 *   80/0   -  add   Eb,Ib   lock      C7/1  -  cmpxchg16b  Mo  lock o64      D9:E0  -  fchs  -      50+  -  push  Zv  d64
 *
 * First the opcode, with the ModRM byte's digit (/0 to /7; `r` behind it: only with register operands) or with the whole
 * ModRM byte (:E0); + stands for eight opcodes whose low bits name a register. Then the mandatory prefix, `np` for none
 * of 66, F3 and F2, `-` where those are ordinary prefixes. Mnemonic and operands follow, at last conditions and
 * properties. Of several rows that fit, the first one counts.
 *
 * Operands are a letter of appendix A.2.1 for where, and small letters for the size:
 *   E r/m · G reg · R r/m, a register · M r/m, memory · B VEX.vvvv · Z low bits of the opcode · O offset in the code
 *   V reg · W r/m · U r/m, a register · H VEX.vvvv · L upper half of the immediate (XMM, YMM) · T memory by a vector of
 *   indices · P reg · Q r/m · N r/m, a register (MMX) · S, C, D segment, control, debug register · ST, STi · I immediate,
 *   Ibs a sign-extended byte · J relative to the next instruction · X, Y memory at RSI, RDI of string instructions ·
 *   DI memory at RDI · BX memory at RBX + AL · registers by name · 1
 *   b w d q t o qq 1 2 4 8 10 16 32 bytes, digits so many · v by operand size: 2 4 8 · z 2 4 4 · y 4 4 8 · none: no size
 *   x 16 or 32 by VEX.L · h f e half, quarter, eighth of that
 * Rv/Mw: a general register by operand size, or two bytes of memory. W of a scalar size is a whole XMM register.
 *
 * Behind the operands: lock LOCK is allowed · d64 64 bits unless 66 · f64 always 64 bits · o16, o64 only with that operand
 * size, o64 being REX.W · L0, L1, W0, W1 only with that bit of VEX
 */

/** Where an operand is found. */
export const RM = 0;
export const REG = 1;
export const VVVV = 2;
export const OPCODE = 3;
export const IMMEDIATE_HALF = 4;
export const FIXED = 5;
export const IMMEDIATE_VALUE = 6;
export const BRANCH = 7;
export const MEMORY = 8;

/** Register files; the numbers are those of `registerSlots.ts`. */
export const GENERAL = 0;
export const VECTOR = 2;
export const MMX = 3;
export const STACK = 4;
export const SEGMENT_FILE = 5;
export const CONTROL = 6;

/** Bytes of the instruction behind ModRM, SIB and displacement. */
export const NO_TAIL = 0;
export const TAIL_BYTE = 1;
export const TAIL_SIGNED_BYTE = 2;
export const TAIL_WORD = 3;
export const TAIL_BY_SIZE = 4;
export const TAIL_WHOLE = 5;
export const TAIL_DOUBLE_WORD = 6;
export const TAIL_OFFSET = 7;
export const TAIL_TWO = 8;

/** By the operands that are read from there. Branches are 32 bits wide even with 66 before them, as Intel has it. */
const TAILS: Readonly<Record<string, number>> = {
  Ib: TAIL_BYTE,
  Ibs: TAIL_SIGNED_BYTE,
  Iw: TAIL_WORD,
  Iz: TAIL_BY_SIZE,
  Iv: TAIL_WHOLE,
  Jb: TAIL_SIGNED_BYTE,
  Jz: TAIL_DOUBLE_WORD,
  'Iw,Ib': TAIL_TWO,
  Lx: TAIL_BYTE,
  Ob: TAIL_OFFSET,
  Ov: TAIL_OFFSET,
};

/** Of operands that are read from there. */
const TAIL_LETTERS = 'IJLO';

export interface OperandCode {
  readonly text: string;
  readonly place: number;
  readonly file: number;
  /** The register of a FIXED operand. */
  readonly fixed: number;
  /** Bytes by form, see {@link FORMS}; undefined where it cannot be memory or a register. */
  readonly registerSizes: readonly number[] | undefined;
  readonly memorySizes: readonly number[] | undefined;
}

/** Operand sizes of 2, 4 and 8 bytes, with VEX.L clear and set: what sizes depend on. */
export const FORMS = 6;

const FIXED_SIZES: Readonly<Record<string, number>> = { '': 0, b: 1, w: 2, d: 4, q: 8, t: 10, o: 16, qq: 32 };
const FORM_SIZES: Readonly<Record<string, readonly number[]>> = {
  v: [2, 4, 8, 2, 4, 8],
  z: [2, 4, 4, 2, 4, 4],
  y: [4, 4, 8, 4, 4, 8],
  x: [16, 16, 16, 32, 32, 32],
  h: [8, 8, 8, 16, 16, 16],
  f: [4, 4, 4, 8, 8, 8],
  e: [2, 2, 2, 4, 4, 4],
};

function sizes(letters: string): readonly number[] {
  const known = FORM_SIZES[letters];
  if (known) return known;
  const size = FIXED_SIZES[letters] ?? Number(letters);
  return [size, size, size, size, size, size];
}

interface Letter {
  readonly place: number;
  readonly file?: number;
  /** What the operand may be. */
  readonly is: 'register' | 'memory' | 'either' | 'value';
}

const LETTERS: Readonly<Record<string, Letter>> = {
  E: { place: RM, is: 'either' },
  R: { place: RM, is: 'register' },
  M: { place: RM, is: 'memory' },
  G: { place: REG, is: 'register' },
  B: { place: VVVV, is: 'register' },
  Z: { place: OPCODE, is: 'register' },
  V: { place: REG, file: VECTOR, is: 'register' },
  W: { place: RM, file: VECTOR, is: 'either' },
  U: { place: RM, file: VECTOR, is: 'register' },
  H: { place: VVVV, file: VECTOR, is: 'register' },
  L: { place: IMMEDIATE_HALF, file: VECTOR, is: 'register' },
  T: { place: RM, is: 'memory' },
  P: { place: REG, file: MMX, is: 'register' },
  Q: { place: RM, file: MMX, is: 'either' },
  N: { place: RM, file: MMX, is: 'register' },
  O: { place: MEMORY, is: 'memory' },
  X: { place: MEMORY, is: 'memory' },
  Y: { place: MEMORY, is: 'memory' },
  I: { place: IMMEDIATE_VALUE, is: 'value' },
  J: { place: BRANCH, is: 'value' },
};

const NAMED: Readonly<Record<string, readonly [place: number, file: number, fixed: number, size: string]>> = {
  AL: [FIXED, GENERAL, 0, 'b'],
  CL: [FIXED, GENERAL, 1, 'b'],
  AX: [FIXED, GENERAL, 0, 'w'],
  DX: [FIXED, GENERAL, 2, 'w'],
  EAX: [FIXED, GENERAL, 0, 'd'],
  RAX: [FIXED, GENERAL, 0, 'q'],
  rAX: [FIXED, GENERAL, 0, 'v'],
  eAX: [FIXED, GENERAL, 0, 'z'],
  ST: [FIXED, STACK, 0, 't'],
  STi: [RM, STACK, 0, 't'],
  S: [REG, SEGMENT_FILE, 0, 'w'],
  FS: [FIXED, SEGMENT_FILE, 4, 'w'],
  GS: [FIXED, SEGMENT_FILE, 5, 'w'],
  C: [REG, CONTROL, 0, 'q'],
  D: [REG, CONTROL, 0, 'q'],
  '1': [IMMEDIATE_VALUE, GENERAL, 1, 'b'],
};

/** Whole registers where only part of one counts. */
function vectorRegisterSizes(letters: string): readonly number[] {
  return sizes(letters === 'x' || letters === 'qq' ? letters : 'o');
}

function parseOperand(text: string): OperandCode {
  const [one, other] = text.split('/');
  if (other !== undefined) {
    const register = parseOperand(one);
    return { ...register, text, memorySizes: sizes(other.slice(1)) };
  }
  if (text === 'BX') return memoryOperand(text, sizes('b'));
  if (text.startsWith('DI')) return memoryOperand(text, sizes(text.slice(2)));
  const named = NAMED[text];
  if (named !== undefined) {
    const [place, file, fixed, size] = named;
    return { text, place, file, fixed, registerSizes: sizes(size), memorySizes: undefined };
  }
  const { place, file = GENERAL, is } = LETTERS[text[0]];
  const letters = text === 'Ibs' ? 'v' : text.slice(1);
  const own = text === 'Iz' ? sizes('v') : sizes(letters);
  const registers = file === VECTOR ? vectorRegisterSizes(letters) : file === MMX ? sizes('q') : own;
  return {
    text,
    place,
    file,
    fixed: -1,
    registerSizes: is === 'memory' ? undefined : registers,
    memorySizes: is === 'memory' || is === 'either' ? own : undefined,
  };
}

function memoryOperand(text: string, memorySizes: readonly number[]): OperandCode {
  return { text, place: MEMORY, file: GENERAL, fixed: -1, registerSizes: undefined, memorySizes };
}

/** What an instruction means for the block that contains it. */
export type Flow =
  | 'next' // goes on behind it
  | 'conditional' // may go to `target`
  | 'jump' // goes to `target`
  | 'call' // goes to `target`, and comes back by way of a return
  | 'end'; // goes elsewhere

const ENDS: ReadonlySet<string> = new Set(
  'jmp call ret retf iret iretd iretq sysret sysretq sysexit sysexitq int int1 int3 ud0 ud1 ud2'.split(' '),
);

function flowOf(mnemonic: string, operands: readonly OperandCode[]): Flow {
  if (operands[0]?.place !== BRANCH) return ENDS.has(mnemonic) ? 'end' : 'next';
  return mnemonic === 'jmp' ? 'jump' : mnemonic === 'call' ? 'call' : 'conditional';
}

export const SEGMENT_REGISTERS = 0x3f;
const WRITABLE_SEGMENTS = 0x3d; // not CS
const EXISTING: Readonly<Record<string, number>> = {
  S: SEGMENT_REGISTERS,
  C: 0x11d, // 0, 2, 3, 4, 8
  D: 0xff,
};
export const ALL_REGISTERS = 0xffff;

function existing(operands: readonly OperandCode[]): number {
  return operands.reduce((registers, { text }) => EXISTING[text] ?? registers, ALL_REGISTERS);
}

/** What the operands of a row tell. */
export interface OperandList {
  readonly operands: readonly OperandCode[];
  /** What the ModRM byte's operand has to be: a register, memory, or undefined: either. */
  readonly onlyRegister: boolean | undefined;
  readonly usesVvvv: boolean;
  readonly vectorIndices: boolean;
  readonly isString: boolean;
  readonly tail: number;
  /** One bit for each number that the ModRM byte's reg field may have: not all segment and control registers exist. */
  readonly registers: number;
  /** The ModRM byte may name memory. */
  readonly memory: boolean;
  readonly hasModrm: boolean;
}

function parseOperands(text: string): OperandList {
  const operands = text === '-' ? [] : text.split(',').map(parseOperand);
  const rm = operands.find(({ place }) => place === RM);
  const control = operands.some(({ file }) => file === CONTROL);
  return {
    operands,
    // Control registers ignore that it could be memory.
    onlyRegister: control || !rm || (rm.registerSizes && rm.memorySizes) ? undefined : rm.registerSizes !== undefined,
    usesVvvv: operands.some(({ place }) => place === VVVV),
    vectorIndices: operands.some(operand => operand.text[0] === 'T'),
    isString: operands.some(operand => operand.text[0] === 'X' || operand.text[0] === 'Y'),
    tail:
      TAILS[operands.flatMap(operand => (TAIL_LETTERS.includes(operand.text[0]) ? [operand.text] : [])).join()] ??
      NO_TAIL,
    registers: operands[0]?.text === 'S' ? WRITABLE_SEGMENTS : existing(operands),
    memory: rm?.memorySizes !== undefined,
    hasModrm: control || rm !== undefined || operands.some(({ place }) => place === REG),
  };
}

/** Many rows have the same operands, which are read once. */
export class OperandLists {
  private readonly known = new Map<string, OperandList>();

  of(text: string): OperandList {
    let list = this.known.get(text);
    if (!list) this.known.set(text, (list = parseOperands(text)));
    return list;
  }
}

/** As {@link Encoding.prefix} counts them. */
const PREFIX_NAMES = ['np', '66', 'F3', 'F2'];

/** The handlers of an encoding by form, and by memory shape or by prefix. */
export const SHAPES = 6;

/** A row. */
export class Encoding {
  readonly mnemonic: string;
  readonly list: OperandList;
  /** Undefined where the ModRM byte's digit, or the whole byte, does not matter. */
  readonly digit: number | undefined;
  readonly modrm: number | undefined;
  /** 0 none, 1 66, 2 F3, 3 F2, as VEX has it; undefined where they are ordinary prefixes. */
  readonly prefix: number | undefined;
  /** With a register, with memory, or undefined: with either. */
  readonly onlyRegister: boolean | undefined;
  /** Index of the only operand size; of VEX.W the same. */
  readonly onlySize: number | undefined;
  readonly onlyLength: number | undefined;
  readonly allowsLock: boolean;
  readonly default64: boolean;
  readonly force64: boolean;
  readonly flow: Flow;
  /** Numbers by form times {@link SHAPES} plus shape, where somebody has asked. */
  readonly handlers: (number | undefined)[] = [];

  readonly hasModrm: boolean;

  constructor(row: string, lists: OperandLists) {
    const [opcode, prefix, mnemonic, operands, ...conditions] = row.split(' ').filter(word => word !== '');
    const list = lists.of(operands);
    this.mnemonic = mnemonic;
    this.list = list;
    this.digit = opcode[2] === '/' ? Number(opcode[3]) : undefined;
    this.modrm = opcode[2] === ':' ? Number.parseInt(opcode.slice(3), 16) : undefined;
    this.prefix = prefix === '-' ? undefined : PREFIX_NAMES.indexOf(prefix);
    this.onlyRegister = opcode.endsWith('r') || this.modrm !== undefined ? true : list.onlyRegister;
    this.onlySize = conditions.includes('o16')
      ? 0
      : conditions.includes('o64') || conditions.includes('W1')
        ? 2
        : undefined;
    if (conditions.includes('W0')) this.onlySize = 1;
    this.onlyLength = conditions.includes('L0') ? 0 : conditions.includes('L1') ? 1 : undefined;
    this.allowsLock = conditions.includes('lock');
    this.default64 = conditions.includes('d64');
    this.force64 = conditions.includes('f64');
    this.hasModrm = this.digit !== undefined || this.modrm !== undefined || list.hasModrm;
    this.flow = flowOf(mnemonic, list.operands);
  }

  get operands(): readonly OperandCode[] {
    return this.list.operands;
  }

  /** How people write it. */
  get text(): string {
    return `${this.mnemonic} ${this.operands.map(({ text }) => text).join(', ')}`.trim();
  }
}
