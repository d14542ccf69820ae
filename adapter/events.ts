/** The events this adapter sends, by name, with their bodies. */

import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import type { CustomEvents } from './customRequests.ts';

export interface Events extends CustomEvents {
  initialized: undefined;
  stopped: Dap.StoppedEvent['body'];
  exited: Dap.ExitedEvent['body'];
  terminated: Dap.TerminatedEvent['body'];
  thread: Dap.ThreadEvent['body'];
  process: Dap.ProcessEvent['body'];
  output: Dap.OutputEvent['body'];
  breakpoint: Dap.BreakpointEvent['body'];
  loadedSource: Dap.LoadedSourceEvent['body'];
  memory: Dap.MemoryEvent['body'];
  invalidated: Dap.InvalidatedEvent['body'];
}

export type SendEvent = <Name extends keyof Events>(event: Name, body: Events[Name]) => void;
