/**
 * The debug port: whom the kernel tells what happens. A call that returns true asks to stop; the dispatcher then leaves
 * before it goes on. Without a port nothing of this costs anything.
 */

import type { BugCheck } from '../ke/bugCheck.ts';
import type { ExceptionRecord, TrapFrame } from '../ps/pico.ts';
import type { Process } from '../ps/process.ts';
import type { ProviderFailure } from '../ps/providerFailure.ts';
import type { Thread } from '../ps/thread.ts';
import type { Injection } from './injection.ts';

export interface DebugPort {
  /** System calls are to be reported. */
  readonly wantsSystemCalls: boolean;
  /** Run no more than this many instructions of the thread before {@link instructionsDone}. */
  instructionLimit(thread: Thread): number;
  /** RIP is on the `syscall` instruction; nothing has happened. */
  systemCallEntry(thread: Thread, frame: TrapFrame): boolean;
  /** The call of the instruction that RIP is on is about to be served: what is to become of it instead, if anything. */
  inject(thread: Thread, frame: TrapFrame): Injection | undefined;
  /** The answer is in RAX; RIP is where the thread goes on. */
  systemCallExit(thread: Thread, frame: TrapFrame): boolean;
  /**
   * Before anybody in the machine hears of it; a page fault only when the memory manager does not serve it. This port
   * is outside the machine: it looks and may stop, and takes no part in who handles an exception. Inside, the order is
   * Windows': the pico provider is asked first, before kernel debugger and user mode (KiDispatchException).
   */
  exception(record: ExceptionRecord, thread: Thread, frame: TrapFrame): boolean;
  /** RIP is on an instruction with a breakpoint; false runs it. */
  breakpoint(thread: Thread, frame: TrapFrame): boolean;
  /** The thread has retired as many instructions as {@link instructionLimit} allowed. */
  instructionsDone(thread: Thread): boolean;
  /** A user APC routine has sent the thread elsewhere; it says what for, such as `SIGCHLD`. */
  apcDelivered(thread: Thread, names: readonly string[]): boolean;
  /** Something about the process that its user should know; with `once` a sentence is said only the first time. */
  report(process: Process, sentence: string, once?: boolean): void;
  /**
   * Code of a provider has thrown; what it served is undone and starts again when the machine goes on. Asks to stop.
   * `thread` is undefined where no thread is to blame.
   */
  providerFailed(failure: ProviderFailure, thread: Thread | undefined): void;
  /** It has, since the machine went on. */
  readonly providerHasFailed: boolean;
  /** The machine stands still from now on. */
  bugCheck(check: BugCheck, thread: Thread): void;
  processCreated(process: Process): void;
  /** All threads have ended; the process's records are still there. */
  processExited(process: Process): void;
  /** The process runs another program now (`ps/image.ts`). */
  imageReplaced(process: Process): void;
  threadCreated(thread: Thread): void;
  threadExited(thread: Thread): void;
  /** Something outside, or one of the reports above, asks to stop before anything else runs. */
  readonly stopRequested: boolean;
}
