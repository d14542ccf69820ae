/** The requests this adapter serves, by name, with what they carry both ways. */

import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import type { CustomRequests } from './customRequests.ts';

/** What a client sends as `request` and gets as `response`, without the envelopes. */
interface Exchange<Arguments, Body> {
  readonly arguments: Arguments;
  readonly body: Body;
}

type Served<Request extends { arguments?: unknown }, Response extends { body?: unknown }> = Exchange<
  NonNullable<Request['arguments']>,
  Response['body']
>;

export interface StandardRequests {
  initialize: Served<Dap.InitializeRequest, Dap.InitializeResponse>;
  launch: Exchange<Readonly<Record<string, unknown>>, undefined>;
  attach: Exchange<Readonly<Record<string, unknown>>, undefined>;
  configurationDone: Exchange<Dap.ConfigurationDoneArguments, undefined>;
  restart: Exchange<Dap.RestartArguments, undefined>;
  disconnect: Exchange<Dap.DisconnectArguments, undefined>;
  terminate: Exchange<Dap.TerminateArguments, undefined>;
  cancel: Exchange<Dap.CancelArguments, undefined>;
  setBreakpoints: Served<Dap.SetBreakpointsRequest, Dap.SetBreakpointsResponse>;
  setFunctionBreakpoints: Served<Dap.SetFunctionBreakpointsRequest, Dap.SetFunctionBreakpointsResponse>;
  setInstructionBreakpoints: Served<Dap.SetInstructionBreakpointsRequest, Dap.SetInstructionBreakpointsResponse>;
  setExceptionBreakpoints: Served<Dap.SetExceptionBreakpointsRequest, Dap.SetExceptionBreakpointsResponse>;
  breakpointLocations: Served<Dap.BreakpointLocationsRequest, Dap.BreakpointLocationsResponse>;
  threads: Exchange<object, Dap.ThreadsResponse['body']>;
  terminateThreads: Exchange<Dap.TerminateThreadsArguments, undefined>;
  stackTrace: Served<Dap.StackTraceRequest, Dap.StackTraceResponse>;
  scopes: Served<Dap.ScopesRequest, Dap.ScopesResponse>;
  variables: Served<Dap.VariablesRequest, Dap.VariablesResponse>;
  setVariable: Served<Dap.SetVariableRequest, Dap.SetVariableResponse>;
  evaluate: Served<Dap.EvaluateRequest, Dap.EvaluateResponse>;
  setExpression: Served<Dap.SetExpressionRequest, Dap.SetExpressionResponse>;
  completions: Served<Dap.CompletionsRequest, Dap.CompletionsResponse>;
  continue: Served<Dap.ContinueRequest, Dap.ContinueResponse>;
  next: Exchange<Dap.NextArguments, undefined>;
  stepIn: Exchange<Dap.StepInArguments, undefined>;
  stepOut: Exchange<Dap.StepOutArguments, undefined>;
  pause: Exchange<Dap.PauseArguments, undefined>;
  restartFrame: Exchange<Dap.RestartFrameArguments, undefined>;
  stepInTargets: Served<Dap.StepInTargetsRequest, Dap.StepInTargetsResponse>;
  gotoTargets: Served<Dap.GotoTargetsRequest, Dap.GotoTargetsResponse>;
  goto: Exchange<Dap.GotoArguments, undefined>;
  exceptionInfo: Served<Dap.ExceptionInfoRequest, Dap.ExceptionInfoResponse>;
  readMemory: Served<Dap.ReadMemoryRequest, Dap.ReadMemoryResponse>;
  writeMemory: Served<Dap.WriteMemoryRequest, Dap.WriteMemoryResponse>;
  disassemble: Served<Dap.DisassembleRequest, Dap.DisassembleResponse>;
  source: Served<Dap.SourceRequest, Dap.SourceResponse>;
  loadedSources: Served<Dap.LoadedSourcesRequest, Dap.LoadedSourcesResponse>;
  modules: Served<Dap.ModulesRequest, Dap.ModulesResponse>;
}

export type Requests = StandardRequests & CustomRequests;
export type Command = keyof Requests;
export type Arguments<Name extends Command> = Requests[Name]['arguments'];
export type Body<Name extends Command> = Requests[Name]['body'];
