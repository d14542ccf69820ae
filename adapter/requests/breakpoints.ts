/** Requests that set breakpoints, of all four kinds. */

import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import type { RequestedBreakpoint } from '../breakpoints.ts';
import type { Debuggee } from '../debuggee.ts';
import { unknownSource } from '../errors.ts';
import type { Body } from '../protocol.ts';

export async function setBreakpoints(
  debuggee: Debuggee,
  { source, breakpoints = [] }: Dap.SetBreakpointsArguments,
): Promise<Body<'setBreakpoints'>> {
  const requested = breakpoints.map(
    ({ line, condition, hitCondition, logMessage }): RequestedBreakpoint => ({
      origin: { kind: 'source', source, line: debuggee.lineFromClient(line) },
      condition,
      hitCondition,
      logMessage,
    }),
  );
  const group = `source ${source.path ?? source.sourceReference ?? source.name ?? ''}`;
  const set = await debuggee.breakpoints.replace(group, requested);
  return { breakpoints: set.map(breakpoint => debuggee.breakpointToClient(breakpoint)) };
}

export async function setFunctionBreakpoints(
  debuggee: Debuggee,
  { breakpoints }: Dap.SetFunctionBreakpointsArguments,
): Promise<Body<'setFunctionBreakpoints'>> {
  const requested = breakpoints.map(
    ({ name, condition, hitCondition }): RequestedBreakpoint => ({
      origin: { kind: 'function', name },
      condition,
      hitCondition,
    }),
  );
  return { breakpoints: await debuggee.breakpoints.replace('functions', requested) };
}

export async function setInstructionBreakpoints(
  debuggee: Debuggee,
  { breakpoints }: Dap.SetInstructionBreakpointsArguments,
): Promise<Body<'setInstructionBreakpoints'>> {
  const requested = breakpoints.map(
    ({ instructionReference, offset = 0, condition, hitCondition }): RequestedBreakpoint => ({
      origin: { kind: 'instruction', reference: instructionReference, offset },
      condition,
      hitCondition,
    }),
  );
  return { breakpoints: await debuggee.breakpoints.replace('instructions', requested) };
}

/** VS Code sends a filter with a condition in `filterOptions` only, one without in `filters` only. */
export async function setExceptionBreakpoints(
  debuggee: Debuggee,
  { filters, filterOptions = [] }: Dap.SetExceptionBreakpointsArguments,
): Promise<Body<'setExceptionBreakpoints'>> {
  const requested: RequestedBreakpoint[] = [
    ...filters.map(filter => ({ origin: { kind: 'filter' as const, filter } })),
    ...filterOptions.map(({ filterId, condition }) => ({
      origin: { kind: 'filter' as const, filter: filterId },
      condition,
    })),
  ];
  return { breakpoints: await debuggee.breakpoints.replace('filters', requested) };
}

export async function breakpointLocations(
  debuggee: Debuggee,
  { source, line, endLine = line }: Dap.BreakpointLocationsArguments,
): Promise<Body<'breakpointLocations'>> {
  const providers = debuggee.program?.providers;
  if (providers?.isProviderFile(source.path)) {
    const lines = (await providers.load())?.sources.linesWithCode(source.path) ?? [];
    const [low, high] = [debuggee.lineFromClient(line), debuggee.lineFromClient(endLine)];
    const inside = lines.filter(each => each >= low && each <= high);
    return { breakpoints: inside.map(each => ({ line: debuggee.lineToClient(each) })) };
  }
  const document = await debuggee.program?.documents.find(source);
  if (!document) throw unknownSource(source.name ?? source.path ?? '');
  const first = debuggee.lineFromClient(line);
  const last = debuggee.lineFromClient(endLine);
  const lines = [...document.lines.values()].filter(each => each >= first && each <= last);
  return { breakpoints: lines.map(each => ({ line: debuggee.lineToClient(each) })) };
}
