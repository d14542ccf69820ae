/**
 * Expressions of fault injection, in the grammar of strace(1)'s `--inject` as far as it makes sense here:
 *
 *     SET[:error=NAME|:retval=VALUE][:delay=TIME][:delay_enter=TIME][:delay_exit=TIME][:when=FIRST[..LAST][+[STEP]]][:if=CONDITION]
 *
 * SET is names of system calls with commas between them, or `*` or `all`. TIME is virtual time of the machine: a number
 * with ns, us, ms or s, microseconds without. `delay` is `delay_enter`. A condition, in the language of breakpoints, comes last.
 */

import type {
  Answer,
  ErrorDescription,
  FaultInjection,
  InjectionProblem,
  SystemCallDescription,
  When,
} from '../emulator/index.ts';
import { closest } from './closest.ts';

/** Names that may occur. */
export interface InjectionNames {
  readonly calls: readonly Pick<SystemCallDescription, 'name'>[];
  readonly errors: readonly Pick<ErrorDescription, 'name'>[];
}

/** The message is for the person who wrote the expression. */
export class InjectionSyntaxError extends Error {
  override readonly name = 'InjectionSyntaxError';
}

type Draft = { -readonly [Name in keyof FaultInjection]: FaultInjection[Name] };

type Part = (draft: Draft, value: string, names: InjectionNames) => void;

const PARTS: Readonly<Record<string, Part>> = {
  error: (draft, value, { errors }) => setAnswer(draft, { error: known('error', value, errors) }),
  retval: (draft, value) => setAnswer(draft, { value: parseInteger(value) }),
  delay: (draft, value) => void (draft.delayEnter = parseTime(value)),
  delay_enter: (draft, value) => void (draft.delayEnter = parseTime(value)),
  delay_exit: (draft, value) => void (draft.delayExit = parseTime(value)),
  when: (draft, value) => void (draft.when = parseWhen(value)),
};

const PART_NAMES = [...Object.keys(PARTS), 'if'];
const CONDITION = ':if=';
const ALWAYS: When = { first: 1, last: Number.POSITIVE_INFINITY, step: 1 };

/** The whole list of a launch or a command: those that can be read, and what is wrong with the others. */
export function parseInjections(
  texts: readonly string[],
  names: InjectionNames,
): { injections: FaultInjection[]; problems: InjectionProblem[] } {
  const injections: FaultInjection[] = [];
  const problems: InjectionProblem[] = [];
  for (const [index, text] of texts.entries()) {
    try {
      injections.push(parseInjection(text, names));
    } catch (error) {
      if (!(error instanceof InjectionSyntaxError)) throw error;
      problems.push({ index, message: error.message });
    }
  }
  return { injections, problems };
}

/** Throws {@link InjectionSyntaxError}. What only the machine knows, such as conditions, it checks itself. */
export function parseInjection(text: string, names: InjectionNames): FaultInjection {
  const split = text.indexOf(CONDITION);
  const [set, ...parts] = (split < 0 ? text : text.slice(0, split)).split(':').map(part => part.trim());
  const draft: Draft = { text, calls: parseSet(set, names), delayEnter: 0, delayExit: 0, when: ALWAYS };
  if (split >= 0) draft.condition = text.slice(split + CONDITION.length);
  const seen = new Set<string>();
  for (const part of parts) {
    const [, name, value] = /^([^=]*)=(.*)$/s.exec(part) ?? [undefined, part, ''];
    if (!Object.hasOwn(PARTS, name)) throw unknown(`'${name}' is none of ${PART_NAMES.join(', ')}`, name, PART_NAMES);
    if (seen.has(name)) throw new InjectionSyntaxError(`'${name}=' is there twice`);
    seen.add(name);
    PARTS[name](draft, value.trim(), names);
  }
  if (!draft.answer && draft.delayEnter === 0 && draft.delayExit === 0)
    throw new InjectionSyntaxError('nothing is injected; add :error=NAME, :retval=VALUE or :delay=TIME');
  return draft;
}

/** An answer as a person names it: an error of the provider, or a number for RAX. Throws {@link InjectionSyntaxError}. */
export function parseAnswer(text: string, errors: InjectionNames['errors']): Answer {
  return INTEGER.test(text) ? { value: parseInteger(text) } : { error: known('error', text, errors) };
}

function parseSet(set: string, { calls }: InjectionNames): string[] {
  if (set === '') throw new InjectionSyntaxError('name a system call, such as openat:error=ENOENT');
  return set
    .split(',')
    .map(name => name.trim())
    .map(name => (name === '*' || name === 'all' ? '*' : known('system call', name, calls)));
}

function setAnswer(draft: Draft, answer: Answer): void {
  if (draft.answer) throw new InjectionSyntaxError("a call has one result: 'error=' or 'retval='");
  draft.answer = answer;
}

const INTEGER = /^(-?)(0x[0-9a-f]+|\d+)$/i;
const LARGEST = 2n ** 64n;
const SMALLEST = -(2n ** 63n);

function parseInteger(text: string): bigint {
  const [, sign, digits] = INTEGER.exec(text) ?? [];
  if (digits === undefined) throw new InjectionSyntaxError(`'${text}' is not a whole number`);
  const value = sign ? -BigInt(digits) : BigInt(digits);
  if (value >= LARGEST || value < SMALLEST) throw new InjectionSyntaxError(`'${text}' does not fit into 64 bits`);
  return value;
}

const NANOSECONDS: Readonly<Record<string, number>> = { ns: 1, us: 1000, ms: 1_000_000, s: 1_000_000_000 };
/** A year; what lies beyond is a slip, and does not end in anybody's lifetime. */
const LONGEST_DELAY = 366 * 86_400 * NANOSECONDS.s;

/** Nanoseconds. */
function parseTime(text: string): number {
  const [, number, unit = 'us'] = /^(\d+(?:\.\d+)?)\s*(ns|us|ms|s)?$/.exec(text) ?? [];
  const time = Math.round(Number(number) * NANOSECONDS[unit]);
  if (number === undefined) throw new InjectionSyntaxError(`'${text}' is not a time; write 500us, 10ms or 2s`);
  if (time > LONGEST_DELAY) throw new InjectionSyntaxError(`'${text}' is more than a year`);
  return time;
}

function parseWhen(text: string): When {
  const [, first, last, plus, step] = /^(\d+)(?:\.\.(\d+))?(\+(\d+)?)?$/.exec(text) ?? [];
  const when = {
    first: Number(first),
    last: last === undefined ? (plus ? Number.POSITIVE_INFINITY : Number(first)) : Number(last),
    step: step === undefined ? 1 : Number(step),
  };
  if (first === undefined || when.first < 1 || when.last < when.first || when.step < 1)
    throw new InjectionSyntaxError(`'${text}' does not say which calls; write 3, 3+, 3+2, 3..8 or 3..8+2`);
  return when;
}

function known(what: string, name: string, list: readonly { readonly name: string }[]): string {
  const names = list.map(each => each.name);
  if (!names.includes(name)) throw unknown(`there is no ${what} '${name}'`, name, names);
  return name;
}

function unknown(problem: string, name: string, names: readonly string[]): InjectionSyntaxError {
  const meant = closest(name, names);
  return new InjectionSyntaxError(meant === undefined ? problem : `${problem}; did you mean '${meant}'?`);
}
