/** A machine without an emulator behind it, for what a real one does rarely: breaking down, flooding, never ending. */

import { GENERAL_NAMES, SEGMENT_NAMES } from '../../../adapter/registers.ts';
import type {
  Disassembled,
  GuestModule,
  MachineFace,
  Notice,
  RegisterValues,
  RunResult,
} from '../../../emulator/index.ts';

export const PROCESS = 8;
export const THREAD = 12;
export const CODE = 0x401000;

/** Two functions of `nop` and `ret` at {@link CODE}, and what `parts` replaces. */
export function fakeMachine(parts: Partial<MachineFace> = {}): MachineFace & { notices: Notice[] } {
  const memory = new Uint8Array(0x1000).fill(0x90);
  const general: Record<string, bigint> = Object.fromEntries(REGISTERS.map(name => [name, 0n]));
  Object.assign(general, { rip: BigInt(CODE), rsp: 0x7ffffff0n, rflags: 0x246n });
  const notices: Notice[] = [];
  let ended = false;
  let paused = false;
  const rip = () => Number(general.rip);
  const thread = () => ({
    id: THREAD,
    process: PROCESS,
    name: 'fake',
    state: ended ? ('terminated' as const) : ('running' as const),
    waitReason: '',
    waitObjects: [],
    priority: 8,
    basePriority: 8,
    quantum: 0,
    suspendCount: 0,
    instructions: 0,
    rip: rip(),
  });
  return {
    notices,
    replaceProvider: () => 'a fake has no provider',
    launch: () => ({ process: PROCESS, thread: THREAD }),
    run(): RunResult {
      if (ended) return { kind: 'ended', code: 143, text: 'terminated' };
      if (!paused) return { kind: 'running' };
      paused = false;
      return {
        kind: 'stopped',
        stop: { reason: 'pause', process: PROCESS, thread: THREAD, breakpoints: [], text: '' },
      };
    },
    step() {},
    cancelStep() {},
    currentThread: () => THREAD,
    handler: () => undefined,
    pause: () => void (paused = true),
    setBreakpoints: () => [],
    hitCounts: () => new Map(),
    setInjections: () => [],
    checkInjections: () => [],
    injections: () => [],
    errors: () => [],
    pendingCall: () => undefined,
    answerCall: () => ({ error: 'it makes no system calls' }),
    processes: () => [
      {
        id: PROCESS,
        parent: 4,
        name: 'fake',
        commandLine: 'fake',
        image: '/fake',
        kind: 'pico',
        provider: 'linux',
        state: ended ? 'terminated' : 'running',
        threads: [thread()],
        commit: 0,
        workingSet: 0,
        pageFaults: 0,
        faults: { demandZero: 0, transition: 0, prototype: 0, compression: 0, hard: 0 },
        instructions: 0,
        handleCount: 0,
        facts: [],
      },
    ],
    structures: () => [],
    handles: () => [],
    compressionStore: () => undefined,
    objects: () => [],
    addressSpace: process =>
      process === PROCESS ? { process, name: 'fake', facts: [], refusal: '', allocations: [] } : undefined,
    registers: id => (id === THREAD ? registerValues(general) : undefined),
    setRegister(_thread, name, value) {
      if (typeof value !== 'bigint' || !(name in general)) return `there is no register called ${name}`;
      general[name] = value;
      return undefined;
    },
    memoryRefusal: () => undefined,
    readMemory: (_process, address, length) =>
      address >= CODE && address < CODE + memory.length
        ? memory.slice(address - CODE, address - CODE + length)
        : new Uint8Array(),
    unreadable: (_process, address, limit) => (address < CODE ? Math.min(limit, CODE - address) : limit),
    writeMemory(_process, address, bytes) {
      if (address < CODE || address >= CODE + memory.length) return 0;
      memory.set(bytes, address - CODE);
      return bytes.length;
    },
    stack: id => (id === THREAD ? [{ rip: rip(), rsp: 0x7ffffff0, rbp: 0 }] : []),
    disassemble: (_process, address, offset, count) =>
      Array.from({ length: count }, (_, row) => nop(address + offset + row)),
    systemCalls: () => [{ number: 1, name: 'write', arguments: [], support: 'full', note: '' }],
    modules: (): GuestModule[] => [],
    readFile: () => undefined,
    evaluate: (_thread, expression) => ({ error: `“${expression}” is not known here` }),
    input() {},
    resizeTerminal: () => false,
    sleep() {},
    connectPort: () => 0,
    exchange: () => undefined,
    hangUp() {},
    trace() {},
    terminate: () => void (ended = true),
    terminateThread: () => 'this machine is a fake',
    position: () => 0,
    snapshot: () => 1,
    restore: () => undefined,
    takeNotices: () => notices.splice(0),
    ...parts,
  };
}

const REGISTERS = [...GENERAL_NAMES, ...SEGMENT_NAMES];

function registerValues(general: Readonly<Record<string, bigint>>): RegisterValues {
  return {
    general: { ...general },
    mxcsr: 0x1f80,
    vectors: Array.from({ length: 16 }, () => new Uint8Array(16)),
    x87: { control: 0x37f, status: 0, tag: 0, stack: Array.from({ length: 8 }, () => new Uint8Array(10)) },
  };
}

function nop(address: number): Disassembled {
  const valid = address >= CODE && address < CODE + 0x1000;
  return { address, bytes: new Uint8Array(valid ? [0x90] : []), text: valid ? 'nop' : '??', valid };
}
