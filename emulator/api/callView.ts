/** One system call as the handler that serves it sees it. */

import type { TrapFrame } from '../kernel/ps/pico.ts';
import type { Thread } from '../kernel/ps/thread.ts';
import { viewRegisters } from './registersView.ts';
import type { Answer, PicoProcess, PicoThread, Registers, SystemCall, WaitOptions, WaitOutcome } from './published.ts';

/** What a call is served with. */
export interface CallParts<State, Kernel> {
  readonly number: number;
  readonly name: string;
  readonly thread: Thread;
  readonly frame: TrapFrame;
  readonly processView: PicoProcess;
  readonly threadView: PicoThread;
  readonly kernel: Kernel;
  readonly state: State;
  /** How the provider's calls wait. */
  readonly wait: (events: readonly number[], options: WaitOptions) => Answer;
}

export class CallView<State, Kernel> implements SystemCall<State, Kernel> {
  readonly number: number;
  readonly name: string;
  readonly process: PicoProcess;
  readonly thread: PicoThread;
  readonly kernel: Kernel;
  readonly state: State;
  readonly outcome: WaitOutcome | undefined;
  readonly registers: Registers;
  readonly #wait: CallParts<State, Kernel>['wait'];

  constructor(parts: CallParts<State, Kernel>) {
    this.number = parts.number;
    this.name = parts.name;
    this.process = parts.processView;
    this.thread = parts.threadView;
    this.kernel = parts.kernel;
    this.state = parts.state;
    this.outcome = outcomeOf(parts.thread);
    this.registers = viewRegisters(() => parts.frame);
    this.#wait = parts.wait;
  }

  wait(events: readonly number[], options: WaitOptions = {}): Answer {
    return this.#wait(events, options);
  }
}

function outcomeOf({ outcome }: Thread): WaitOutcome | undefined {
  switch (outcome?.kind) {
    case 'object':
      return { kind: 'event', index: outcome.object };
    case 'timeout':
      return { kind: 'timeout' };
    case 'alerted':
    case 'userApc':
      return { kind: 'alerted' };
    default:
      return undefined;
  }
}
