/** What the machine reports, turned into events of the protocol. */

import type { Notice, Stop } from '../emulator/index.ts';
import { parseBreakpointName } from './breakpointNames.ts';
import type { SetBreakpoint } from './breakpoints.ts';
import type { ProcessChange } from './customRequests.ts';
import type { Debuggee, Program } from './debuggee.ts';
import { machineCrashed } from './errors.ts';
import type { ProviderStop } from './provider/providerDebugger.ts';
import type { MachineClient } from './machine/client.ts';
import { KERNEL_THREAD } from './requests/threads.ts';
import type { MachineReport } from './machine/protocol.ts';
import { stoppedBody } from './stops.ts';

export async function receiveReport(debuggee: Debuggee, machine: MachineClient, report: MachineReport): Promise<void> {
  if (report.kind === 'notices') {
    await receiveNotices(debuggee, report.notices);
    return;
  }
  const program = debuggee.program;
  // A machine that was given up in between has nothing to say any more.
  if (program?.machine !== machine) return;
  switch (report.kind) {
    case 'stopped':
      await receiveStop(debuggee, program, report.stop);
      return;
    case 'idle':
      debuggee.output.flush();
      // Who has a terminal sees there that keys are wanted.
      if (!debuggee.terminal) debuggee.send('pico/inputWanted', {});
      return;
    case 'ended':
      debuggee.output.text('console', `${report.text}\n`);
      debuggee.output.flush();
      debuggee.send('exited', { exitCode: report.code });
      debuggee.end();
      return;
    case 'refused':
      // The launch has failed with the same words.
      return;
    case 'crashed':
      debuggee.output.text('important', `${machineCrashed(report.message).message}\n`);
      debuggee.end();
      return;
  }
}

/** V8 holds the machine's thread in code of a provider. */
export async function receiveProviderStop(
  debuggee: Debuggee,
  machine: MachineClient,
  { reason, breakpoints, thrown }: ProviderStop,
): Promise<void> {
  const program = debuggee.program;
  if (program?.machine !== machine) return;
  const [current, processes] = await Promise.all([machine.currentThread(), machine.processes()]);
  const thread = current || KERNEL_THREAD;
  const process = processes.find(({ threads }) => threads.some(({ id }) => id === thread))?.id ?? 0;
  const kind = reason === 'restart' ? 'step' : reason;
  const stop: Stop = { reason: kind, process, thread, breakpoints: [], text: thrown ?? '' };
  debuggee.reportStop(stop, {
    reason,
    description: thrown === undefined ? DESCRIPTIONS[reason] : 'Paused on an exception in provider code',
    text: thrown,
    threadId: thread,
    allThreadsStopped: true,
    ...(breakpoints.length > 0 ? { hitBreakpointIds: [...breakpoints] } : {}),
  });
}

const DESCRIPTIONS: Readonly<Record<ProviderStop['reason'], string>> = {
  step: 'Paused in provider code after a step',
  breakpoint: 'Paused on a breakpoint in provider code',
  exception: 'Paused on an exception in provider code',
  pause: 'Paused in provider code',
  restart: 'Paused at the start of a function that was restarted',
};

async function receiveStop(debuggee: Debuggee, program: Program, stop: Stop): Promise<void> {
  const { step } = debuggee;
  await program.providers.guestStopped();
  // Libraries come and go without a word.
  program.symbols.forgetModules();
  const hits = debuggee.breakpoints.hit(stop.breakpoints);
  if (debuggee.breakpoints.isLoadStop(stop.breakpoints)) {
    await debuggee.breakpoints.refresh();
    if (hits.length === 0) {
      debuggee.resume(program, step);
      return;
    }
  }
  if (
    stop.reason === 'breakpoint' &&
    ((await debuggee.hasNotMoved(stop)) || (await isElsewhere(program, stop, hits)))
  ) {
    debuggee.resume(program, step);
    return;
  }
  const shown = withProviderTrace(program, stop);
  debuggee.reportStop(shown, stoppedBody(shown, hits));
  await debuggee.breakpoints.refreshPending();
}

/** What a user's provider has thrown, with its stack in lines of the provider's files. */
function withProviderTrace({ ownProvider }: Program, stop: Stop): Stop {
  const { exception } = stop;
  if (exception?.trace === undefined || !ownProvider) return stop;
  return { ...stop, exception: { ...exception, trace: ownProvider.thrown(stop.text, exception.trace) } };
}

/** Symbols are watched by address in all processes; in another program that address may be anything. */
async function isElsewhere(program: Program, stop: Stop, hits: readonly SetBreakpoint[]): Promise<boolean> {
  if (hits.length === 0) return false;
  const rip = (await program.machine.stack(stop.thread, 1))[0]?.rip;
  for (const { requested } of hits) {
    const name = requested.origin.kind === 'function' ? parseBreakpointName(requested.origin.name) : undefined;
    if (name?.kind !== 'symbol') return false;
    const places = await program.symbols.named(stop.process, name.name);
    if (places.some(({ start }) => start + name.offset === rip)) return false;
  }
  return true;
}

/** Lines of a trace and changes of processes go in one event each; they can be many. */
async function receiveNotices(debuggee: Debuggee, notices: readonly Notice[]): Promise<void> {
  for (const notice of notices) HANDLERS[notice.kind](debuggee, notice as never);
  const lines = notices.filter(notice => notice.kind === 'trace').map(({ text }) => text);
  if (lines.length > 0 && debuggee.traceEvents) debuggee.send('pico/trace', { lines });
  else if (lines.length > 0) debuggee.output.text('console', `${lines.join('\n')}\n`);
  const changes = notices.filter(notice => notice.kind === 'process').map(withoutKind);
  if (changes.length > 0) debuggee.send('pico/processes', { changes });
}

function withoutKind({ kind, ...change }: Extract<Notice, { kind: 'process' }>): ProcessChange {
  void kind;
  return change;
}

type Handler<Kind extends Notice['kind']> = (debuggee: Debuggee, notice: Extract<Notice, { kind: Kind }>) => void;

const HANDLERS: { readonly [Kind in Notice['kind']]: Handler<Kind> } = {
  output(debuggee, { stream, bytes }) {
    if (debuggee.terminal) debuggee.terminal.write(bytes);
    else debuggee.output.bytes(stream === 1 ? 'stdout' : 'stderr', bytes);
  },
  connection: (debuggee, { connection }) => debuggee.forwarding?.changed(connection),
  log: (debuggee, { text }) => debuggee.output.text('console', `${text}\n`),
  trace: () => undefined,
  thread(debuggee, { thread, event }) {
    // What it wrote comes before its end.
    debuggee.output.flush();
    debuggee.send('thread', { reason: event, threadId: thread });
  },
  process(debuggee, { process, name, event }) {
    debuggee.program?.symbols.forgetModules();
    if (event !== 'started') debuggee.program?.documents.forget(process);
    if (event !== 'exited') {
      debuggee.send('process', { name, systemProcessId: process, isLocalProcess: false, startMethod: 'launch' });
    }
  },
};
