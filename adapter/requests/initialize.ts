/** What this adapter can do. Nothing is declared that no handler serves; a test compares the two. */

import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import type { Debuggee } from '../debuggee.ts';
import { initializedTwice } from '../errors.ts';
import { declaredFilters } from '../filters.ts';
import type { Body } from '../protocol.ts';

export const CAPABILITIES: Dap.Capabilities = {
  supportsConfigurationDoneRequest: true,
  supportsFunctionBreakpoints: true,
  supportsConditionalBreakpoints: true,
  supportsHitConditionalBreakpoints: true,
  supportsLogPoints: true,
  supportsInstructionBreakpoints: true,
  supportsBreakpointLocationsRequest: true,
  exceptionBreakpointFilters: declaredFilters(),
  supportsExceptionFilterOptions: true,
  supportsExceptionInfoRequest: true,
  supportsDelayedStackTraceLoading: true,
  supportsSteppingGranularity: true,
  supportsStepInTargetsRequest: true,
  supportsRestartFrame: true,
  supportsGotoTargetsRequest: true,
  supportsEvaluateForHovers: true,
  supportsClipboardContext: true,
  supportsSetVariable: true,
  supportsSetExpression: true,
  supportsCompletionsRequest: true,
  completionTriggerCharacters: ['$', '%', ':'],
  supportsReadMemoryRequest: true,
  supportsWriteMemoryRequest: true,
  supportsDisassembleRequest: true,
  supportsLoadedSourcesRequest: true,
  supportsModulesRequest: true,
  supportsRestartRequest: true,
  supportsTerminateRequest: true,
  supportTerminateDebuggee: true,
  supportsTerminateThreadsRequest: true,
  supportsCancelRequest: true,
};

export function initialize(debuggee: Debuggee, client: Dap.InitializeRequestArguments): Body<'initialize'> {
  if (debuggee.phase !== 'new') throw initializedTwice();
  debuggee.phase = 'initialized';
  debuggee.firstLine = client.linesStartAt1 === false ? 0 : 1;
  debuggee.firstColumn = client.columnsStartAt1 === false ? 0 : 1;
  debuggee.hasTerminals = client.supportsRunInTerminalRequest === true;
  return CAPABILITIES;
}
