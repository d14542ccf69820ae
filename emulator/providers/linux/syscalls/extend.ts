/** Extensions: handlers that users wrote in place of the provider's own, which they may call. */

import { CallView } from '../../../api/callView.ts';
import { checkAnswer, guarded } from '../../../api/guard.ts';
import { ProcessView, ServicesView, type Surroundings, ThreadView } from '../../../api/kernelView.ts';
import { StateWatch } from '../../../api/stateWatch.ts';
import type { Answer, DefinedProvider, ExtendedCall } from '../../../api/published.ts';
import type { Kernel } from '../../../kernel/kernel.ts';
import { RAX } from '../../../cpu/registers.ts';
import { block } from '../wait.ts';
import type { Linux } from '../instance.ts';
import type { Task } from '../task.ts';
import { type Row, withBody } from './row.ts';
import { ROWS, TABLE } from './table.ts';

type Definition = NonNullable<DefinedProvider['extension']>;
type Body = (task: Task, ...values: unknown[]) => number;
type Served = (call: ExtendedCall<unknown[]>, ...values: unknown[]) => unknown;

/** What a launch hands over. */
export interface Extending {
  readonly definition: Definition;
  readonly surroundings: (kernel: Kernel) => Surroundings;
}

export interface RunningExtension {
  /** Under which its state is kept in `kernel.state.providers`. */
  readonly name: string;
  readonly services: ServicesView;
  readonly watch: StateWatch;
}

/** In `kernel.state.providers`. */
interface ExtensionState {
  readonly state: unknown;
}

/** A sentence if it cannot be. */
export function startExtension(linux: Linux, extending: Extending): string | undefined {
  const { definition, surroundings } = extending;
  const problem = problemOf(definition);
  if (problem !== undefined) return `The provider's extension cannot be used: ${problem}.`;
  const name = definition.options.name ?? 'linux+';
  const id = linux.kernel.providers.findIndex(provider => provider.name === 'linux');
  linux.extension = { name, services: new ServicesView(surroundings(linux.kernel), () => id), watch: new StateWatch() };
  linux.kernel.state.providers.set(name, {
    state: guarded('state', () => definition.options.state?.()),
  } satisfies ExtensionState);
  linux.table = extendTable(linux, definition);
  return undefined;
}

/** New code from here on; what the extension remembers stays. */
export function replaceExtension(linux: Linux, { extension }: DefinedProvider): string | undefined {
  if (!linux.extension) return 'no extension runs';
  if (!extension) return 'the file defines a provider of its own now; start again for that';
  const problem = problemOf(extension);
  if (problem !== undefined) return problem;
  linux.table = extendTable(linux, extension);
  return undefined;
}

/** A sentence names what is no call, or no handler. */
function problemOf({ calls }: Definition): string | undefined {
  for (const [name, handler] of Object.entries(calls)) {
    if (typeof handler !== 'function') return `${name} is no function`;
    if (!ROWS.some(row => row.name === name)) return `Linux has no system call ${name}`;
  }
  return undefined;
}

function extendTable(linux: Linux, { calls }: Definition): readonly (Row | undefined)[] {
  const table = TABLE.slice();
  for (const row of ROWS) {
    const handler = calls[row.name] as Served | undefined;
    if (handler) table[row.number] = withBody(row, own => serveWith(linux, row, handler, own), handler as never);
  }
  return table;
}

function serveWith(linux: Linux, row: Row, handler: Served, own: Body): Body {
  return (task, ...values) => {
    const call = new ExtendedCallView(linux, row, task, next => own(task, ...(next.length === 0 ? values : next)));
    const answer = checkAnswer(
      row.name,
      guarded(row.name, () => handler(call, ...values)),
    );
    linux.extension?.watch.look(task.kernel, task.thread, row.name, { state: call.state });
    return answer;
  };
}

class ExtendedCallView extends CallView<unknown, ServicesView> implements ExtendedCall<unknown[]> {
  readonly #next: (values: readonly unknown[]) => Answer;

  constructor(linux: Linux, row: Row, task: Task, next: (values: readonly unknown[]) => Answer) {
    const { kernel, thread, frame } = task;
    const { extension } = linux;
    if (!extension) throw new Error('an extended call has an extension');
    super({
      number: frame.low(RAX),
      name: row.name,
      thread,
      frame,
      processView: new ProcessView(kernel, thread.process),
      threadView: new ThreadView(kernel, thread.id),
      kernel: extension.services,
      state: (kernel.state.providers.get(extension.name) as ExtensionState).state,
      wait: (events, { until = -1, reason = row.name }) => block(task, events, reason, until),
    });
    this.#next = next;
  }

  next(...values: unknown[]): Answer {
    return this.#next(values);
  }
}
