/** What stepping into providers costs: those who do it, and those who do not. */

import path from 'node:path';
import { built, ROOT } from './build.ts';
import type { Progress } from './comparison.ts';
import { Session } from './session.ts';
import { duration, figure, median, percentile } from './statistics.ts';
import type { Table } from './table.ts';

const HELLO = path.join(ROOT, 'samples/hello/hello');
const HANDLERS = path.join(ROOT, 'emulator/providers/linux/syscalls/readWrite.ts');
/** No guest here comes by. */
const UNUSED = path.join(ROOT, 'emulator/providers/linux/syscalls/timerFiles.ts');
const ARMINGS = 3;
const CALLS = 400_000;

/** What has happened in a session before its program runs, with no stop on the way. */
const STATES = {
  never: async () => undefined,
  idle: stepIntoProvider,
  armed: (session: Session) => setBreakpoint(session, UNUSED, 1),
} as const;

const WORK: readonly (readonly [title: string, command: readonly string[]])[] = [
  ['integer loop (hash)', [built('hash')]],
  ['recursion (fib)', [built('fib')]],
  ['interpreter (bytecode)', [built('bytecode')]],
  [`${figure(CALLS)} × getppid`, [built('calls'), 'getppid', String(CALLS)]],
];

export async function measureStepping(rounds: number, progress: Progress): Promise<Table[]> {
  return [await measureSpeed(rounds, progress), await measureSteps(rounds, progress)];
}

/** Processor time of the adapter from the program's first instruction to its end. */
async function timeOf(command: readonly string[], prepare: (session: Session, thread: number) => Promise<unknown>) {
  const [program, ...args] = command;
  const session = new Session();
  const threadId = await session.launch(program, ...args);
  await prepare(session, threadId);
  const before = session.processorTime();
  const ended = session.next('terminated');
  await session.request('continue', { threadId });
  await ended;
  const time = session.processorTime() - before;
  await session.close();
  return time;
}

async function measureSpeed(rounds: number, progress: Progress): Promise<Table> {
  const rows: string[][] = [];
  for (const [title, command] of WORK) {
    const plain: number[] = [];
    const idle: number[] = [];
    const armed: number[] = [];
    for (let round = 1; round <= rounds; round++) {
      progress(`round ${round}: ${title} under the debugger`);
      const never = await timeOf(command, STATES.never);
      plain.push(never);
      idle.push((await timeOf(command, STATES.idle)) / never);
      armed.push((await timeOf(command, STATES.armed)) / never);
    }
    rows.push([title, duration(median(plain)), `${figure(median(idle))}×`, `${figure(median(armed))}×`]);
  }
  return {
    title: 'Programs beside steps into providers',
    note: 'Processor time of the adapter while a program runs that never was stepped through; times that in the same round after a step into a provider and back, and with a breakpoint in provider code that is not met. Medians.',
    columns: ['what', 'never', 'after a step', 'with a breakpoint'],
    rows,
  };
}

async function measureSteps(rounds: number, progress: Progress): Promise<Table> {
  const armings: number[] = [];
  const entries: number[] = [];
  const steps: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    progress(`round ${round}: steps into a provider`);
    for (let arming = 0; arming < ARMINGS; arming++) {
      const session = new Session();
      await session.launch(HELLO);
      armings.push(await elapsed(() => setBreakpoint(session, HANDLERS, 1)));
      await session.close();
    }
    const session = new Session();
    const thread = await session.launch(HELLO);
    await session.request('setFunctionBreakpoints', { breakpoints: [{ name: 'syscall:write' }] });
    await session.proceed(thread);
    entries.push(await elapsed(() => step(session, thread, 'stepIn')));
    // The last one leaves the provider.
    for (let inside = true; inside; ) {
      const start = performance.now();
      inside = await step(session, thread, 'stepIn');
      if (inside) steps.push(performance.now() - start);
    }
    await session.close();
  }
  const row = (title: string, samples: readonly number[]): string[] => [
    title,
    duration(median(samples)),
    duration(percentile(samples, 0.95)),
  ];
  return {
    title: 'Steps into providers',
    note: 'Elapsed time at the other end of the standard streams of the built adapter.',
    columns: ['what', 'median', '95 %'],
    rows: [
      row('first breakpoint in provider code', armings),
      row('step from a system call into its handler: request to stop and call stack', entries),
      row('step of a line in provider code: request to stop and call stack', steps),
    ],
  };
}

async function elapsed(action: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await action();
  return performance.now() - start;
}

async function setBreakpoint(session: Session, file: string, line: number): Promise<void> {
  const { breakpoints } = await session.request('setBreakpoints', { source: { path: file }, breakpoints: [{ line }] });
  if (!breakpoints[0].verified) throw new Error(`no breakpoint in ${file}: ${breakpoints[0].message}`);
}

/** Whether the step has ended in provider code. */
async function step(session: Session, threadId: number, command: 'stepIn' | 'stepOut'): Promise<boolean> {
  const stopped = session.next('stopped');
  await session.request(command, { threadId });
  await stopped;
  const { stackFrames } = await session.request('stackTrace', { threadId, startFrame: 0, levels: 20 });
  return stackFrames[0].source?.path?.endsWith('.ts') ?? false;
}

/** From the program's first system call into its handler, and back. */
async function stepIntoProvider(session: Session, thread: number): Promise<void> {
  await session.request('setExceptionBreakpoints', { filters: ['syscall-entry'] });
  await session.proceed(thread);
  await session.request('setExceptionBreakpoints', { filters: [] });
  if (!(await step(session, thread, 'stepIn'))) throw new Error('the step did not go into the provider');
  if (await step(session, thread, 'stepOut')) throw new Error('the step did not go back to the program');
}
