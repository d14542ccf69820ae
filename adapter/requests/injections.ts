/** Fault injection: what the launch asks for, what is changed while the program runs, and the answer of one pending call. */

import type { Debuggee, Program } from '../debuggee.ts';
import { badInjection, noResultInjected } from '../errors.ts';
import { InjectionSyntaxError, parseAnswer, parseInjections } from '../injections.ts';
import type { MachineClient } from '../machine/client.ts';
import type { Answer, FaultInjection, InjectionProblem, PendingCall } from '../../emulator/index.ts';
import type { Arguments, Body } from '../protocol.ts';

/** Replaces what is injected. Answers with the problems, if there are any; then nothing has changed. */
export async function setInjections(machine: MachineClient, texts: readonly string[]): Promise<InjectionProblem[]> {
  const { injections, problems } = await parse(machine, texts);
  return problems.length > 0 ? problems : machine.setInjections(injections);
}

async function parse(
  machine: MachineClient,
  texts: readonly string[],
): Promise<{ injections: FaultInjection[]; problems: InjectionProblem[] }> {
  const [calls, errors] = await Promise.all([machine.systemCalls(), machine.errors()]);
  return parseInjections(texts, { calls, errors });
}

export async function replaceInjections(
  debuggee: Debuggee,
  { inject }: Arguments<'pico/setInjections'>,
): Promise<Body<'pico/setInjections'>> {
  const { machine } = debuggee.needProgram('pico/setInjections');
  const [problem] = await setInjections(machine, inject);
  if (problem) throw badInjection(problem.index, problem.message);
  return { inject: await machine.injections() };
}

export async function checkInjections(
  debuggee: Debuggee,
  { inject }: Arguments<'pico/checkInjections'>,
): Promise<Body<'pico/checkInjections'>> {
  const { machine } = debuggee.needProgram('pico/checkInjections');
  const { injections, problems } = await parse(machine, inject);
  return { problems: problems.length > 0 ? problems : await machine.checkInjections(injections) };
}

export async function injections(debuggee: Debuggee): Promise<Body<'pico/injections'>> {
  return { inject: await debuggee.needProgram('pico/injections').machine.injections() };
}

export async function errors(debuggee: Debuggee, { threadId }: Arguments<'pico/errors'>): Promise<Body<'pico/errors'>> {
  const { machine } = debuggee.needProgram('pico/errors');
  return { errors: await machine.errors(threadId === undefined ? undefined : await processOf(machine, threadId)) };
}

export async function systemCall(
  debuggee: Debuggee,
  { threadId }: Arguments<'pico/systemCall'>,
): Promise<Body<'pico/systemCall'>> {
  const { machine, providers } = debuggee.needProgram('pico/systemCall');
  const call = debuggee.stop && !providers.held ? await machine.pendingCall(threadId) : undefined;
  return call ? { systemCall: call } : {};
}

export async function injectResult(
  debuggee: Debuggee,
  { threadId, error, value }: Arguments<'pico/injectResult'>,
): Promise<Body<'pico/injectResult'>> {
  const program = debuggee.needProgram('pico/injectResult');
  const text = error ?? value;
  if (error !== undefined && value !== undefined) throw noResultInjected('a call has one result: an error or a value');
  return { systemCall: await answerPendingCall(debuggee, program, threadId, text) };
}

/** `text` is an error's name or a number; without it the call is served after all. */
export async function answerPendingCall(
  debuggee: Debuggee,
  { machine, providers }: Program,
  thread: number,
  text: string | undefined,
): Promise<PendingCall> {
  debuggee.needStop('pico/injectResult');
  if (providers.held) throw noResultInjected('the provider is serving the call already');
  const answer = text === undefined ? undefined : await answerOf(machine, thread, text);
  const pending = await machine.answerCall(thread, answer);
  if ('error' in pending) throw noResultInjected(pending.error);
  // What is shown beside the instruction has changed.
  debuggee.afterResponse(() => debuggee.send('invalidated', { areas: ['variables'], threadId: thread }));
  return pending;
}

async function answerOf(machine: MachineClient, thread: number, text: string): Promise<Answer> {
  const names = await machine.errors(await processOf(machine, thread));
  try {
    return parseAnswer(text, names);
  } catch (problem) {
    if (problem instanceof InjectionSyntaxError) throw noResultInjected(problem.message);
    throw problem;
  }
}

/** 0, which no process is, if there is no such thread. */
async function processOf(machine: MachineClient, thread: number): Promise<number> {
  const owner = (await machine.processes()).find(({ threads }) => threads.some(({ id }) => id === thread));
  return owner?.id ?? 0;
}
