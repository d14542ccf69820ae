/** Scopes, variables and expressions of providers' code, while V8 holds the thread in it. */

import * as path from 'node:path';
import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import type { Debuggee, Program } from './debuggee.ts';
import { notStopped, providerRefused, readOnlyVariable } from './errors.ts';
import type { Evaluated } from './provider/inspector.ts';
import type { ProviderDebugger, ProviderFrame } from './provider/providerDebugger.ts';
import type { Shown } from './provider/values.ts';
import { containerReference, type Container, type Page } from './containers.ts';

/** What unfolds: an object of V8's, or a scope, whose variables are set in another way. */
export type RemoteContainer = Extract<Container, { kind: 'remote' }>;

/** The global object has nothing of the provider's. */
const SCOPE_NAMES: Readonly<Record<string, string>> = {
  local: 'Locals',
  block: 'Block',
  closure: 'Closure',
  catch: 'Exception',
};

/** What the build calls the function that a file becomes in a script of many. */
const MODULE = 'module';

/** A file of a provider, or of the emulator itself, as the client shows it. */
export function providerSource(file: string, isInternal: boolean): Dap.Source {
  const source = { path: file, name: path.basename(file) };
  if (isInternal) return { ...source, origin: 'pico emulator', presentationHint: 'deemphasize' };
  return { ...source, origin: 'pico provider' };
}

export function providerScopes(debuggee: Debuggee, { call, script }: ProviderFrame): Dap.Scope[] {
  const outermost = call.scopeChain.map(({ type }) => type).lastIndexOf('closure');
  const scopes = call.scopeChain.flatMap(({ type, object, name: owner }, number): Dap.Scope[] => {
    // A script of many files is a function around their functions, and has nothing of its own.
    const isFile = script.isMixed ? type === 'closure' && owner === MODULE : number === outermost;
    const name = isFile ? 'Module' : SCOPE_NAMES[type];
    if (name === undefined || object.objectId === undefined || (script.isMixed && number === outermost)) return [];
    const container: RemoteContainer = {
      kind: 'remote',
      object: object.objectId,
      scope: { frame: call.callFrameId, number },
    };
    return [
      {
        name,
        ...(type === 'local' ? { presentationHint: 'locals' } : {}),
        variablesReference: containerReference(debuggee, container),
        expensive: type === 'closure',
      },
    ];
  });
  const { objectId, className } = call.this;
  // Plain functions have the global object.
  if (objectId === undefined || className === 'global') return scopes;
  const container: RemoteContainer = { kind: 'remote', object: objectId };
  return [...scopes, { name: 'this', variablesReference: containerReference(debuggee, container), expensive: true }];
}

export async function remoteChildren(
  debuggee: Debuggee,
  program: Program,
  container: RemoteContainer,
  page: Page,
): Promise<Dap.Variable[]> {
  const held = needHeld(program);
  const children = await held.children(container.object, page, container.scope?.frame);
  return children.map(({ name, shown }) => ({
    name,
    value: shown.value,
    ...typed(debuggee, shown),
    // Variables of a scope can be watched; members would need the way to them.
    ...(container.scope ? { evaluateName: name } : {}),
  }));
}

/** What a value is, and how it unfolds. */
function typed(
  debuggee: Debuggee,
  { type, objectId, indexed }: Shown,
): Pick<Dap.Variable, 'type' | 'variablesReference' | 'indexedVariables'> {
  return {
    type,
    variablesReference: objectId ? containerReference(debuggee, { kind: 'remote', object: objectId, indexed }) : 0,
    ...(indexed === undefined ? {} : { indexedVariables: indexed }),
  };
}

export async function setRemote(
  _debuggee: Debuggee,
  program: Program,
  { object, scope }: RemoteContainer,
  name: string,
  text: string,
): Promise<void> {
  const held = needHeld(program);
  const frame = held.frames.find(({ call }) => call.callFrameId === scope?.frame) ?? held.frames[0];
  const value = valueOf(await held.evaluate(frame, `(${text})`, false));
  const problem = await held.assign({ object, scope, name, value: value.result });
  if (problem !== undefined) throw readOnlyVariable(name);
}

export async function evaluateInProvider(
  debuggee: Debuggee,
  program: Program,
  frame: ProviderFrame,
  expression: string,
  context: string | undefined,
): Promise<Dap.EvaluateResponse['body']> {
  const held = needHeld(program);
  const quiet = context === 'hover';
  const shown = held.show(valueOf(await held.evaluate(frame, expression, quiet)).result);
  return { result: shown.value, ...typed(debuggee, shown) };
}

function valueOf(evaluated: Evaluated): Evaluated {
  const { exceptionDetails } = evaluated;
  if (!exceptionDetails) return evaluated;
  const { exception, text } = exceptionDetails;
  throw providerRefused((exception?.description ?? text).split('\n', 1)[0]);
}

function needHeld({ providers }: Program): ProviderDebugger {
  const { held } = providers;
  if (!held) throw notStopped('variables');
  return held;
}
