/** Why the machine stopped, in DAP's words and in ours. */

import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import type { Stop, StopReason } from '../emulator/index.ts';
import type { Origin, SetBreakpoint } from './breakpoints.ts';

interface Wording {
  /** Of DAP's where it has one that fits: clients act on some of them. */
  readonly reason: string;
  readonly description: string;
}

const WORDINGS: Readonly<Record<StopReason, Wording>> = {
  entry: { reason: 'entry', description: 'Paused at the entry point' },
  step: { reason: 'step', description: 'Paused after a step' },
  breakpoint: { reason: 'breakpoint', description: 'Paused on a breakpoint' },
  systemCall: { reason: 'system call', description: 'Paused on a system call' },
  exception: { reason: 'exception', description: 'Paused on an exception' },
  signal: { reason: 'exception', description: 'Paused on a signal' },
  event: { reason: 'event', description: 'Paused on an event' },
  pause: { reason: 'pause', description: 'Paused' },
};

const BREAKPOINT_REASONS: Readonly<Record<Origin['kind'], string | undefined>> = {
  source: 'breakpoint',
  function: 'function breakpoint',
  // VS Code opens its disassembly view for this one.
  instruction: 'instruction breakpoint',
  filter: undefined,
};

/** The body of the `stopped` event for a stop at which `hits` were hit. */
export function stoppedBody(stop: Stop, hits: readonly SetBreakpoint[]): Dap.StoppedEvent['body'] {
  const wording = WORDINGS[stop.reason];
  const byUser = hits.map(({ requested }) => BREAKPOINT_REASONS[requested.origin.kind]).find(reason => reason);
  const telling = TELLING.has(stop.reason) && stop.text !== '';
  return {
    reason: wording.reason === 'exception' ? wording.reason : (byUser ?? wording.reason),
    // VS Code shows the description above the call stack, the text only as its tooltip.
    description: telling ? stop.text : wording.description,
    text: telling ? stop.text : undefined,
    threadId: stop.thread,
    allThreadsStopped: true,
    ...(hits.length > 0 ? { hitBreakpointIds: hits.map(({ id }) => id) } : {}),
  };
}

/** Reasons whose text says more than the description does. */
const TELLING: ReadonlySet<StopReason> = new Set<StopReason>(['systemCall', 'exception', 'signal', 'event']);
