/** What user code enters the kernel for, on its way to the functions that a user wrote. */

import { CallView } from '../../api/callView.ts';
import { ARGUMENT_REGISTERS } from '../../api/convention.ts';
import { UNANSWERED } from '../../api/define.ts';
import { checkAnswer, guarded } from '../../api/guard.ts';
import { ProcessView, ThreadView } from '../../api/kernelView.ts';
import type { PicoKernelView } from '../../api/picoKernelView.ts';
import { viewRegisters } from '../../api/registersView.ts';
import type { Argument, PicoException } from '../../api/published.ts';
import { VECTOR_NAMES } from '../../cpu/exits.ts';
import { RAX } from '../../cpu/registers.ts';
import { waitForObjects } from '../../kernel/ke/wait.ts';
import type { ExceptionRecord, TrapFrame } from '../../kernel/ps/pico.ts';
import type { Thread } from '../../kernel/ps/thread.ts';
import { type Custom, type NamedRow, stateOf } from './instance.ts';

/** What a call that nobody serves answers with. */
const UNKNOWN = -1;
const ACCESS_WORDS: Readonly<Record<number, PicoException['access']>> = { 0: 'read', 1: 'write', 8: 'execute' };

type Call = CallView<unknown, PicoKernelView>;

/** From here a call takes two steps: `serve`, and the handler. */
export function dispatchSystemCall(custom: Custom, thread: Thread, frame: TrapFrame): void {
  const number = frame.low(RAX);
  const found = custom.rows.get(number);
  const name = found?.name ?? `syscall_${number}`;
  const call: Call = new CallView({
    number,
    name,
    thread,
    frame,
    processView: new ProcessView(custom.kernel, thread.process),
    threadView: new ThreadView(custom.kernel, thread.id),
    kernel: custom.view,
    state: stateOf(custom).state,
    wait(events, { until, reason = name }) {
      const due = until === undefined ? {} : { due: until };
      waitForObjects(custom.kernel, thread, { objects: events, alertable: true, reason, ...due });
      return UNANSWERED;
    },
  });
  const answer = checkAnswer(
    name,
    guarded(name, () => serve(custom, call, frame, found)),
  );
  lookAtState(custom, thread, name);
  if (answer === UNANSWERED) return;
  thread.outcome = undefined;
  frame.setNumber(RAX, answer);
}

function serve(custom: Custom, call: Call, frame: TrapFrame, found: NamedRow | undefined): unknown {
  if (found) {
    const { arguments: parameters, handler } = found.row;
    const values = parameters.map((parameter, index) => decode(parameter, call, frame, ARGUMENT_REGISTERS[index]));
    return handler(call, ...(values as never[]));
  }
  const { unknownSystemCall } = custom.definition;
  if (unknownSystemCall) return unknownSystemCall(call);
  const { said } = stateOf(custom);
  if (!said.has(call.number))
    custom.surroundings.log(`${custom.name} has no system call ${call.number}; it answers ${UNKNOWN}.`);
  said.add(call.number);
  return UNKNOWN;
}

function lookAtState(custom: Custom, thread: Thread, call: string): void {
  // The call may have ended its process.
  const process = custom.kernel.state.processes.get(thread.process)?.picoContext;
  const parts = { state: stateOf(custom).state, 'process.state': process, 'thread.state': thread.picoContext };
  custom.watch.look(custom.kernel, thread, call, parts);
}

function decode({ kind }: Argument, call: Call, frame: TrapFrame, register: number): unknown {
  switch (kind) {
    case 'int':
      return frame.low(register);
    case 'unsigned':
      return frame.low(register) >>> 0;
    case 'long':
      return frame.signed(register);
    case 'pointer':
      return frame.number(register);
    case 'text':
      return call.process.memory.readText(frame.number(register));
  }
}

export function dispatchException(
  custom: Custom,
  { exceptionCode, exceptionAddress, exceptionInformation, vector }: ExceptionRecord,
  thread: Thread,
  frame: TrapFrame,
): boolean {
  const handle = custom.definition.dispatchException;
  if (!handle) return false;
  const [access, address] = exceptionInformation;
  const exception: PicoException = {
    code: exceptionCode >>> 0,
    vector: VECTOR_NAMES[vector] ?? `#${vector}`,
    instruction: exceptionAddress,
    address,
    access: ACCESS_WORDS[access],
    registers: viewRegisters(() => frame),
    process: new ProcessView(custom.kernel, thread.process),
    thread: new ThreadView(custom.kernel, thread.id),
    kernel: custom.view,
    state: stateOf(custom).state,
  };
  const handled = guarded('dispatchException', () => handle(exception as never)) === true;
  lookAtState(custom, thread, 'dispatchException');
  return handled;
}
