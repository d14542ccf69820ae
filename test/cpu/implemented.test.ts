/** Whatever the decoder accepts is either implemented or raises #UD and names itself. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  Code,
  CpuidFeature,
  Decoder,
  DecoderOptions,
  Encoder,
  Instruction,
  OpCodeOperandKind,
  OpKind,
  Register,
} from 'iced-x86';
import { listHandlers } from '../../emulator/cpu/cold/handlerList.ts';
import { InstructionReader } from '../../emulator/cpu/decode/instructionReader.ts';
import { cpuid } from '../../emulator/cpu/features.ts';
import { CPU_LEVELS } from '../../emulator/cpu/levels.ts';
import type { CpuLevel } from '../../emulator/cpu/levels.ts';
import { Processor } from '../../emulator/cpu/processor.ts';
import { R15, RAX } from '../../emulator/cpu/registers.ts';
import { casesOf, Chooser } from './support/generator.ts';
import { CODE, DATA, Guest } from './support/guest.ts';

/** Any bytes that decode to `code`, with memory at R15 where there is a choice. */
function encodingOf(code: Code): Uint8Array | undefined {
  const instruction = new Instruction();
  instruction.code = code;
  const info = instruction.opCode;
  for (let i = 0; i < info.opCount; i++) {
    const kind = OpCodeOperandKind[info.opKind(i)];
    if (/mem/.test(kind)) {
      instruction.setOpKind(i, OpKind.Memory);
      instruction.memoryBase = Register.R15;
      if (/vsib/.test(kind)) instruction.memoryIndex = Register.XMM1;
    } else return undefined;
  }
  const encoder = new Encoder(64);
  try {
    encoder.encode(instruction, BigInt(CODE));
    return encoder.takeBuffer();
  } catch {
    return undefined;
  } finally {
    encoder.free();
    instruction.free();
  }
}

const CODES = Object.values(Code).filter(value => typeof value === 'number');

test('forms of memory alone, or of nothing, run or name themselves', () => {
  const guest = new Guest('90');
  const probe = new Instruction();
  let tried = 0;
  for (const code of CODES) {
    probe.code = code;
    if (!probe.opCode.mode64 || !probe.opCode.isInstruction) continue;
    const bytes = encodingOf(code);
    if (!bytes) continue;
    tried++;
    guest.space.write(CODE, bytes);
    guest.set(R15, DATA + 64);
    guest.registers.rip = CODE;
    const exit = guest.run(1);
    if (exit.kind !== 'fault' || exit.vector !== 6) continue;
    assert.match(exit.detail ?? '', /is not implemented|^ud2$|^no instruction$/, Code[code]);
  }
  assert.ok(tried > 300, `${tried} forms`);
  guest.close();
});

/** Extensions of which nothing is implemented, by the names that iced-x86 gives them, and why. */
const ABSENT: readonly (readonly [features: RegExp, reason: string])[] = [
  [/AVX512|AVX10|AMX|APX|KNC|AVX_|VAES|VPCLMUL|GFNI|SM3|SM4|SHA512/, 'beyond x86-64-v3'],
  [/XSAVES/, 'for kernels'],
  [/VMX|SMX|SMM|TDX|SEAM|FRED|LKGS|MSRLIST|WRMSRNS|INVPCID|HRESET|PCONFIG|TSE|UDBG|SMAP|OSS|SGX/, 'for kernels'],
  [/MONITOR/, '#UD below ring 0'],
  [/KL|CET|PKU|MPX|RTM|HLE|TSXLDTRK|UINTR|WAITPKG|PTWRITE|ENQCMD|MOVDIR|RAO|CMPCCXADD|SERIALIZE/, 'beyond x86-64-v3'],
  [/CLWB|PCOMMIT|PREFETCHITI/, 'beyond x86-64-v3'],
];

/** Single forms that raise #UD for a reason of their own. */
const UNDEFINED: readonly (readonly [forms: RegExp, reason: string])[] = [[/^Ud[01]/, 'defined to be undefined']];

/** Encodings of a form, with registers and with memory. */
function encodingsOf(name: string, code: Code): Uint8Array[] {
  return casesOf(name, code, 4, new Chooser(5)).map(each => each.code);
}

test('every form of the baseline is implemented, or absent for a reason', t => {
  const { numbers } = listHandlers();
  const reader = new InstructionReader(numbers);
  const probe = new Instruction();
  const missing: string[] = [];
  const needless = new Set([...ABSENT, ...UNDEFINED].map(([pattern]) => pattern));
  let tried = 0;
  for (const [name, code] of Object.entries(Code) as [string, Code][]) {
    if (typeof code !== 'number') continue;
    probe.code = code;
    if (!probe.opCode.isInstruction || !probe.opCode.mode64) continue;
    const features = [...probe.cpuidFeatures()].map(feature => CpuidFeature[feature]).join('+');
    for (const bytes of encodingsOf(name, code)) {
      tried++;
      reader.open(bytes, CODE);
      if (reader.read() !== 'instruction') continue; // of another vendor, or of another mode
      const key = reader.formName();
      if (numbers.has(key) || numbers.has(key.replace(/(\d)[mx](?=,|$)/, '$1a'))) continue;
      const reason =
        ABSENT.find(([pattern]) => pattern.test(features)) ?? UNDEFINED.find(([pattern]) => pattern.test(name));
      if (reason) needless.delete(reason[0]);
      else missing.push(`${name} (${features}): ${key}`);
    }
  }
  t.diagnostic(`${tried} encodings`);
  assert.deepEqual([...new Set(missing)], []);
  assert.deepEqual([...needless].map(String), [], 'reasons that nothing needs');
});

/** Random bytes reach every map and prefix; nothing may crash the engine or go on silently. */
test('random bytes never do worse than fault', () => {
  const guest = new Guest('90');
  const bytes = new Uint8Array(15);
  const decoder = new Instruction();
  let seed = 12345;
  for (let i = 0; i < 4000; i++) {
    for (let j = 0; j < bytes.length; j++) {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      bytes[j] = seed >>> 24;
    }
    guest.space.write(CODE, bytes);
    guest.set(RAX, DATA).set(R15, DATA);
    guest.registers.rip = CODE;
    const exit = guest.run(1);
    const reader = new Decoder(64, bytes, DecoderOptions.None);
    reader.decodeOut(decoder);
    reader.free();
    if (decoder.isInvalid)
      assert.ok(exit.kind === 'fault' && (exit.vector === 6 || exit.vector === 13), Buffer.from(bytes).toString('hex'));
  }
  guest.close();
});

for (const cpu of CPU_LEVELS) test(`CPUID claims nothing that is missing: ${cpu}`, () => compareClaims(cpu));

function compareClaims(cpu: CpuLevel): void {
  const processor = new Processor({ cpu });
  const choices = { random: false, enabled: processor.enabled };
  const { ecx, edx } = cpuid(1, 0, choices);
  const { ebx } = cpuid(7, 0, choices);
  const claims: [boolean, string, string][] = [
    [(ecx & 1) !== 0, 'SSE3', 'f20f7cc1'], // haddps
    [(ecx & (1 << 9)) !== 0, 'SSSE3', '660f3800c1'], // pshufb
    [(ecx & (1 << 19)) !== 0, 'SSE4.1', '660f3841c1'], // phminposuw
    [(ecx & (1 << 20)) !== 0, 'SSE4.2', '660f3a63c10c'], // pcmpistri
    [(ecx & (1 << 23)) !== 0, 'POPCNT', 'f30fb8c1'],
    [(ecx & (1 << 13)) !== 0, 'CX16', '490fc70f'],
    [(ecx & (1 << 22)) !== 0, 'MOVBE', '410f38f007'],
    [(ecx & (1 << 28)) !== 0, 'AVX', 'c5fc58c1'],
    [(ecx & (1 << 25)) !== 0, 'AES', '660f38dcc1'],
    [(ecx & (1 << 27)) !== 0, 'OSXSAVE', '0f01d0'],
    [(ecx & (1 << 1)) !== 0, 'PCLMULQDQ', '660f3a44c100'],
    [(edx & (1 << 26)) !== 0, 'SSE2', '660ffec1'],
    [(edx & (1 << 23)) !== 0, 'MMX', '0ffec1'],
    [(ebx & (1 << 29)) !== 0, 'SHA', '0f38c8c1'],
    [(ebx & (1 << 5)) !== 0, 'AVX2', 'c5fdfec1'], // vpaddd
    [(ecx & (1 << 12)) !== 0, 'FMA', 'c4e2f1b8c2'], // vfmadd231pd
    [(ecx & (1 << 29)) !== 0, 'F16C', 'c4e27d13c1'], // vcvtph2ps
    [(ecx & (1 << 30)) !== 0, 'RDRAND', '0fc7f0'],
  ];
  for (const [claimed, name, code] of claims) {
    const guest = new Guest(code, CODE, processor).set(R15, DATA + 64);
    const exit = guest.run(1);
    assert.equal(exit.kind === 'budget', claimed, name);
    guest.close();
  }
}
