/**
 * The decoder against iced-x86: the same lengths, names and records, for every opcode in every map with all digits and
 * prefixes, and for random bytes. `DECODER_CASES=3000000` tries so many random ones.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listHandlers } from '../../emulator/cpu/cold/handlerList.ts';
import { InstructionReader } from '../../emulator/cpu/decode/instructionReader.ts';
import { IcedReader } from './support/icedReader.ts';

const RANDOM_CASES = Number(process.env.DECODER_CASES ?? 100_000);
const ADDRESS = 0x40_0123;

/** Extensions that have no encodings here; their bytes are no instructions, as on processors without them. */
const ABSENT =
  /^(AVX512|AVX_(NE|VNNI|IFMA)|AMX|PADLOCK|D3NOW|SEV|SSE4A|SM[34X]|SHA512|KNC|FMA4|XOP|TBM|LWP|MPX|RAO|SVM|VMX|INV[VE]P|TDX|AESKLE|WIDE_KL|KL$|UDBG|INVLPGB|HRESET|LKGS|MSRLIST|FRED|UINTR|TSE|PCONFIG|SKINIT|SGX|PCOMMIT|MCOMMIT|RMPQUERY|OSS|MONITORX|CLZERO|ENQCMD|RDPRU|WRMSRNS|SMM|RTM|TSXLDTRK|PTWRITE|MOVDIR|HLE|CMPCCXADD)/;

interface Case {
  readonly bytes: Uint8Array;
  readonly ours: InstructionReader;
  readonly theirs: IcedReader;
}

/** Where we differ from iced-x86, and why. Where processors could be asked, one was. */
const DIFFERENCES: readonly (readonly [why: string, applies: (each: Case) => boolean])[] = [
  [
    'CS, DS, ES and SS prefixes do nothing in 64-bit mode, so they do not decide between #GP and #SS either',
    ({ bytes, ours, theirs }) =>
      [0x26, 0x2e, 0x36, 0x3e].some(byte => bytes.subarray(0, 14).includes(byte)) &&
      ours.addressesStack !== theirs.addressesStack,
  ],
  [
    'PREFETCHIT0 and PREFETCHIT1 are reserved NOPs on processors without them',
    ({ ours, theirs }) => ours.formName().startsWith('reservednop') && theirs.formName().startsWith('prefetchit'),
  ],
  [
    'XLATB: iced-x86 calls AL an index; the handler is the same',
    ({ ours, theirs }) => /^xlatb(32)? 1/.test(ours.formName()) && /^xlatb(32)? 1/.test(theirs.formName()),
  ],
  [
    'MASKMOVQ and its relatives go on working with 32-bit addresses',
    ({ bytes, ours }) => bytes.includes(0x67) && /maskmov(q|dqu)/.test(ours.formName()),
  ],
  [
    'more than 15 bytes raise #GP (SDM vol. 2, 2.3.11), so they are not invalid',
    ({ ours }) => ours.length === 15 && ours.flow === 'end',
  ],
];

const handlers = listHandlers().numbers;
const ourRecord = new DataView(new ArrayBuffer(64));
const theirRecord = new DataView(new ArrayBuffer(64));

function clear(view: DataView): void {
  for (let i = 0; i < 64; i += 4) view.setUint32(i, 0);
}

class Comparison {
  tried = 0;
  readonly found = new Map<string, string>();
  private readonly ours = new InstructionReader(handlers, true);
  private readonly theirs = new IcedReader(handlers);

  compare(bytes: Uint8Array): void {
    const { ours, theirs } = this;
    ours.open(bytes, ADDRESS);
    theirs.open(bytes, ADDRESS);
    const our = ours.read();
    const their = theirs.read();
    const difference = this.difference(bytes.length, our, their);
    if (our === 'instruction') this.tried++;
    if (difference === undefined) return;
    if (DIFFERENCES.some(([, applies]) => applies({ bytes, ours, theirs }))) return;
    if (!this.found.has(difference)) this.found.set(difference, Buffer.from(bytes).toString('hex'));
  }

  private difference(available: number, our: string, their: string): string | undefined {
    const { ours, theirs } = this;
    if (our !== their) {
      if (our === 'invalid' && their === 'instruction' && theirs.features.some(name => ABSENT.test(name)))
        return undefined;
      // Whether bytes that end early could have become an instruction: both answers stop the guest.
      if (available < 15 && our !== 'instruction' && their !== 'instruction') return undefined;
      return `${our} instead of ${their}: ${ours.text}, ${theirs.text}`;
    }
    if (our !== 'instruction') return undefined;
    if (ours.length !== theirs.length) return `${ours.length} bytes instead of ${theirs.length}: ${ours.text}`;
    if (ours.formName() !== theirs.formName()) return `${ours.formName()} instead of ${theirs.formName()}`;
    if (ours.flow !== theirs.flow || ours.target !== theirs.target) return `flow of ${ours.text}`;
    if (ours.addressesStack !== theirs.addressesStack) return `#SS with ${ours.text}`;
    clear(ourRecord);
    clear(theirRecord);
    ours.writeRecord(new Int32Array(ourRecord.buffer), 0);
    theirs.writeRecord(theirRecord, 0);
    const at = Array.from({ length: 48 }, (_, i) => i).find(i => ourRecord.getUint8(i) !== theirRecord.getUint8(i));
    return at === undefined ? undefined : `byte ${at} of the record of ${ours.formName()}`;
  }

  finish(least: number): void {
    assert.deepEqual([...this.found].slice(0, 10), [], `${this.found.size} differences`);
    assert.ok(this.tried > least, `${this.tried} instructions`);
  }
}

class Chance {
  private seed = 17;

  below(limit: number): number {
    this.seed = (Math.imul(this.seed, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((this.seed / 2 ** 32) * limit);
  }
}

const MANDATORY = [[], [0x66], [0xf3], [0xf2]];
const ESCAPES = [[], [0x0f], [0x0f, 0x38], [0x0f, 0x3a]];

/** ModRM bytes of every digit, with memory and with a register, the other bits by chance. */
function* modrmBytes(chance: Chance): Iterable<number> {
  for (let digit = 0; digit < 8; digit++) {
    yield (chance.below(3) << 6) | (digit << 3) | chance.below(8);
    yield 0xc0 | (digit << 3) | chance.below(8);
  }
}

test('every opcode of the legacy maps', () => {
  const comparison = new Comparison();
  const chance = new Chance();
  for (const escape of ESCAPES)
    for (const prefix of MANDATORY)
      for (const rex of [[], [0x40 | chance.below(8)], [0x48 | chance.below(8)]])
        for (let opcode = 0; opcode < 256; opcode++)
          for (const modrm of modrmBytes(chance)) {
            const rest = Array.from({ length: 12 }, () => chance.below(256));
            comparison.compare(Uint8Array.from([...prefix, ...rex, ...escape, opcode, modrm, ...rest]));
          }
  comparison.finish(50_000);
});

test('every ModRM byte where it is part of the opcode', () => {
  const comparison = new Comparison();
  const rest = [0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc];
  const opcodes = [
    [0x0f, 0x01],
    [0x0f, 0xae],
    [0x0f, 0xc7],
    [0x0f, 0x1e],
    ...Array.from({ length: 8 }, (_, i) => [0xd8 + i]),
  ];
  for (const opcode of opcodes)
    for (const prefix of [...MANDATORY, [0x48], [0xf0], [0xf3, 0x48]])
      for (let modrm = 0; modrm < 256; modrm++)
        comparison.compare(Uint8Array.from([...prefix, ...opcode, modrm, ...rest]));
  comparison.finish(10_000);
});

test('every opcode of the VEX maps', () => {
  const comparison = new Comparison();
  const chance = new Chance();
  for (let map = 1; map <= 3; map++)
    for (let last = 0; last < 16; last++) {
      const third = ((last & 8) << 4) | (last & 7);
      for (let opcode = 0; opcode < 256; opcode++)
        for (const modrm of modrmBytes(chance)) {
          const second = (chance.below(8) << 5) | map;
          const vvvv = chance.below(2) === 0 ? 0x78 : chance.below(16) << 3;
          const rest = Array.from({ length: 9 }, () => chance.below(256));
          comparison.compare(Uint8Array.from([0xc4, second, third | vvvv, opcode, modrm, ...rest, 0]));
        }
    }
  comparison.finish(15_000);
});

test('random bytes', () => {
  const comparison = new Comparison();
  const chance = new Chance();
  const starts = [...ESCAPES, [0xc5], [0xc4, 0xe1], [0xc4, 0xe2], [0xc4, 0xe3]];
  const prefixes = [0x66, 0xf2, 0xf3, 0x67, 0x64, 0x65, 0x2e, 0x36, 0xf0, 0x40, 0x48, 0x4d];
  for (let i = 0; i < RANDOM_CASES; i++) {
    const bytes = [
      ...Array.from({ length: chance.below(4) }, () => prefixes[chance.below(prefixes.length)]),
      ...starts[chance.below(starts.length)],
      ...Array.from({ length: 20 }, () => chance.below(256)),
    ];
    comparison.compare(Uint8Array.from(bytes).subarray(0, chance.below(10) === 0 ? chance.below(15) : bytes.length));
  }
  comparison.finish(RANDOM_CASES / 10);
});
