/**
 * Faults that are injected into system calls: which calls are answered without being served, or delayed. What each was
 * asked for is the user's; how often its calls have come is part of the machine's state.
 */

import { clone } from '../base/clone.ts';
import type { Injection } from '../kernel/dbgk/injection.ts';
import type { DescribedCall, ProviderServices, SystemCallDescription } from '../kernel/ps/pico.ts';
import type { Thread } from '../kernel/ps/thread.ts';
import { compileCondition, isTrue } from './condition/evaluate.ts';
import type { Program, Situation, Vocabulary } from './condition/evaluate.ts';
import { ConditionError } from './condition/parse.ts';

/** What a call answers: an error by its provider's name for it, or RAX. */
export type Answer = { readonly error: string } | { readonly value: bigint };

/** One expression of strace(1)'s `--inject`. */
export interface FaultInjection {
  /** What the user wrote. One with the same text counts on when the list is replaced. */
  readonly text: string;
  /** Names of system calls; `*` stands for all. */
  readonly calls: readonly string[];
  /** Instead of serving the call. */
  readonly answer?: Answer;
  /** Virtual ns that the thread waits before the call is served, and after it has answered. */
  readonly delayEnter: number;
  readonly delayExit: number;
  readonly when: When;
  /** In the condition language; calls for which it does not hold are not counted. */
  readonly condition?: string;
}

/** Which calls, counted from 1 on for each thread and system call. `last` may be Infinity. */
export interface When {
  readonly first: number;
  readonly last: number;
  readonly step: number;
}

export interface InjectionProblem {
  /** In the list. */
  readonly index: number;
  readonly message: string;
}

interface Armed extends FaultInjection {
  readonly program: Program | undefined;
  /** By who serves the call, and its name. */
  readonly plans: ReadonlyMap<ProviderServices, ReadonlyMap<string, Injection>>;
}

/** One system call of a thread: where it is made, and how many instructions the thread has retired before. */
interface Position {
  readonly rip: number;
  readonly instructions: number;
}

/** An answer that somebody has asked for at a system call that is about to be made. */
interface Asked extends Position {
  readonly result: bigint;
}

interface Taken extends Position {
  readonly injection: Injection | undefined;
}

export interface InjectionRecords {
  /** How often calls have come: by thread, then by call and text. */
  readonly counts: Map<number, Map<string, number>>;
  readonly asked: Map<number, Asked>;
  /** By thread: what its last call got. The same call may be entered again, when its provider has failed. */
  readonly taken: Map<number, Taken>;
}

/** An expression cannot be; the message is for the person who wrote it. */
class InjectionError extends Error {
  override readonly name = 'InjectionError';
}

export class Injections {
  private armed: readonly Armed[] = [];
  private state: InjectionRecords = { counts: new Map(), asked: new Map(), taken: new Map() };

  /** Whether there is anything to inject. */
  get active(): boolean {
    return this.armed.length > 0 || this.state.asked.size > 0;
  }

  get list(): readonly string[] {
    return this.armed.map(({ text }) => text);
  }

  /** Replaces all of them if there is no problem with any; with `onlyCheck` not even then. */
  set(
    list: readonly FaultInjection[],
    services: readonly ProviderServices[],
    vocabulary: Vocabulary,
    onlyCheck = false,
  ): InjectionProblem[] {
    const problems: InjectionProblem[] = [];
    const armed: Armed[] = [];
    for (const [index, injection] of list.entries()) {
      try {
        armed.push(arm(injection, services, vocabulary));
      } catch (error) {
        if (!(error instanceof InjectionError || error instanceof ConditionError)) throw error;
        problems.push({ index, message: error.message });
      }
    }
    if (problems.length > 0 || onlyCheck) return problems;
    this.armed = armed;
    this.state.taken.clear();
    return problems;
  }

  /** Their providers have other calls or errors now. Answers with those that are no longer possible, which are dropped. */
  rearm(services: readonly ProviderServices[], vocabulary: Vocabulary): string[] {
    const list = this.armed;
    const problems = this.set(list, services, vocabulary);
    if (problems.length === 0) return [];
    const impossible = new Set(problems.map(({ index }) => index));
    this.set(
      list.filter((_, index) => !impossible.has(index)),
      services,
      vocabulary,
    );
    return problems.map(({ index, message }) => `${list[index].text}: ${message}`);
  }

  /** What `call`, which `thread` is about to make at `rip`, gets; where several of the list apply the last one counts. */
  take(
    thread: Thread,
    rip: number,
    call: DescribedCall,
    services: ProviderServices,
    situation: () => Situation,
  ): Injection | undefined {
    const asked = this.askedOf(thread, rip);
    const before = this.state.taken.get(thread.id);
    const listed =
      before && isAt(before, thread, rip) ? before.injection : this.takeListed(thread, call, services, situation);
    const injection = asked === undefined ? listed : { delayEnter: 0, delayExit: 0, ...listed, result: asked };
    this.state.asked.delete(thread.id);
    this.state.taken.set(thread.id, { rip, instructions: thread.instructions, injection });
    return injection;
  }

  private takeListed(
    thread: Thread,
    call: DescribedCall,
    services: ProviderServices,
    situation: () => Situation,
  ): Injection | undefined {
    let taken: Injection | undefined;
    for (const { plans, program, text, when } of this.armed) {
      const plan = plans.get(services)?.get(call.name);
      if (!plan || (program && !isTrue(program(situation())))) continue;
      if (!counts(when, this.count(thread, `${call.number} ${text}`))) continue;
      taken = {
        result: plan.result ?? taken?.result,
        delayEnter: plan.delayEnter || (taken?.delayEnter ?? 0),
        delayExit: plan.delayExit || (taken?.delayExit ?? 0),
      };
    }
    return taken;
  }

  /** Has the call that `thread` is about to make at `rip` answered with `result`; undefined: served after all. */
  ask(thread: Thread, rip: number, result: bigint | undefined): void {
    if (result === undefined) this.state.asked.delete(thread.id);
    else this.state.asked.set(thread.id, { rip, instructions: thread.instructions, result });
  }

  /** What {@link ask} was given for the call at which the thread stands. */
  askedOf(thread: Thread, rip: number): bigint | undefined {
    const asked = this.state.asked.get(thread.id);
    return asked && isAt(asked, thread, rip) ? asked.result : undefined;
  }

  forget(thread: Thread): void {
    this.state.counts.delete(thread.id);
    this.state.asked.delete(thread.id);
    this.state.taken.delete(thread.id);
  }

  records(): InjectionRecords {
    return clone(this.state);
  }

  restore(records: InjectionRecords): void {
    this.state = clone(records);
  }

  private count(thread: Thread, key: string): number {
    let counters = this.state.counts.get(thread.id);
    if (!counters) this.state.counts.set(thread.id, (counters = new Map<string, number>()));
    const count = (counters.get(key) ?? 0) + 1;
    counters.set(key, count);
    return count;
  }
}

/** ` (INJECTED)` and ` (DELAYED)`, as strace(1) marks calls that were tampered with. */
export function injectionMarks(injection: Injection | undefined): string {
  if (!injection) return '';
  const delayed = injection.delayEnter > 0 || injection.delayExit > 0;
  return `${injection.result === undefined ? '' : ' (INJECTED)'}${delayed ? ' (DELAYED)' : ''}`;
}

/** RAX that `answer` stands for. A sentence if the call cannot answer so. */
export function resultOf(
  answer: Answer,
  call: Pick<SystemCallDescription, 'name' | 'isOneWay'> | undefined,
  services: ProviderServices,
): { result: bigint } | { error: string } {
  if (call?.isOneWay) return { error: `${call.name} does not return to its caller, so it cannot be given a result` };
  if ('value' in answer) return { result: BigInt.asUintN(64, answer.value) };
  const found = services.errors.find(({ name }) => name === answer.error);
  if (found) return { result: BigInt.asUintN(64, BigInt(found.result)) };
  return { error: `${call?.name ?? 'this call'} does not answer with errors called '${answer.error}'` };
}

function isAt(position: Position, thread: Thread, rip: number): boolean {
  return position.rip === rip && position.instructions === thread.instructions;
}

function counts({ first, last, step }: When, count: number): boolean {
  return count >= first && count <= last && (count - first) % step === 0;
}

function arm(injection: FaultInjection, services: readonly ProviderServices[], vocabulary: Vocabulary): Armed {
  const { calls, condition } = injection;
  const all = calls.includes('*');
  const plans = new Map<ProviderServices, Map<string, Injection>>();
  const missing = new Set(calls);
  missing.delete('*');
  let problem: string | undefined;
  for (const each of services) {
    const plan = new Map<string, Injection>();
    for (const call of each.systemCalls) {
      const named = missing.delete(call.name) || calls.includes(call.name);
      if (!named && !all) continue;
      const planned = planOf(injection, call, each);
      if ('error' in planned) problem ??= planned.error;
      // Of all calls those are meant for which it makes sense; a call that is named should be told why not.
      if ('error' in planned && named) throw new InjectionError(planned.error);
      if (!('error' in planned)) plan.set(call.name, planned);
    }
    plans.set(each, plan);
  }
  for (const name of missing) throw new InjectionError(`there is no system call '${name}'`);
  if ([...plans.values()].every(plan => plan.size === 0)) throw new InjectionError(problem ?? 'there is no such call');
  return { ...injection, plans, program: condition?.trim() ? compileCondition(condition, vocabulary) : undefined };
}

function planOf(
  { answer, delayEnter, delayExit }: FaultInjection,
  call: SystemCallDescription,
  services: ProviderServices,
): Injection | { error: string } {
  const answered = answer && resultOf(answer, call, services);
  if (answered && 'error' in answered) return answered;
  return { result: answered?.result, delayEnter, delayExit };
}
