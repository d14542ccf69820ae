/** The dispatcher: chooses threads, runs them, and serves what they leave user mode for. */

import { assert } from '../../base/assert.ts';
import type { Exit } from '../../cpu/exits.ts';
import { dispatchInjectedCall, injectedCall } from '../dbgk/injection.ts';
import type { Kernel } from '../kernel.ts';
import type { ExceptionRecord, TrapFrame } from '../ps/pico.ts';
import { getProcess } from '../ps/process.ts';
import { getThread } from '../ps/thread.ts';
import type { Thread } from '../ps/thread.ts';
import { account, accountSystemCalls } from './account.ts';
import { deliverKernelApcs, deliverUserApcs } from './apcDelivery.ts';
import { scanReadyQueues } from './balance.ts';
import { DPC_WATCHDOG_VIOLATION, bugCheck } from './bugCheck.ts';
import { loadContext } from './context.ts';
import { debugException } from './debugRegisters.ts';
import { QUANTUM, endQuantum } from './priority.ts';
import { highestReady, readyThread, takeReady } from './ready.ts';
import { nextClockTick, updateSystemTime } from './sharedUserData.ts';
import { expireTimers, nextDue } from './timer.ts';
import { dispatchException, dispatchSystemCall, enterSystemCall, exceptionOfFault } from './trap.ts';

/**
 * - `budget`: the instructions are used up. `stopped`: the debug port asked for it.
 * - `asleep`: every thread waits, some of them for timers, and the machine keeps time.
 * - `idle`: every thread waits for something outside the machine. `ended`: there is no thread, or a bug check has
 *   stopped the machine.
 */
export type DispatcherResult = 'budget' | 'stopped' | 'asleep' | 'idle' | 'ended';

/** Runs threads for about `budget` instructions (exactly, unless a stop comes first). */
export function dispatchThreads(kernel: Kernel, budget: number): DispatcherResult {
  const { state } = kernel;
  const end = state.instructions + budget;
  let turns = 0;
  let position = state.instructions + state.time;
  while (state.instructions < end) {
    if (state.instructions + state.time !== position) {
      position = state.instructions + state.time;
      turns = 0;
    } else if (++turns > MOST_TURNS) reportStandstill(kernel);
    if (kernel.debugPort?.stopRequested) return 'stopped';
    if (state.bugCheck) return 'ended';
    const due = nextDue(kernel);
    if (due <= state.time) expireTimers(kernel);
    updateSystemTime(kernel);
    if (state.readySummary !== 0) scanReadyQueues(kernel);
    const thread = chooseThread(kernel);
    if (!thread) {
      if (!hasLiveThread(kernel)) return 'ended';
      if (due === Infinity) return 'idle';
      if (kernel.keepsTime) return 'asleep';
      state.time = Math.max(state.time, due);
      continue;
    }
    const next = Math.min(due, nextClockTick(kernel));
    if (runThread(kernel, thread, end, Math.max(state.time + 1, next))) return 'stopped';
  }
  return 'budget';
}

/** Time passes while the machine is `asleep`: so many ns, or to the next timer. */
export function sleep(kernel: Kernel, time: number): void {
  const { state } = kernel;
  state.time = Math.max(state.time, Math.min(state.time + time, nextDue(kernel)));
}

/** More than any number of threads needs to find that none of them can run. */
const MOST_TURNS = 1_000_000;

/** What would hold the processor for ever in Windows' kernel, too: a thread that is served again and again. */
function reportStandstill(kernel: Kernel): void {
  const { state } = kernel;
  const thread = state.threads.get(state.current) ?? [...state.threads.values()][0];
  const why = `thread ${thread.id} of ${getProcess(kernel, thread.process).name} is served again and again, and gets nowhere`;
  bugCheck(kernel, DPC_WATCHDOG_VIOLATION, thread, why);
}

/** Threads that have ended may still be looked at through handles. */
function hasLiveThread(kernel: Kernel): boolean {
  for (const thread of kernel.state.threads.values()) if (thread.state !== 'terminated') return true;
  return false;
}

/**
 * The running thread while its quantum lasts and none of higher priority is ready, else the first of the highest. A
 * preempted thread comes first among its equals and keeps its quantum; one at the end of its quantum comes last.
 */
function chooseThread(kernel: Kernel): Thread | undefined {
  const { state } = kernel;
  const current = state.threads.get(state.current);
  const highest = highestReady(kernel);
  if (current?.state === 'running') {
    const ended = current.quantum <= 0;
    if (ended) endQuantum(current);
    if (highest < current.priority || (highest === current.priority && !ended)) return current;
    readyThread(kernel, current, !ended);
  }
  if (highest < 0) {
    state.current = 0;
    return undefined;
  }
  const next = getThread(kernel, takeReady(kernel, highest));
  state.current = next.id;
  next.state = 'running';
  if (next.quantum <= 0) next.quantum = QUANTUM;
  return next;
}

/**
 * Runs the thread to a number of instructions or a time at the most, until it leaves user mode for more than a system
 * call. True: stop.
 */
function runThread(kernel: Kernel, thread: Thread, end: number, until: number): boolean {
  const { state } = kernel;
  const port = kernel.debugPort;
  if (thread.kernelApcs.length) {
    deliverKernelApcs(kernel, thread);
    if (thread.state !== 'running') return false;
  }
  const frame = loadContext(kernel, thread);
  if (thread.inSystemCall) {
    if (serveSystemCall(kernel, thread, frame)) return true;
    if (thread.state !== 'running' || thread.inSystemCall) return false;
    if (port?.instructionsDone(thread)) return true;
  }
  if (thread.userApcPending) {
    const names = deliverUserApcs(kernel, thread, frame);
    if (!names) return false;
    if (names.length && port?.apcDelivered(thread, names)) return true;
    // One of them may have suspended the thread.
    if (thread.kernelApcs.length) return false;
  }
  const { nextDue: due } = kernel;
  for (;;) {
    const left = Math.min(end - state.instructions, until - state.time, thread.quantum);
    const limit = port ? Math.min(left, port.instructionLimit(thread)) : left;
    let exit = runProcessor(kernel, thread, limit, false);
    if (exit.kind === 'breakpoint') {
      if (port?.breakpoint(thread, frame)) return true;
      exit = runProcessor(kernel, thread, limit, true);
      if (exit.kind === 'breakpoint') return false;
    }
    if (serveExit(kernel, thread, frame, exit) || port?.instructionsDone(thread)) return true;
    if (exit.kind !== 'systemCall' || kernel.nextDue !== due || !goesOn(kernel, thread, end, until)) return false;
  }
}

/** Whether the dispatcher would choose the thread again after a system call, and would find nothing else to do. */
function goesOn(kernel: Kernel, thread: Thread, end: number, until: number): boolean {
  const { state, loaded, debugPort } = kernel;
  if (thread.state !== 'running' || state.current !== thread.id || loaded?.thread !== thread) return false;
  if (thread.inSystemCall || thread.userApcPending || thread.kernelApcs.length > 0) return false;
  if (state.readySummary !== 0 && (state.time >= state.nextScan || highestReady(kernel) > thread.priority))
    return false;
  return (
    state.instructions < end && state.time < until && thread.quantum > 0 && !state.bugCheck && !debugPort?.stopRequested
  );
}

function runProcessor(kernel: Kernel, thread: Thread, budget: number, skipBreakpoint: boolean): Exit {
  const space = kernel.spaces.get(thread.process);
  assert(space, `process ${thread.process} has no address space`);
  const { processor } = kernel;
  processor.timestamp = kernel.state.time;
  const exit = processor.run(space, budget, skipBreakpoint);
  account(kernel, thread, processor.retired);
  return exit;
}

/** True: stop. */
function serveExit(kernel: Kernel, thread: Thread, frame: TrapFrame, exit: Exit): boolean {
  const port = kernel.debugPort;
  switch (exit.kind) {
    case 'systemCall':
      if (port?.wantsSystemCalls) {
        if (port.systemCallEntry(thread, frame)) return true;
        const injection = port.inject(thread, frame);
        if (injection) thread.injected = injectedCall(injection);
      }
      enterSystemCall(frame);
      account(kernel, thread, 1);
      accountSystemCalls(kernel, thread, 1);
      return serveSystemCall(kernel, thread, frame);
    case 'fault':
      return raise(kernel, thread, frame, exceptionOfFault(kernel, thread, frame, exit));
    case 'watchpoint':
      return raise(kernel, thread, frame, debugException(thread, exit, frame.rip));
    default:
      return false;
  }
}

/** True: stop. */
function raise(kernel: Kernel, thread: Thread, frame: TrapFrame, record: ExceptionRecord | undefined): boolean {
  if (!record) return false;
  if (kernel.debugPort?.exception(record, thread, frame)) return true;
  dispatchException(kernel, thread, frame, record);
  return false;
}

/** True: stop. */
function serveSystemCall(kernel: Kernel, thread: Thread, frame: TrapFrame): boolean {
  if (thread.injected) dispatchInjectedCall(kernel, thread, frame, thread.injected);
  else dispatchSystemCall(kernel, thread, frame);
  if (thread.state === 'waiting' || thread.state === 'terminated') {
    if (kernel.state.current === thread.id) kernel.state.current = 0;
    return false;
  }
  if (thread.inSystemCall) return false; // its wait ended at once: the call starts again
  const port = kernel.debugPort;
  if (port?.providerHasFailed) return true;
  const stops = (port?.wantsSystemCalls && port.systemCallExit(thread, frame)) ?? false;
  if (thread.injected) thread.injected = undefined;
  return stops;
}
