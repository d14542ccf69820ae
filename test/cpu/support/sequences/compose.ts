/** Makes programs: structure by chance, ordinary instructions from a pool. */

import type { Chooser } from '../generator.ts';
import { AREAS, CODE_REGIONS, CODE_SIZE, WINDOWS } from './arena.ts';
import * as make from './lines.ts';
import type { Pool, PoolItem } from './pool.ts';
import { defineFlags } from './program.ts';
import type { Line, Program } from './program.ts';

export const LONGEST = 24;
const RSP = 4;
const RCX = 1;
const RSI = 6;
const RDI = 7;

/** A program of up to {@link LONGEST} ordinary lines; `only` restricts those to forms whose names match. */
export function compose(choose: Chooser, pool: Pool, only?: RegExp): Program {
  const composer = new Composer(choose, pool, only);
  return composer.program();
}

class Composer {
  private readonly choose: Chooser;
  private readonly pool: Pool;
  private readonly forms: readonly (readonly PoolItem[])[];
  private readonly protectedRegisters: number;
  private readonly counters: number;
  private readonly inWindow: boolean;
  /** Subroutines to append behind the end. */
  private readonly routines: Line[][] = [];
  private budget: number;

  constructor(choose: Chooser, pool: Pool, only: RegExp | undefined) {
    this.choose = choose;
    this.pool = pool;
    this.forms = only ? pool.forms.filter(([first]) => only.test(first.form)) : pool.forms;
    if (this.forms.length === 0) throw new Error(`no form's name matches ${only}`);
    const { bases, indices, counters } = pool.roles;
    const mask = (registers: readonly number[]): number => registers.reduce((all, one) => all | (1 << one), 0);
    this.counters = mask(counters);
    this.protectedRegisters = mask([...bases, ...indices, RSP]);
    this.budget = 1 + choose.below(LONGEST);
    this.inWindow = choose.below(3) > 0;
  }

  program(): Program {
    const { choose } = this;
    const end = make.ending(choose.below(8) ? 0 : choose.below(6));
    const lines = [...this.body(this.budget, 0, end), end];
    for (const routine of this.routines) lines.push(...routine);
    defineFlags(lines);
    const region = CODE_REGIONS[this.inWindow ? 0 : 1];
    // Often over a page's end, sometimes at the very end of what is mapped.
    const size = lines.reduce((sum, line) => sum + line.bytes.length, 0);
    const offsets = [0, choose.below(0x800), 0x1000 - choose.below(1 + Math.min(size, 0x1000)), CODE_SIZE - size];
    return { lines, entry: region + choose.of(offsets.filter(offset => offset >= 0 && offset + size <= CODE_SIZE)) };
  }

  /** `next` is the line that follows what this makes. */
  private body(count: number, depth: number, next: Line): Line[] {
    const lines: Line[] = [];
    for (let left = count; left > 0; ) {
      const part = Math.min(left, 1 + this.choose.below(6));
      const rest = left - part;
      // What a part jumps to behind itself has to exist before: parts are made from the last to the first.
      lines.unshift(...this.part(part, depth, lines[0] ?? next));
      left = rest;
    }
    return lines;
  }

  private part(count: number, depth: number, next: Line): Line[] {
    const { choose } = this;
    const kind = choose.below(100);
    if (kind < 14) return this.skip(count, depth, next);
    if (kind < 24 && depth < 2) return this.repeat(count, depth, next);
    if (kind < 30 && depth < 2) return this.subroutine(count, depth);
    if (kind < 36) return this.saved(count, depth);
    if (kind < 39) return [...this.change(), ...this.plain(count - 1)];
    if (kind < 43) return [...this.strings(), ...this.plain(count - 1)];
    if (kind < 46) return [make.loadFlags(choose.below(0x1000)), ...this.plain(count - 1)];
    if (kind < 49) return [this.point(choose.of(this.pool.roles.bases)), ...this.plain(count - 1)];
    return this.plain(count);
  }

  private plain(count: number): Line[] {
    return Array.from({ length: Math.max(0, count) }, () => this.ordinary());
  }

  private ordinary(): Line {
    const { choose, pool, forms } = this;
    for (let tries = 0; tries < 20; tries++) {
      const common = choose.below(100) < 40 && forms === pool.forms;
      const item = common ? choose.of(pool.common) : choose.of(choose.of(forms));
      if (item.writes & this.counters) continue;
      if (item.writes & this.protectedRegisters && choose.below(25)) continue;
      return make.itemLine(item, this.data(item.locked));
    }
    return make.increment(this.scratch());
  }

  /** An address that RIP-relative operands reach. */
  private data(aligned: boolean): number {
    const { choose } = this;
    if (!this.inWindow) return CODE_REGIONS[1] + 0x2000 + choose.below(16) * 16; // no program reaches there
    const window = WINDOWS[choose.of([0, 1, 1, 2, 3, 6])];
    return window.address + choose.below(8) * 16 + (aligned || choose.below(4) ? 0 : choose.below(16));
  }

  /** A register that nothing depends on; not RDI: STOS must not find the address of code in it. */
  private scratch(): number {
    for (;;) {
      const register = this.choose.below(16);
      if (register === RDI) continue;
      if (!((1 << register) & (this.protectedRegisters | this.counters))) return register;
    }
  }

  private skip(count: number, depth: number, next: Line): Line[] {
    const { choose } = this;
    const inner = depth < 3 ? this.body(count, depth + 1, next) : this.plain(count);
    const short = inner.length < 8 && choose.below(2) === 0;
    const kind = choose.below(12);
    if (kind < 8) return [make.jumpIf(choose.below(16), next, short), ...inner];
    if (kind < 9) return [make.jump(next, short), ...inner];
    if (kind < 10) return [make.indirect(this.scratch(), next, false), ...inner];
    if (kind < 11 && inner.length < 6) return [make.loop(3, next), ...inner];
    return [make.returnTo(this.scratch(), next), ...inner];
  }

  private repeat(count: number, depth: number, next: Line): Line[] {
    const { choose } = this;
    const counter = this.pool.roles.counters[depth];
    const times = choose.below(8) ? 1 + choose.below(6) : 40;
    const kind = choose.below(4);
    const body = [...this.body(count, depth + 1, next), make.increment(this.scratch())];
    const [first] = body;
    const start = make.setDouble(counter, times);
    if (kind === 0) return [start, ...body, ...make.countDownIf(counter, choose.below(16), first, next)];
    if (kind === 1 && counter === RCX && body.length < 7) return [start, ...body, make.loop(choose.below(3), first)];
    return [start, ...body, make.countDown(counter, first)];
  }

  private subroutine(count: number, depth: number): Line[] {
    const { choose } = this;
    const popped = choose.below(6) ? 0 : 8;
    const last = make.returns(popped);
    const routine = [...this.body(count, depth + 1, last), last];
    this.routines.push(routine);
    const call = choose.below(3) ? make.call(routine[0]) : make.indirect(this.scratch(), routine[0], true);
    const before = popped ? [make.push(choose.below(16))] : [];
    return [...before, call, ...this.plain(choose.below(2))];
  }

  private saved(count: number, depth: number): Line[] {
    const pushed = this.choose.below(16);
    const popped = this.choose.below(3) ? pushed : this.scratch();
    const last = make.pop(popped === RSP ? this.scratch() : popped);
    const inner = depth < 3 ? this.body(count, depth + 1, last) : this.plain(count);
    return [make.push(pushed), ...inner, last];
  }

  /** Code that changes code: behind itself or, in a loop, before itself. */
  private change(): Line[] {
    const { choose } = this;
    const register = this.scratch();
    if (choose.below(3) === 0) {
      const changed = make.increment(register);
      const other = make.patch(changed, changed.bytes.length - 1, changed.bytes[changed.bytes.length - 1] ^ 8);
      return choose.below(2) ? [other, changed] : [changed, other];
    }
    const changed = make.setDouble(register, choose.below(0x10000));
    const immediate = changed.bytes.length - 4;
    const store = choose.below(2)
      ? make.patch(changed, immediate + choose.below(4), choose.below(256))
      : make.patchFrom(this.scratch(), changed, immediate);
    return choose.below(2) ? [store, ...this.plain(choose.below(3)), changed] : [changed, store];
  }

  /** Registers for the string instructions, and one of them. */
  private strings(): Line[] {
    const { choose, counters } = this;
    const items = this.pool.forms.filter(([first]) => /^(Movs|Stos|Lods|Scas|Cmps)[bwdq]_/.test(first.form));
    const setup = [
      [RSI, () => this.point(RSI)],
      [RDI, () => this.point(RDI)],
      [RCX, () => make.setDouble(RCX, choose.below(20))],
    ] as const;
    const lines = setup.filter(([register]) => !((1 << register) & counters)).map(([, line]) => line());
    const item = items.length ? choose.of(choose.of(items)) : undefined;
    return item && !(item.writes & counters) ? [...lines, make.itemLine(item, this.data(item.locked))] : lines;
  }

  private point(register: number): Line {
    return make.setWord(register, BigInt(pointer(this.choose)));
  }
}

/** An address in or near a window, now and then where writes or all accesses fail. */
export function pointer(choose: Chooser): number {
  const kind = choose.below(40);
  if (kind === 0) return choose.of(AREAS).address - choose.below(16);
  const window = choose.of(WINDOWS);
  if (kind < 6) return window.address + window.size - choose.below(40);
  return window.address + 32 + 16 * choose.below(5) + (choose.below(4) ? 0 : choose.below(16));
}
