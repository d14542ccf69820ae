/**
 * The flags while hot code runs: the values of the last operation that set them, in locals, with a number for its kind.
 * Conditions are made from the values; the flag words only where someone needs them.
 */

import { FLAG_KINDS } from '../flagKinds.ts';
import type { FlagKind } from '../flagKinds.ts';
import { carryBit, conditionOf } from '../flagWords.ts';
import type { FlagWords } from '../flagWords.ts';
import { storeCarry, storedFlags } from '../cold/flags.ts';
import { OVERRIDDEN, rawKind, STORED, WORDS } from '../rawFlags.ts';
import { RAW_KIND, RAW_VALUES } from '../record.ts';
import type { Code, Local } from '../wasm/code.ts';
import type { I32, I64 } from '../wasm/expression.ts';
import { i32, i64 } from '../wasm/scalar.ts';
import type { FlagState } from './flow.ts';

/** Kinds that have one value, and three; the others have two. */
const SINGLE_VALUE: ReadonlySet<string> = new Set(['logic']);
const THREE_VALUES: ReadonlySet<string> = new Set(['sumWithCarry', 'differenceWithBorrow', 'words']);
const CARRY_CONDITION = 2;

export class FlagLocals {
  state: FlagState = 'stored';
  private readonly code: Code;
  private readonly settle: number;
  private readonly kind: Local<'i32'>;
  private readonly locals: readonly Local<'i64'>[];
  /** Where an instruction has changed CF and OF only, the word that has them. */
  private readonly carryWord: Local<'i64'>;
  /** The values, which are the locals or constants. */
  private values: readonly I64[];

  constructor(code: Code, settle: number) {
    this.code = code;
    this.settle = settle;
    this.kind = code.local('i32');
    this.locals = [code.local('i64'), code.local('i64'), code.local('i64')];
    this.carryWord = code.local('i64');
    this.values = this.locals;
  }

  /** Begins a block, where the flags are as `state` says. */
  begin(state: FlagState): void {
    this.state = state;
    this.values = this.locals;
  }

  set(kind: FlagKind | 'words', size: number, ...values: readonly I64[]): void {
    this.state = { kind, size };
    this.code.set(this.kind, kind === 'words' ? WORDS : rawKind(kind, size));
    this.values = values.map((value, i) => {
      if (!isUsed(kind, i)) return this.locals[i];
      this.code.set(this.locals[i], value);
      return value.known.constant === undefined ? this.locals[i] : value;
    });
  }

  /** Replaces CF and OF and keeps the others. */
  setCarryWord(word: I64): void {
    const { state, code } = this;
    code.set(this.carryWord, word);
    if (typeof state === 'object') {
      code.set(this.kind, this.number(state) | OVERRIDDEN);
      this.state = { ...state, overridden: true };
    } else {
      code.set(this.kind, i32.or(this.kind, OVERRIDDEN));
      this.becomeDynamic();
    }
  }

  setWords({ result, carry, extra }: FlagWords): void {
    const kept = [result, carry, extra].map(word => this.code.keep(word));
    this.set('words', 8, ...kept);
  }

  /** After a conditional change only the local knows. */
  becomeDynamic(): void {
    this.state = 'dynamic';
    this.values = this.locals;
  }

  /** Memory has them: after a call. */
  becomeStored(): void {
    this.state = 'stored';
    this.code.set(this.kind, STORED);
  }

  condition(conditionCode: number, mayChangeState: boolean): I32 {
    const { state, values } = this;
    if (typeof state === 'object' && state.kind !== 'words' && !(state.overridden && readsCarry(conditionCode))) {
      const direct = FLAG_KINDS[state.kind as FlagKind].conditions[conditionCode >> 1];
      if (direct) {
        const positive = direct(state.size, values[0], values[1]);
        return conditionCode & 1 ? negation(positive) : positive;
      }
    }
    return conditionOf(this.words(mayChangeState), conditionCode);
  }

  /** CF as 0 or 1. */
  carry(mayChangeState: boolean): I64 {
    const { state } = this;
    if (typeof state === 'object' && state.overridden) return this.code.keep(i64.shru(this.carryWord, 63));
    if (typeof state === 'object' && state.kind !== 'words')
      return this.code.keep(i64.extendu(this.condition(CARRY_CONDITION, mayChangeState)));
    return this.code.keep(carryBit(this.words(mayChangeState)));
  }

  /** The flag words; where it is not known how to make them, they are made in memory. */
  words(mayChangeState: boolean): FlagWords {
    const { state, values, code } = this;
    if (state === 'stored' || state === 'dynamic' || state === 'dead') {
      this.store();
      code.run(this.settle);
      if (mayChangeState) this.state = 'stored';
      code.set(this.kind, STORED);
      return storedFlags;
    }
    const words = this.staticWords(state, values);
    const kept = { result: code.keep(words.result), extra: code.keep(words.extra) };
    return { ...kept, carry: state.overridden ? this.carryWord : code.keep(words.carry) };
  }

  private staticWords({ kind, size }: { kind: string; size: number }, [a, b, c]: readonly I64[]): FlagWords {
    return kind === 'words'
      ? { result: a, carry: b, extra: c }
      : FLAG_KINDS[kind as FlagKind].words(this.code, size, a, b, c);
  }

  private number({ kind, size }: { kind: string; size: number }): number {
    return kind === 'words' ? WORDS : rawKind(kind as FlagKind, size);
  }

  /** Leaves the flags in memory, unsettled, where other code finds them. */
  store(): void {
    const { state } = this;
    if (state === 'stored' || state === 'dead') return;
    if (state === 'dynamic') return this.storeDynamic();
    const number = this.number(state) | (state.overridden ? OVERRIDDEN : 0);
    this.code.store('i32', 0, RAW_KIND, i32.const(number));
    if (state.overridden) this.code.store('i64', 0, RAW_VALUES + 24, this.carryWord);
    this.values.forEach((value, i) => {
      if (isUsed(state.kind, i)) this.code.store('i64', 0, RAW_VALUES + i * 8, value);
    });
  }

  /** The same where only the local knows the kind. */
  storeDynamic(): void {
    const { code, kind, locals, carryWord } = this;
    code.if(kind, () => {
      code.if(
        i32.eq(kind, OVERRIDDEN),
        () => {
          // Memory has all but CF and OF.
          code.run(this.settle);
          storeCarry(code, carryWord);
        },
        () => {
          code.store('i32', 0, RAW_KIND, kind);
          locals.forEach((local, i) => code.store('i64', 0, RAW_VALUES + i * 8, local));
          code.store('i64', 0, RAW_VALUES + 24, carryWord);
        },
      );
    });
  }
}

/** Whether a condition looks at CF or OF. */
function readsCarry(conditionCode: number): boolean {
  const [zero, sign, parity] = [2, 4, 5];
  const half = conditionCode >> 1;
  return half !== zero && half !== sign && half !== parity;
}

function isUsed(kind: string, index: number): boolean {
  if (index === 0) return true;
  return index === 1 ? !SINGLE_VALUE.has(kind) : THREE_VALUES.has(kind);
}

function negation(condition: I32): I32 {
  const { constant } = condition.known;
  return constant === undefined ? i32.eqz(condition) : i32.const(constant ? 0 : 1);
}
