/**
 * A row says everything about a system call: number, name, typed arguments, body, and how far it goes. Dispatch, traces,
 * values for breakpoint conditions and the list of support all come from the rows.
 */

import { ARGUMENT_REGISTERS } from '../../../api/convention.ts';
import { UNANSWERED } from '../../../api/define.ts';
import { R10, R8, R9, RDI, RDX, RSI } from '../../../cpu/registers.ts';
import type { Handler } from '../../../kernel/ps/pico.ts';
import { ENOSYS } from '../abi/errno.ts';
import type { Task } from '../task.ts';
import type { Argument } from './arguments.ts';

export { ARGUMENT_REGISTERS, UNANSWERED };

export interface Row {
  readonly number: number;
  readonly name: string;
  readonly arguments: readonly Argument<unknown>[];
  readonly support: 'full' | 'partial' | 'missing';
  /** What is not there, or why; empty for full support. */
  readonly note: string;
  /** Every program tries it and does without: nobody is told that it is missing. */
  readonly expected?: boolean;
  /** It does not come back with an answer. */
  readonly isOneWay?: boolean;
  /** Fetches the arguments and runs the body: an answer for RAX, a negative error number, or UNANSWERED. */
  readonly invoke: (task: Task) => number;
  /** What serves the call, for debuggers that step into it; calls that always fail have none. */
  readonly body?: Handler;
}

type Values<Arguments extends readonly Argument<unknown>[]> = {
  -readonly [Index in keyof Arguments]: Arguments[Index] extends Argument<infer Value> ? Value : never;
};

/** A system call that does what its manual page says. */
export function call<const Arguments extends readonly Argument<unknown>[]>(
  number: number,
  name: string,
  parameters: Arguments,
  body: (task: Task, ...values: Values<Arguments>) => number,
): Row {
  const untyped = body as (task: Task, ...values: unknown[]) => number;
  return { number, name, arguments: parameters, support: 'full', note: '', invoke: bind(parameters, untyped), body };
}

/** A system call that works for most callers; `note` says what it does not do. */
export function partly(row: Row, note: string): Row {
  return { ...row, support: 'partial', note };
}

/** A system call that ends the thread or replaces its registers. */
export function oneWay(row: Row): Row {
  return { ...row, isOneWay: true };
}

/** A system call that always fails, by default with ENOSYS; `note` says why. */
export function missing(number: number, name: string, note: string, error = ENOSYS): Row {
  return { number, name, arguments: [], support: 'missing', note, invoke: () => -error };
}

/** A missing call that libraries try at every start and do without. */
export function expected(row: Row): Row {
  return { ...row, expected: true };
}

/** The same row with another body; it is called with the row's own, which calls that always fail have too. */
export function withBody(
  row: Row,
  make: (own: (task: Task, ...values: unknown[]) => number) => (task: Task, ...values: unknown[]) => number,
  shown: Handler,
): Row {
  const own = (row.body as ((task: Task, ...values: unknown[]) => number) | undefined) ?? row.invoke;
  return { ...row, support: 'full', note: '', invoke: bind(row.arguments, make(own)), body: shown };
}

/** One closure for each count of arguments, so that a call makes no arrays. */
function bind(
  parameters: readonly Argument<unknown>[],
  body: (task: Task, ...values: unknown[]) => number,
): Row['invoke'] {
  const invoke = bindUnchecked(parameters, body);
  if (!parameters.some(parameter => parameter.mayRefuse)) return invoke;
  const guarded = (task: Task, ...values: unknown[]): number =>
    task.refusal === 0 ? body(task, ...values) : task.refusal;
  return bindUnchecked(parameters, guarded);
}

function bindUnchecked(
  parameters: readonly Argument<unknown>[],
  body: (task: Task, ...values: unknown[]) => number,
): Row['invoke'] {
  const [a, b, c, d, e, f] = parameters;
  switch (parameters.length) {
    case 0:
      return task => body(task);
    case 1:
      return task => body(task, a.decode(task, RDI));
    case 2:
      return task => body(task, a.decode(task, RDI), b.decode(task, RSI));
    case 3:
      return task => body(task, a.decode(task, RDI), b.decode(task, RSI), c.decode(task, RDX));
    case 4:
      return task => body(task, a.decode(task, RDI), b.decode(task, RSI), c.decode(task, RDX), d.decode(task, R10));
    case 5:
      return task =>
        body(
          task,
          a.decode(task, RDI),
          b.decode(task, RSI),
          c.decode(task, RDX),
          d.decode(task, R10),
          e.decode(task, R8),
        );
    default:
      return task =>
        body(
          task,
          a.decode(task, RDI),
          b.decode(task, RSI),
          c.decode(task, RDX),
          d.decode(task, R10),
          e.decode(task, R8),
          f.decode(task, R9),
        );
  }
}
