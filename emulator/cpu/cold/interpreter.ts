/**
 * The cold engine's WebAssembly module: the dispatch loop with the common handlers in it, one function for each rare
 * handler, and the few functions that they share. It depends on nothing but the rows, so it can be made ahead of time.
 */

import { UD } from '../exits.ts';
import { WINDOW_LIMIT, INITIAL_WINDOW } from '../../memory/layout.ts';
import { CLOSED_AT_END, closedFor } from '../permissions.ts';
import { ASSIST_NAMES } from '../assists.ts';
import {
  ADDRESS,
  ATTENTION,
  COUNTER,
  EXIT_KIND,
  EXIT_RECORD,
  HANDLER,
  JUMP_CACHE,
  LEAVE_BREAKPOINT,
  LEAVE_BUDGET,
  LEAVE_DECODE,
  LEAVE_HOT,
  LEAVE_MISS,
  LINK,
  REMAINING,
  RETIRED,
  RETURNED,
  RIP_SET,
  SLICE,
  STOLEN,
  registerSlot,
} from '../record.ts';
import { AF, CF, OF, PF, RFLAGS, RIP, SF, ZF } from '../registers.ts';
import { call, callIndirect, Code } from '../wasm/code.ts';
import type { Label, Local } from '../wasm/code.ts';
import { ModuleBuilder } from '../wasm/module.ts';
import type { I32 } from '../wasm/expression.ts';
import { i32, i64 } from '../wasm/scalar.ts';
import { highHalf, lowHalf } from '../wasm/widths.ts';
import { settle } from '../rawFlags.ts';
import { flagImage, wordsOfImage } from '../flagWords.ts';
import { storedFlags, storeFlags } from './flags.ts';
import type { Handler } from './handlers.ts';
import type { HandlerList } from './handlerList.ts';
import { jumpCacheEntry } from './jumpCache.ts';
import { FIRST_HOT_FUNCTION, SPECIAL_HANDLERS } from './handlers.ts';
import { HANDLERS_SECTION, storeHandlers } from './storedHandlers.ts';
import { RecordEmitter } from './recordEmitter.ts';
import type { EngineFunctions, Ends } from './recordEmitter.ts';

const WASM_PAGE = 0x1_0000;
/** Index of the table of hot code in this module, and its first size. */
const HOT_TABLE = 1;
const HOT_TABLE_SIZE = 16;
const ARITHMETIC = CF | PF | AF | ZF | SF | OF;

/** `slowLoad` and `slowStore`: the page is not wholly open, but the access may still lie within it. */
function slowAccess(access: 'read' | 'write', imported: number): Code {
  const code = new Code(['i64', 'i32']);
  const address = code.parameter(0, 'i64');
  const size = code.parameter(1, 'i32');
  const at = code.keep(lowHalf(address));
  const closed = closedFor(access, at);
  const within = i32.and(i32.leu(i32.and(at, 4095), i32.sub(4096, size)), i32.eqz(highHalf(address)));
  code.if(i32.and(i32.eq(closed, CLOSED_AT_END), within), () => code.return(at));
  code.return(call('i32', imported, at, highHalf(address), size));
  code.unreachable();
  return code;
}

function packFlags(): Code {
  const code = new Code();
  code.return(flagImage(storedFlags));
  code.unreachable();
  return code;
}

function unpackFlags(): Code {
  const code = new Code(['i64']);
  storeFlags(code, wordsOfImage(code, code.parameter(0, 'i64')));
  return code;
}

/** Stands in the table of hot code for what is not compiled: whoever calls it goes on with the record. */
function absent(): Code {
  const code = new Code(['i32', 'i32', 'i32']);
  code.return(code.parameter(0, 'i32'), code.parameter(2, 'i32'));
  code.unreachable();
  return code;
}

function handlerFunction(handler: Handler, functions: EngineFunctions): Code {
  const code = new Code(['i32']);
  const pc = code.parameter(0, 'i32');
  const ends: Ends = {
    goTo: record => code.return(record),
    leave: () => code.return(i32.const(0)),
    remaining: () => i32.load(0, REMAINING),
  };
  const emitter = new RecordEmitter(code, pc, handler, functions, ends);
  handler.operation(emitter);
  emitter.next();
  code.unreachable();
  return code;
}

/** What the dispatch loop needs to run hot code. */
interface HotCalls {
  readonly signature: number;
  readonly settle: number;
}

/**
 * Runs the hot function of the entry at `pc`, which takes the entry, the depth of calls and the instructions that remain,
 * and returns the record to go on with, or RETURNED, and the instructions that remain.
 */
function runHot(
  code: Code,
  hot: HotCalls,
  pc: Local<'i32'>,
  budget: Local<'i32'>,
  ends: Ends,
  leave: (kind: number) => void,
): void {
  const next = code.local('i32');
  const element = i32.sub(i32.load16u(pc, HANDLER), FIRST_HOT_FUNCTION);
  const through = { table: HOT_TABLE, signature: hot.signature, element };
  code.callIndirectFor([next, budget], through, pc, i32.const(0), i32.add(budget, 1));
  code.run(hot.settle);
  code.if(i32.eq(next, RETURNED), () => {
    const address = code.keep(i64.load(0, registerSlot(RIP)));
    const entry = code.keep(jumpCacheEntry(address));
    code.if(i64.ne(i64.load(entry, JUMP_CACHE), address), () => leave(LEAVE_MISS));
    code.set(next, i32.load(entry, JUMP_CACHE + 8));
  });
  ends.goTo(next);
}

function dispatchLoop(table: HandlerList, functions: EngineFunctions, rareSignature: number, hot: HotCalls): Code {
  const code = new Code(['i32', 'i32']);
  const pc = code.parameter(0, 'i32');
  const budget = code.parameter(1, 'i32');
  code.store('i32', 0, SLICE, budget);
  code.run(functions.unpackFlags, i64.load(0, registerSlot(RFLAGS)));
  code.block(exit => {
    code.loop(top => {
      const attend = (): void =>
        code.if(i32.load(0, ATTENTION), () => {
          // Ends the slice behind this instruction; what remained of it is given back at the exit.
          code.store('i32', 0, STOLEN, i32.add(i32.load(0, STOLEN), budget));
          code.set(budget, i32.const(0));
        });
      let callFunction: Label | undefined;
      const ends: Ends = {
        goTo: record => {
          code.set(pc, record);
          code.branch(top);
        },
        leave: () => code.branch(exit),
        retry: () => code.branch(callFunction as Label),
        remaining: () => budget,
      };
      const leave = (kind: number): void => {
        code.store('i32', 0, EXIT_KIND, i32.const(kind));
        code.branch(exit);
      };
      code.set(budget, i32.sub(budget, 1));
      code.if(i32.lts(budget, 0), () => leave(LEAVE_BUDGET));
      const bodies: (() => void)[] = [
        () => leave(LEAVE_DECODE),
        () => {
          code.set(budget, i32.add(budget, 1));
          ends.goTo(i32.load(pc, LINK));
        },
        () => leave(LEAVE_BREAKPOINT),
        () => new RecordEmitter(code, pc, { operands: [] }, functions, ends).fault(UD),
        () => {
          const left = code.keep(i32.sub(i32.load(pc, COUNTER), 1));
          code.store('i32', pc, COUNTER, left);
          code.if(i32.eqz(left), () => leave(LEAVE_HOT));
          code.set(budget, i32.add(budget, 1));
          ends.goTo(i32.load(pc, LINK));
        },
        ...table.inLoop.map(handler => () => {
          const emitter = new RecordEmitter(code, pc, handler, functions, ends);
          handler.operation(emitter);
          emitter.next();
        }),
      ];
      const rare = (): void => {
        code.if(i32.geu(i32.load16u(pc, HANDLER), FIRST_HOT_FUNCTION), () =>
          runHot(code, hot, pc, budget, ends, leave),
        );
        code.store('i32', 0, REMAINING, budget);
        const element = i32.sub(i32.load16u(pc, HANDLER), SPECIAL_HANDLERS);
        const next = code.keep(callIndirect('i32', rareSignature, element, pc));
        code.branchIf(exit, i32.eqz(next));
        attend();
        ends.goTo(next);
      };
      code.block(label => {
        callFunction = label;
        dispatch(code, bodies, label, () => i32.load16u(pc, HANDLER));
      });
      code.scope(rare);
    });
  });
  finishSlice(code, pc, budget, functions);
  return code;
}

/** `blocks[i]` ends before the body of handler `i`, so a branch out of it arrives there. */
function dispatch(code: Code, bodies: readonly (() => void)[], otherwise: Label, selector: () => I32): void {
  const labels: Label[] = [];
  const open = (index: number): void => {
    if (index < 0) {
      code.branchTable(selector(), labels, otherwise);
      return;
    }
    code.block(label => {
      labels[index] = label;
      open(index - 1);
    });
    code.scope(bodies[index]);
  };
  open(bodies.length - 1);
}

/** Brings the register file up to date and says what remains. */
function finishSlice(code: Code, record: I32, left: I32, functions: EngineFunctions): void {
  const kind = code.keep(i32.load(0, EXIT_KIND));
  const given = code.keep(i32.add(left, i32.load(0, STOLEN)));
  code.store('i32', 0, STOLEN, i32.const(0));
  code.store('i32', 0, EXIT_RECORD, record);
  code.store('i32', 0, REMAINING, i32.add(given, i32.eqz(i32.and(kind, RETIRED))));
  code.if(i32.eqz(i32.and(kind, RIP_SET)), () => code.store('i64', 0, registerSlot(RIP), i64.load(record, ADDRESS)));
  const system = i64.and(i64.load(0, registerSlot(RFLAGS)), ~ARITHMETIC);
  code.store('i64', 0, registerSlot(RFLAGS), i64.or(system, call('i64', functions.packFlags)));
}

function assistNumber(name: string): number {
  const number = ASSIST_NAMES.indexOf(name);
  if (number < 0) throw new Error(`no assist is called ${name}`);
  return number;
}

export function buildInterpreter(table: HandlerList): Uint8Array {
  const module = new ModuleBuilder();
  module.importMemory(INITIAL_WINDOW / WASM_PAGE, WINDOW_LIMIT / WASM_PAGE);
  const load = module.importFunction('load', ['i32', 'i32', 'i32'], ['i32']);
  const store = module.importFunction('store', ['i32', 'i32', 'i32'], ['i32']);
  const commit = module.importFunction('commit', [], []);
  const assist = module.importFunction('assist', ['i32', 'i32', 'i32', 'i32'], ['i32']);
  const functions: EngineFunctions = {
    slowLoad: module.declare(['i64', 'i32'], ['i32']),
    slowStore: module.declare(['i64', 'i32'], ['i32']),
    packFlags: module.declare([], ['i64']),
    unpackFlags: module.declare(['i64'], []),
    commit,
    assist,
    assistNumber,
  };
  module.define(functions.slowLoad, slowAccess('read', load));
  module.define(functions.slowStore, slowAccess('write', store));
  module.define(functions.packFlags, packFlags());
  module.define(functions.unpackFlags, unpackFlags());
  const rareSignature = module.signature(['i32'], ['i32']);
  const hotSignature = module.signature(['i32', 'i32', 'i32'], ['i32', 'i32']);
  const settleFunction = module.declare([], []);
  module.define(settleFunction, settle());
  const absentFunction = module.declare(['i32', 'i32', 'i32'], ['i32', 'i32']);
  module.define(absentFunction, absent());
  module.addGrowingTable('hot', HOT_TABLE_SIZE);
  const elements = [...table.inLoop, ...table.rare].map(handler => {
    const index = module.declare(['i32'], ['i32']);
    module.define(index, handlerFunction(handler, functions));
    return index;
  });
  module.setTable(elements);
  const run = module.declare(['i32', 'i32'], []);
  module.define(
    run,
    dispatchLoop(table, functions, rareSignature, { signature: hotSignature, settle: settleFunction }),
  );
  module.export('run', run);
  module.export('settle', settleFunction);
  module.export('absent', absentFunction);
  module.addCustom(HANDLERS_SECTION, storeHandlers(table));
  return module.build();
}
