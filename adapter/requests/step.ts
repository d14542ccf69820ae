/** Running and stepping. Every line of an assembly document is one instruction, so all granularities are one. */

import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Debuggee, Program, Step } from '../debuggee.ts';
import { elsewhereHeld, frameCannotRestart, noInstructionAtLine, unknownSource, unknownTarget } from '../errors.ts';
import { hex, memoryReference } from '../memoryReferences.ts';
import type { Body } from '../protocol.ts';
import { assignRegister } from '../assign.ts';

export function continueRequest(debuggee: Debuggee): Body<'continue'> {
  const program = debuggee.needProgram('continue');
  debuggee.needStop('continue');
  debuggee.resume(program);
  return { allThreadsContinued: true };
}

export function next(debuggee: Debuggee, { threadId }: Dap.NextArguments): undefined {
  takeStep(debuggee, 'next', threadId, 'over');
}

/** At a system call or an exception that a provider serves, a step in goes into the provider's code. */
export async function stepIn(debuggee: Debuggee, { threadId, targetId }: Dap.StepInArguments): Promise<undefined> {
  const program = debuggee.needProgram('stepIn');
  debuggee.needStop('stepIn');
  // From inside a provider V8 itself knows the way.
  if (!program.providers.held) {
    const way = STEP_IN_TARGETS.find(({ id }) => id === targetId)?.what ?? (await wayIn(debuggee, program, threadId));
    if (way && way !== 'guest') await (await program.providers.load())?.stopAtHandler(threadId, way);
  }
  takeStep(debuggee, 'stepIn', threadId, 'in');
}

const STEP_IN_TARGETS = [
  { id: 1, what: 'guest', label: 'guest · next instruction' },
  { id: 2, what: 'systemCall', label: 'provider · system call handler' },
  { id: 3, what: 'exception', label: 'provider · exception path' },
] as const;

const SYSCALL = [0x0f, 0x05];

/** What a provider is about to serve for the thread. */
async function wayIn(
  debuggee: Debuggee,
  { machine }: Program,
  thread: number,
): Promise<'systemCall' | 'exception' | undefined> {
  const owner = (await machine.processes()).find(({ threads }) => threads.some(({ id }) => id === thread));
  if (owner?.kind !== 'pico' && owner?.kind !== 'traditional') return undefined;
  if (debuggee.stop?.reason === 'exception' && debuggee.stop.thread === thread)
    return owner.kind === 'pico' ? 'exception' : undefined;
  const [top] = await machine.stack(thread, 1);
  const bytes = top ? await machine.readMemory(owner.id, top.rip, SYSCALL.length) : new Uint8Array();
  return SYSCALL.every((byte, index) => bytes[index] === byte) ? 'systemCall' : undefined;
}

export async function stepInTargets(
  debuggee: Debuggee,
  { frameId }: Dap.StepInTargetsArguments,
): Promise<Body<'stepInTargets'>> {
  const program = debuggee.needProgram('stepInTargets');
  const frame = debuggee.frames.get(frameId);
  const way = frame?.level === 0 ? await wayIn(debuggee, program, frame.thread) : undefined;
  if (!way) return { targets: [] };
  return {
    targets: STEP_IN_TARGETS.filter(({ what }) => what === 'guest' || what === way).map(({ id, label }) => ({
      id,
      label,
    })),
  };
}

/** Only code of providers can go back to its start: what a guest's function has done is done. */
export async function restartFrame(debuggee: Debuggee, { frameId }: Dap.RestartFrameArguments): Promise<undefined> {
  const program = debuggee.needProgram('restartFrame');
  const frame = debuggee.providerFrames.get(frameId);
  const { held } = program.providers;
  if (!frame || !held) throw frameCannotRestart();
  debuggee.phase = 'running';
  debuggee.providerFrames.clear();
  await held.restartFrame(frame);
}

export function stepOut(debuggee: Debuggee, { threadId }: Dap.StepOutArguments): undefined {
  takeStep(debuggee, 'stepOut', threadId, 'out');
}

function takeStep(debuggee: Debuggee, command: string, thread: number, kind: Step['kind']): void {
  const program = debuggee.needProgram(command);
  const stop = debuggee.needStop(command);
  if (program.providers.held && stop.thread !== thread) throw elsewhereHeld(stop.thread);
  debuggee.resume(program, { thread, kind });
}

/** The machine answers with a stop of its own. */
export async function pause(debuggee: Debuggee): Promise<undefined> {
  const program = debuggee.needProgram('pause');
  if (debuggee.phase !== 'running') return;
  const asked = program.machine.pause();
  // Not while a provider's code does not come back: then V8 is asked.
  const answered = await Promise.race([asked.then(() => true), sleep(PATIENCE_MILLISECONDS, false)]);
  if (!answered) await (await program.providers.load())?.pause();
}

const PATIENCE_MILLISECONDS = 400;

export async function gotoTargets(
  debuggee: Debuggee,
  { source, line }: Dap.GotoTargetsArguments,
): Promise<Body<'gotoTargets'>> {
  const document = await debuggee.program?.documents.find(source);
  if (!document) throw unknownSource(source.name ?? source.path ?? '');
  const ours = debuggee.lineFromClient(line);
  const address = document.addresses[ours - 1];
  if (address === undefined) throw noInstructionAtLine(line);
  const reference = memoryReference(document.process, address);
  return {
    targets: [
      {
        id: debuggee.gotoTargets.reference(reference, address),
        label: `Set RIP to ${hex(address)}`,
        line,
        instructionPointerReference: reference,
      },
    ],
  };
}

export async function goto(debuggee: Debuggee, { threadId, targetId }: Dap.GotoArguments): Promise<undefined> {
  const program = debuggee.needProgram('goto');
  const stop = debuggee.needStop('goto');
  const address = debuggee.gotoTargets.get(targetId);
  if (address === undefined) throw unknownTarget(targetId);
  await assignRegister(debuggee, program, threadId, 'rip', BigInt(address));
  // The protocol wants a stop that tells the new place.
  debuggee.afterResponse(() => {
    const moved = { ...stop, reason: 'pause', thread: threadId, breakpoints: [], exception: undefined } as const;
    debuggee.reportStop(moved, { reason: 'goto', threadId, allThreadsStopped: true });
  });
}
