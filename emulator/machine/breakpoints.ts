/** Breakpoints as the debugger keeps them: found by what they wait for, with condition, hit count and log message. */

import { compileCondition, isTrue } from './condition/evaluate.ts';
import type { Program, Situation, Vocabulary } from './condition/evaluate.ts';
import { compileHitCondition } from './condition/hits.ts';
import { compileLogMessage } from './condition/logMessage.ts';
import { ConditionError } from './condition/parse.ts';
import { registerTest } from './condition/registerTest.ts';
import type { RegisterTest } from '../cpu/registerTest.ts';
import type { Breakpoint, BreakpointProblem, BreakpointTarget } from './face.ts';

export interface ArmedBreakpoint {
  readonly id: number;
  readonly target: BreakpointTarget;
  readonly condition: Program | undefined;
  /** The condition again, if the processor can test it by itself. */
  readonly test: RegisterTest | undefined;
  readonly counts: (hits: number) => boolean;
  readonly log: ((situation: Situation) => string) | undefined;
  hits: number;
}

export class Breakpoints {
  private all: ArmedBreakpoint[] = [];
  private readonly byAddress = new Map<number, ArmedBreakpoint[]>();

  /** Replaces all of them. Breakpoints that stay the same keep their hit counts. */
  set(list: readonly Breakpoint[], vocabulary: Vocabulary): BreakpointProblem[] {
    const hits = this.hitCounts();
    const problems: BreakpointProblem[] = [];
    this.all = [];
    this.byAddress.clear();
    for (const breakpoint of list) {
      try {
        this.all.push({
          id: breakpoint.id,
          target: breakpoint.target,
          condition: breakpoint.condition?.trim() ? compileCondition(breakpoint.condition, vocabulary) : undefined,
          test: breakpoint.condition?.trim() ? registerTest(breakpoint.condition) : undefined,
          counts: breakpoint.hitCondition?.trim() ? compileHitCondition(breakpoint.hitCondition) : () => true,
          log: breakpoint.logMessage ? compileLogMessage(breakpoint.logMessage, vocabulary) : undefined,
          hits: hits.get(breakpoint.id) ?? 0,
        });
      } catch (error) {
        if (!(error instanceof ConditionError)) throw error;
        problems.push({ id: breakpoint.id, message: error.message });
      }
    }
    for (const breakpoint of this.all) {
      if (breakpoint.target.kind !== 'address') continue;
      const { address } = breakpoint.target;
      this.byAddress.set(address, [...(this.byAddress.get(address) ?? []), breakpoint]);
    }
    return problems;
  }

  hitCounts(): Map<number, number> {
    return new Map(this.all.map(breakpoint => [breakpoint.id, breakpoint.hits]));
  }

  /** Addresses with breakpoints in this process. */
  addresses(process: number): number[] {
    const found: number[] = [];
    for (const [address, list] of this.byAddress)
      if (list.some(breakpoint => this.concerns(breakpoint, process))) found.push(address);
    return found;
  }

  /** Of the addresses those where nothing happens unless a test of registers holds. */
  tests(process: number): Map<number, RegisterTest> {
    const found = new Map<number, RegisterTest>();
    for (const address of this.addresses(process)) {
      const [breakpoint, ...others] = this.at(address, process);
      if (breakpoint.test && others.length === 0) found.set(address, breakpoint.test);
    }
    return found;
  }

  at(address: number, process: number): ArmedBreakpoint[] {
    return (this.byAddress.get(address) ?? []).filter(breakpoint => this.concerns(breakpoint, process));
  }

  /** Those waiting for something else than an address. */
  matching(test: (target: BreakpointTarget) => boolean): ArmedBreakpoint[] {
    return this.all.filter(breakpoint => test(breakpoint.target));
  }

  /** Whether any waits for this kind of thing. */
  has(kind: BreakpointTarget['kind']): boolean {
    return this.all.some(breakpoint => breakpoint.target.kind === kind);
  }

  private concerns(breakpoint: ArmedBreakpoint, process: number): boolean {
    const { target } = breakpoint;
    return target.kind === 'address' && (target.process === undefined || target.process === process);
  }
}

/** What the breakpoints that were met say: those to stop for, and messages to log. */
export function meet(
  breakpoints: readonly ArmedBreakpoint[],
  situation: Situation,
): { stop: number[]; logs: { breakpoint: number; text: string }[] } {
  const stop: number[] = [];
  const logs: { breakpoint: number; text: string }[] = [];
  for (const breakpoint of breakpoints) {
    if (breakpoint.condition && !isTrue(breakpoint.condition(situation))) continue;
    breakpoint.hits++;
    if (!breakpoint.counts(breakpoint.hits)) continue;
    if (breakpoint.log) logs.push({ breakpoint: breakpoint.id, text: breakpoint.log(situation) });
    else stop.push(breakpoint.id);
  }
  return { stop, logs };
}
