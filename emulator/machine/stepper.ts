/** Steps of one thread: one instruction, over a call, out of a function, back to user mode. Other threads run meanwhile. */

import { RSP } from '../cpu/registers.ts';
import { Decoder } from '../cpu/decode/decoder.ts';
import { trapFrame } from '../kernel/ke/context.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { TrapFrame } from '../kernel/ps/pico.ts';
import { getProcess } from '../kernel/ps/process.ts';
import type { Thread } from '../kernel/ps/thread.ts';
import type { StepKind } from './face.ts';
import { processMemory } from './processMemory.ts';
import { walkStack } from './stack.ts';

interface Step {
  readonly thread: number;
  readonly process: number;
  /** Instructions the thread had retired when the step began. */
  readonly begun: number;
  /** Run freely until the thread comes here with its stack at least this high; otherwise one instruction. */
  readonly until: { readonly address: number; readonly rsp: number } | undefined;
}

export class Stepper {
  private step: Step | undefined;
  private readonly kernel: Kernel;
  private readonly changed: () => void;
  private readonly decoder = new Decoder();

  constructor(kernel: Kernel, changed: () => void) {
    this.kernel = kernel;
    this.changed = changed;
  }

  begin(thread: Thread, kind: StepKind): void {
    const frame = trapFrame(this.kernel, thread);
    this.step = {
      thread: thread.id,
      process: thread.process,
      // Back in user mode it is done with the instructions that it has.
      begun: kind === 'return' ? thread.instructions - 1 : thread.instructions,
      until: kind === 'over' ? this.afterCall(thread, frame) : kind === 'out' ? this.caller(thread, frame) : undefined,
    };
    this.changed();
  }

  cancel(): void {
    if (!this.step) return;
    this.step = undefined;
    this.changed();
  }

  addresses(process: number): number[] {
    return this.step?.until && this.step.process === process ? [this.step.until.address] : [];
  }

  instructionLimit(thread: Thread): number {
    return this.step?.thread === thread.id && !this.step.until ? 1 : Infinity;
  }

  /** The thread has run its one instruction, and the system call it may have made has answered. */
  isDone(thread: Thread): boolean {
    const { step } = this;
    if (!step || step.thread !== thread.id || step.until) return false;
    return thread.instructions > step.begun && thread.state === 'running' && !thread.inSystemCall;
  }

  /** The thread is where the step was to run to. */
  reached(thread: Thread, frame: TrapFrame): boolean {
    const { step } = this;
    if (!step?.until || step.thread !== thread.id || thread.instructions === step.begun) return false;
    return frame.rip === step.until.address && frame.number(RSP) >= step.until.rsp;
  }

  threadEnded(thread: Thread): void {
    if (this.step?.thread === thread.id) this.cancel();
  }

  /** Behind the call that the thread stands on; undefined if it stands on something else. */
  private afterCall(thread: Thread, frame: TrapFrame): Step['until'] {
    const bytes = new Uint8Array(15);
    const memory = processMemory(this.kernel, getProcess(this.kernel, thread.process));
    const length = memory.peek(frame.rip, bytes);
    this.decoder.open(bytes.subarray(0, length));
    if (!this.decoder.next() || this.decoder.encoding?.mnemonic !== 'call') return undefined;
    return { address: frame.rip + this.decoder.position, rsp: frame.number(RSP) };
  }

  /** Where the present function returns to; undefined if that is not known. */
  private caller(thread: Thread, frame: TrapFrame): Step['until'] {
    const memory = processMemory(this.kernel, getProcess(this.kernel, thread.process));
    const caller = walkStack(memory, frame, 2)[1];
    return caller && { address: caller.rip, rsp: frame.number(RSP) + 8 };
  }
}
