/** Compiled code: the same state as interpreted code after any number of instructions, whatever happens around it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COMPILED_HERE } from '../../emulator/cpu/moduleCompiler.ts';
import { Processor } from '../../emulator/cpu/processor.ts';
import {
  MXCSR_OFFSET,
  R8,
  RAX,
  RBX,
  RCX,
  RDI,
  RDX,
  RFLAGS,
  RIP,
  RSI,
  RSP,
  VECTOR_OFFSET,
} from '../../emulator/cpu/registers.ts';
import { STATE_BASE } from '../../emulator/memory/layout.ts';
import { listHandlers } from '../../emulator/cpu/cold/handlerList.ts';
import { observe } from '../../emulator/cpu/hot/effects.ts';
import { FlagLocals } from '../../emulator/cpu/hot/flagLocals.ts';
import type { DecodedInstruction, OperandPlace } from '../../emulator/cpu/hot/instruction.ts';
import type { Block } from '../../emulator/cpu/hot/region.ts';
import { switchesOf } from '../../emulator/cpu/hot/switches.ts';
import { RegionEmitter } from '../../emulator/cpu/hot/regionEmitter.ts';
import { RegisterLocals } from '../../emulator/cpu/hot/registerLocals.ts';
import { Code } from '../../emulator/cpu/wasm/code.ts';
import { CODE, DATA, Guest } from './support/guest.ts';

const cold = new Processor({ hotThreshold: Infinity });
const hot = new Processor({ hotThreshold: 1 });
const WORDS = [RAX, RBX, RCX, RDX, RSI, RDI, R8, RSP, RIP, RFLAGS];

function state(guest: Guest): string {
  return WORDS.map(word => guest.registers.big(word).toString(16)).join();
}

/** Runs the code in parts and gives the state after each; the code begins with RCX = 300 and RDI = RSI = DATA. */
function statesOf(processor: Processor, code: string, parts: readonly number[]): string[] {
  const guest = new Guest(code, CODE, processor).set(RCX, 300).set(RDI, DATA).set(RSI, DATA);
  const states = parts.map(part => {
    const exit = guest.run(part);
    return `${exit.kind} ${guest.retired} ${state(guest)}`;
  });
  guest.close();
  return states;
}

const PROGRAMS: Readonly<Record<string, string>> = {
  // add rax,rcx; rol rax,5; inc rbx; adc rdx,rax; mov [rdi],rax; shl rdx,3; bt rax,7; sbb r8,rdx; dec rcx; jnz
  'flags of every kind': '4801c8 48c1c005 48ffc3 4811c2 488907 48c1e203 480fbae007 4919d0 48ffc9 75e0 0f05',
  // cmp rcx,150; setb al; mov [rdi],al; cmovae rbx,rcx; add cl,al; sub cl,al; xchg al,ah; loop
  'partial registers': '4881f996000000 0f92c0 8807 480f43d9 00c1 28c1 86c4 e2e9 0f05',
  // push rcx; call g; pop rdx; dec rcx; jnz; syscall — g: lea rbx,[rbx+rcx]; ret
  'calls and the stack': '51 e808000000 5a 48ffc9 75f4 0f05 488d1c0b c3',
  // mov eax,ecx; and eax,3; lea rdx,[rip+table]; movsxd rax,[rdx+rax*4]; add rax,rdx; jmp rax; then four cases
  switch:
    '89c8 83e003 488d1526000000 48630482 4801d0 ffe0 4883c301 48ffc9 75e2 0f05 4883c302 ebf3 4883c303 ebed 4883c304 ebe7 ' +
    'e3ffffff eeffffff f4ffffff faffffff',
  // movsb; lea rsi,[rsi-1]; lea rdi,[rdi-1]; movdqu xmm0,[rdi]; paddd xmm1,xmm0; movq rax,xmm1; dec rcx; jnz
  'vectors and strings': 'a4 488d76ff 488d7fff f30f6f07 660ffec8 66480f7ec8 48ffc9 75e5 0f05',
};

test('code that the host gives up is compiled anew, and nobody sees it', () => {
  let compiled = 0;
  const compiler = {
    epoch: 0,
    compile(bytes: Uint8Array) {
      compiled++;
      return COMPILED_HERE.compile(bytes);
    },
  };
  const code = PROGRAMS['calls and the stack'];
  const guest = new Guest(code, CODE, new Processor({ hotThreshold: 1, compiler })).set(RCX, 300).set(RDI, DATA);
  const other = new Guest(code, CODE, cold).set(RCX, 300).set(RDI, DATA);
  const counts = Array.from({ length: 8 }, () => {
    guest.run(200);
    other.run(200);
    assert.equal(state(guest), state(other));
    compiler.epoch++;
    return compiled;
  });
  assert.ok(counts[0] > 0);
  assert.ok(counts[7] >= counts[0] + 7, `compiled in each epoch: ${counts}`);
  guest.close();
  other.close();
});

for (const [name, code] of Object.entries(PROGRAMS)) {
  test(`${name}: the same as interpreted, however the run is divided`, () => {
    for (const size of [1, 7, 33, 100, 1000, 100_000]) {
      const parts = Array.from({ length: Math.min(50, Math.ceil(5000 / size)) }, () => size);
      const states = statesOf(hot, code, parts);
      assert.deepEqual(states, statesOf(cold, code, parts), `parts of ${size}`);
      if (size === 100_000) assert.match(states[0], /^systemCall/);
    }
  });
}

test('code that changes itself is compiled anew', () => {
  // add byte [rip+immediate],1; add rax,0; dec rcx; jnz — the immediate of the second instruction grows
  const code = '80050300000001 4883c000 48ffc9 75f0 0f05';
  const states = [hot, cold].map(processor => statesOf(processor, code, [50, 1000, 100_000]));
  assert.deepEqual(states[0], states[1]);
});

test('recursion goes deeper than the host would bear', () => {
  // main: call f; syscall — f: dec rcx; jz out; call f; out: inc rax; ret
  const code = 'e802000000 0f05 48ffc9 7405 e8f6ffffff 48ffc0 c3';
  for (const depth of [300, 900]) {
    const [one, other] = [hot, cold].map(processor => {
      const guest = new Guest(code, CODE, processor).set(RCX, depth);
      guest.run(100);
      const exit = guest.run(1_000_000);
      const result = `${exit.kind} ${state(guest)}`;
      guest.close();
      return result;
    });
    assert.equal(one, other);
    assert.match(one, /^systemCall/);
  }
});

test('code that was made for one MXCSR is right for any other', () => {
  // again: addsd xmm0,xmm1; mulsd xmm2,xmm1; cvttsd2si eax,xmm0; dec rcx; jnz again; syscall
  const code = 'f20f58c1 f20f59d1 f20f2cc0 48ffc9 75ef 0f05';
  const phases = [
    [0x1f80, 1], // nothing is inexact
    [0x1f80, 0.1],
    [0x1fa0, 3.5],
    [0x5fa0, 0.3], // rounds up
    [0x1f80, 1e300], // overflows
    [0x9fc0, 1e-300], // underflows, to zero
    [0x9fe0, 2.5],
    [0x9fe0, 3e-308],
    [0x1f80, 0],
    [0x1f80, NaN],
  ];
  const results = [hot, cold].map(processor => {
    const guest = new Guest(code, CODE, processor);
    const { view } = guest.space.window;
    const [control, zero, one, two] = [MXCSR_OFFSET, VECTOR_OFFSET, VECTOR_OFFSET + 32, VECTOR_OFFSET + 64];
    const states = phases.map(([mxcsr, factor]) => {
      view.setUint32(STATE_BASE + control, mxcsr, true);
      view.setFloat64(STATE_BASE + zero, factor, true);
      view.setFloat64(STATE_BASE + one, factor, true);
      view.setFloat64(STATE_BASE + two, factor, true);
      guest.set(RCX, 2000).set(RIP, CODE);
      const exit = guest.run(100_000);
      const bits = [zero, two].map(offset => view.getBigUint64(STATE_BASE + offset, true).toString(16));
      return `${exit.kind} ${guest.get(RAX)} ${bits} ${view.getUint32(STATE_BASE + control, true).toString(16)}`;
    });
    guest.close();
    return states;
  });
  assert.deepEqual(results[0], results[1]);
  assert.match(results[0][0], /^systemCall 2001 .* 1f80$/);
  assert.match(results[0][1], / 1fb2$/);
});

test('targets of indirect jumps that lie far apart have tables of their own', () => {
  const ends = [{ ending: 'jumpIndirect' }] as unknown as DecodedInstruction[];
  const starts = [0x1000, 0x1400, 0x1800, 0x1000_0000, 0x7fff_0000_0000, 0x7fff_0000_0100];
  const successors: Block[] = starts.map(start => ({ start, instructions: ends, successors: [] }));
  const root: Block = { start: 0, instructions: ends, successors };
  const blocks = new Map([root, ...successors].map(block => [block.start, block]));
  const asked: (readonly number[])[] = [];
  const switches = switchesOf({ root, blocks, size: 0 }, addresses => asked.push(addresses));
  assert.deepEqual(
    switches.map(({ lowest, span }) => [lowest, span]),
    [
      [0x1000, 0x801],
      [0x7fff_0000_0000, 0x101],
      [0x1000_0000, 1],
    ],
  );
  assert.deepEqual(asked, [starts.slice(0, 3), starts.slice(4), starts.slice(3, 4)]);
  assert.deepEqual(
    switchesOf({ root, blocks, size: 0 }, () => 0),
    [],
  );
});

test('a breakpoint set in compiled code stops there', () => {
  const guest = new Guest('4883c001 4883e901 75f6 0f05', CODE, hot).set(RCX, 1_000_000);
  guest.run(30_000);
  hot.setBreakpoints(guest.space, [CODE + 4]);
  const before = guest.get(RAX);
  assert.equal(guest.run(1000).kind, 'breakpoint');
  assert.equal(guest.get(RIP), CODE + 4);
  assert.ok(guest.get(RAX) - before <= 1);
  hot.setBreakpoints(guest.space, []);
  assert.equal(guest.run(10_000_000).kind, 'systemCall');
  guest.close();
});

test('a breakpoint with a test of registers stops where it holds only', () => {
  for (const processor of [hot, cold]) {
    const guest = new Guest('53 5a 4883c001 4883e901 75f4 0f05', CODE, processor).set(RCX, 10_000);
    const right = { value: 5000n };
    const test = { operator: '==', left: { register: RAX, mask: 0xffffn }, right } as const;
    processor.setBreakpoints(guest.space, [CODE], new Map([[CODE, test]]));
    for (const part of [1, 2, 3, 99, 20_000]) guest.run(part);
    assert.equal(guest.run(100_000).kind, 'breakpoint');
    assert.equal(guest.get(RAX), 5000);
    assert.equal(guest.get(RIP), CODE);
    assert.equal(guest.run(100_000, true).kind, 'systemCall');
    assert.equal(guest.get(RAX), 10_000);
    guest.close();
  }
});

for (const control of [undefined, 0x1f80, 0x1fa0, 0x9fe0])
  test(`every form that does not always leave can be compiled for MXCSR ${control?.toString(16) ?? 'unknown'}`, () => {
    const table = listHandlers();
    const places = (size: number, memory: boolean, index: number): OperandPlace => {
      if (memory) return { kind: 'memory' };
      if (size >= 16) return { kind: 'vector', number: index };
      return size === 10 ? { kind: 'other', slot: index } : { kind: 'general', number: index, byte: 0 };
    };
    const address = { base: RBX, index: RCX, scale: 2, displacement: 5n, narrow: false, segment: undefined };
    const nothing = (): void => {};
    let compiled = 0;
    for (const number of table.numbers.values()) {
      const handler = table.handlerAt(number);
      if (!handler) continue;
      const effects = observe(handler.operation, handler.operands, new Map());
      if (effects.alwaysLeaves) continue;
      const code = new Code();
      const ends = { leave: nothing, branch: nothing, jump: nothing };
      const checks = { next: () => ({ before: 0, size: 1, write: false }) };
      const emitter = new RegionEmitter(
        code,
        new RegisterLocals(code, -1),
        new FlagLocals(code, 0),
        ends,
        checks,
        control,
      );
      const common = { address: CODE, following: CODE + 4, record: 0, target: 0, reads: 0, writes: 0 };
      const operands = handler.operands.map(({ size, memory }, i) => places(size, memory, i));
      emitter.emit({ ...common, handler, places: operands, memory: address, effects, ending: 'next' }, true);
      compiled++;
    }
    assert.ok(compiled > 1000, `${compiled} forms`);
  });
