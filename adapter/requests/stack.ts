/** The call stack of a thread, the scopes of a frame, and the exception a thread stands at. */

import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import type { GuestFrame } from '../../emulator/index.ts';
import type { Debuggee, Program } from '../debuggee.ts';
import { sourceOf } from '../documents.ts';
import { noException, unknownFrame, unknownThread } from '../errors.ts';
import { type Frame, frameKey } from '../frames.ts';
import { hex, memoryReference } from '../memoryReferences.ts';
import type { Body } from '../protocol.ts';
import { KERNEL_THREAD } from './threads.ts';
import { providerScopes, providerSource } from '../providerValues.ts';
import { containerReference } from '../containers.ts';

const MOST_FRAMES = 1000;

/**
 * VS Code asks for one frame at each stop and for the rest a moment later, so the first is the guest's own: a label
 * there would have no source to show. The label of the process ends the stack.
 */
export async function stackTrace(
  debuggee: Debuggee,
  { threadId, startFrame = 0, levels = 0 }: Dap.StackTraceArguments,
): Promise<Body<'stackTrace'>> {
  const program = debuggee.needProgram('stackTrace');
  const end = levels > 0 ? Math.min(startFrame + levels, MOST_FRAMES) : MOST_FRAMES;
  const above = providerFrames(debuggee, program, threadId);
  if (threadId === KERNEL_THREAD && above.length > 0)
    return { stackFrames: above.slice(startFrame, end), totalFrames: above.length };
  const guest = await program.machine.stack(threadId, Math.max(1, end - above.length));
  if (guest.length === 0) throw unknownThread(threadId);
  const owner = await ownerOf(program, threadId);
  if (!owner) throw unknownThread(threadId);
  const stackFrames = above.slice(startFrame, end);
  const known = above.length + guest.length;
  const first = Math.max(0, startFrame - above.length);
  const shown = guest.slice(first, Math.max(0, end - above.length));
  stackFrames.push(
    ...(await Promise.all(
      shown.map((frame, index) => guestFrame(debuggee, program, owner.id, threadId, first + index, frame)),
    )),
  );
  // Fewer than asked for: these are all.
  const complete = known < end || end === MOST_FRAMES;
  // The label has the place behind the last frame, and is asked for once like any other.
  if (complete && startFrame <= known)
    stackFrames.push(labelFrame(debuggee, `${owner.kind} process ${owner.id} · user mode`, guest.length));
  return complete ? { stackFrames, totalFrames: known + 1 } : { stackFrames };
}

/** Frames of the provider's code that serves the thread, above the kernel's door. */
function providerFrames(debuggee: Debuggee, { providers }: Program, thread: number): Dap.StackFrame[] {
  const { held } = providers;
  if (!held || debuggee.stop?.thread !== thread) return [];
  const frames = held.frames.map((frame): Dap.StackFrame => {
    const { name, place, script } = frame;
    const isInternal = script.kind(place.path) === 'internal';
    return {
      id: debuggee.providerFrames.reference(frame),
      name,
      line: debuggee.lineToClient(place.line),
      column: place.column - 1 + debuggee.firstColumn,
      source: providerSource(place.path, isInternal),
      ...(isInternal ? { presentationHint: 'subtle' } : {}),
    };
  });
  return [...frames, labelFrame(debuggee, 'kernel · provider dispatch', -1)];
}

async function ownerOf(program: Program, thread: number) {
  return (await program.machine.processes()).find(process => process.threads.some(({ id }) => id === thread));
}

async function guestFrame(
  debuggee: Debuggee,
  program: Program,
  process: number,
  thread: number,
  level: number,
  guest: GuestFrame,
): Promise<Dap.StackFrame> {
  const id = debuggee.frames.reference(frameKey(thread, level), { process, thread, level, guest });
  const [symbol, place, module] = await Promise.all([
    program.symbols.at(process, guest.rip),
    program.documents.at(process, guest.rip),
    program.symbols.moduleAt(process, guest.rip),
  ]);
  return {
    id,
    name: symbol?.name ?? hex(guest.rip),
    line: place ? debuggee.lineToClient(place.line) : 0,
    column: place ? debuggee.firstColumn : 0,
    instructionPointerReference: memoryReference(process, guest.rip),
    ...(place ? { source: sourceOf(place.document) } : {}),
    ...(module ? { moduleId: memoryReference(process, module.base) } : {}),
  };
}

function labelFrame(debuggee: Debuggee, name: string, level: number): Dap.StackFrame {
  const id = debuggee.frames.reference(`label ${name} ${level}`, undefined);
  return { id, name, line: 0, column: 0, presentationHint: 'label' };
}

/** The outer frames of a stack have only what unwinding tells. */
export async function scopes(debuggee: Debuggee, { frameId }: Dap.ScopesArguments): Promise<Body<'scopes'>> {
  const program = debuggee.needProgram('scopes');
  const inProvider = debuggee.providerFrames.get(frameId);
  if (inProvider) return { scopes: providerScopes(debuggee, inProvider) };
  if (!debuggee.frames.has(frameId)) throw unknownFrame(frameId);
  const frame = debuggee.frames.get(frameId);
  if (!frame) return { scopes: [] };
  const shown = frame.level === 0 ? SCOPES : SCOPES.slice(0, 1);
  const registers = shown.map(({ name, kind, expensive }) => ({
    name,
    presentationHint: 'registers',
    variablesReference: containerReference(debuggee, { kind, frame }),
    expensive,
  }));
  return { scopes: [...registers, ...(frame.level === 0 ? await blockScopes(debuggee, program, frame) : [])] };
}

/** TEB and PEB of a traditional thread. */
async function blockScopes(debuggee: Debuggee, program: Program, { process, thread }: Frame): Promise<Dap.Scope[]> {
  const titles = new Set((await program.machine.structures(process)).map(({ title }) => title));
  return [
    { name: 'TEB', title: `TEB (thread ${thread})` },
    { name: 'PEB', title: 'PEB' },
  ]
    .filter(({ title }) => titles.has(title))
    .map(({ name, title }) => ({
      name,
      variablesReference: containerReference(debuggee, { kind: 'structure', process, title }),
      expensive: true,
    }));
}

/** `expensive` keeps a scope folded until it is opened. */
const SCOPES = [
  { name: 'Registers', kind: 'general', expensive: false },
  { name: 'Flags', kind: 'flags', expensive: true },
  { name: 'Segment bases', kind: 'segments', expensive: true },
  { name: 'SSE', kind: 'sse', expensive: true },
  { name: 'x87', kind: 'x87', expensive: true },
] as const;

const WAY_ON = 'Mend the file and save it, then continue: a call that failed is undone, and runs again.';

export function exceptionInfo(debuggee: Debuggee, { threadId }: Dap.ExceptionInfoArguments): Body<'exceptionInfo'> {
  const stop = debuggee.needStop('exceptionInfo');
  const { exception } = stop;
  if (stop.thread !== threadId || (stop.reason !== 'exception' && stop.reason !== 'signal')) {
    throw noException(threadId);
  }
  if (!exception) return { exceptionId: stop.reason, description: stop.text, breakMode: 'always' };
  if (exception.trace !== undefined) {
    return {
      exceptionId: 'provider',
      description: `The provider failed: ${exception.description}\n${WAY_ON}`,
      breakMode: 'userUnhandled',
      details: { message: exception.description, typeName: 'provider failure', stackTrace: exception.trace },
    };
  }
  return {
    exceptionId: exception.meaning ? `${exception.vector} (${exception.meaning})` : exception.vector,
    description: exception.description,
    breakMode: 'always',
    details: {
      typeName: exception.vector,
      fullTypeName: `${exception.vector}, NTSTATUS 0x${(exception.code >>> 0).toString(16).padStart(8, '0')}`,
      message: exception.description,
      evaluateName: hex(exception.address),
    },
  };
}
