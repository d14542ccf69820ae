/** What is declared is served, and what is served is declared. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CAPABILITIES } from '../../adapter/requests/initialize.ts';
import { HANDLERS } from '../../adapter/session.ts';

/** Capabilities that stand for requests. */
const REQUESTS: Readonly<Record<string, readonly string[]>> = {
  supportsConfigurationDoneRequest: ['configurationDone'],
  supportsFunctionBreakpoints: ['setFunctionBreakpoints'],
  supportsInstructionBreakpoints: ['setInstructionBreakpoints'],
  supportsDataBreakpoints: ['dataBreakpointInfo', 'setDataBreakpoints'],
  supportsBreakpointLocationsRequest: ['breakpointLocations'],
  exceptionBreakpointFilters: ['setExceptionBreakpoints'],
  supportsExceptionInfoRequest: ['exceptionInfo'],
  supportsGotoTargetsRequest: ['gotoTargets', 'goto'],
  supportsStepInTargetsRequest: ['stepInTargets'],
  supportsStepBack: ['stepBack', 'reverseContinue'],
  supportsRestartFrame: ['restartFrame'],
  supportsSetVariable: ['setVariable'],
  supportsSetExpression: ['setExpression'],
  supportsCompletionsRequest: ['completions'],
  supportsReadMemoryRequest: ['readMemory'],
  supportsWriteMemoryRequest: ['writeMemory'],
  supportsDisassembleRequest: ['disassemble'],
  supportsLoadedSourcesRequest: ['loadedSources'],
  supportsModulesRequest: ['modules'],
  supportsRestartRequest: ['restart'],
  supportsTerminateRequest: ['terminate'],
  supportsTerminateThreadsRequest: ['terminateThreads'],
};

/** Requests that every adapter has. `cancel` is the session's own. */
const ALWAYS = [
  'initialize',
  'launch',
  'attach',
  'disconnect',
  'setBreakpoints',
  'threads',
  'stackTrace',
  'scopes',
  'variables',
  'evaluate',
  'continue',
  'next',
  'stepIn',
  'stepOut',
  'pause',
  'source',
];

/** Each is a way of serving other requests and has a test of its own. */
const MANNERS = [
  'supportsConditionalBreakpoints',
  'supportsHitConditionalBreakpoints',
  'supportsLogPoints',
  'supportsExceptionFilterOptions',
  'supportsEvaluateForHovers',
  'supportsClipboardContext',
  'supportsSteppingGranularity',
  'supportsDelayedStackTraceLoading',
  'completionTriggerCharacters',
  'supportTerminateDebuggee',
  'supportsCancelRequest',
];

test('every declared capability has its handlers', () => {
  for (const name of Object.keys(CAPABILITIES)) {
    if (MANNERS.includes(name)) continue;
    assert.ok(name in REQUESTS, `${name} is not in this test's table`);
    for (const command of REQUESTS[name]) assert.ok(command in HANDLERS, `${name} promises ${command}`);
  }
});

test('every handler is declared', () => {
  const declared = Object.keys(CAPABILITIES).flatMap(name => REQUESTS[name] ?? []);
  for (const command of Object.keys(HANDLERS)) {
    const expected = command.startsWith('pico/') || ALWAYS.includes(command) || declared.includes(command);
    assert.ok(expected, `${command} is served but not declared`);
  }
});

test('filters have different names and conditions', () => {
  const filters = CAPABILITIES.exceptionBreakpointFilters ?? [];
  assert.equal(new Set(filters.map(({ filter }) => filter)).size, filters.length);
  assert.deepEqual(
    filters.filter(
      ({ supportsCondition, conditionDescription }) => supportsCondition !== (conditionDescription !== undefined),
    ),
    [],
  );
});
