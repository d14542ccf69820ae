/** What a process has said about a signal (sigaction(2)). */

import { SIG_DFL, SIG_IGN, SIGRTMAX, type SignalSet } from '../abi/signal.ts';

export interface SignalAction {
  /** SIG_DFL, SIG_IGN or the address of a handler. */
  handler: number;
  /** SA_* */
  flags: number;
  restorer: number;
  mask: SignalSet;
}

export function defaultActions(): SignalAction[] {
  return Array.from({ length: SIGRTMAX + 1 }, () => ({ handler: SIG_DFL, flags: 0, restorer: 0, mask: 0n }));
}

/** After execve, handled signals are back to their defaults; ignored ones stay ignored (execve(2)). */
export function actionsAfterExec(actions: readonly SignalAction[]): SignalAction[] {
  return defaultActions().map((fresh, signal) =>
    actions[signal].handler === SIG_IGN ? { ...fresh, handler: SIG_IGN } : fresh,
  );
}

/** `struct sigaction` of the system call: handler, flags, restorer, mask. */
export const SIGACTION_SIZE = 32;
