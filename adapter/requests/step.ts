/** Running and stepping. Every line of an assembly document is one instruction, so all granularities are one. */

import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import type { Debuggee, Step } from '../debuggee.ts';
import { noInstructionAtLine, unknownSource, unknownTarget } from '../errors.ts';
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

export function stepIn(debuggee: Debuggee, { threadId }: Dap.StepInArguments): undefined {
  takeStep(debuggee, 'stepIn', threadId, 'in');
}

export function stepOut(debuggee: Debuggee, { threadId }: Dap.StepOutArguments): undefined {
  takeStep(debuggee, 'stepOut', threadId, 'out');
}

function takeStep(debuggee: Debuggee, command: string, thread: number, kind: Step['kind']): void {
  const program = debuggee.needProgram(command);
  debuggee.needStop(command);
  debuggee.resume(program, { thread, kind });
}

/** The machine answers with a stop of its own. */
export async function pause(debuggee: Debuggee): Promise<undefined> {
  const program = debuggee.needProgram('pause');
  if (debuggee.phase === 'running') await program.machine.pause();
}

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
