/** A provider that a user defines, on the kernel itself: threads, processes, waits, exceptions, snapshots. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createHost } from '../../../adapter/host/host.ts';
import { definePicoProvider, int, long, pointer, text, UNANSWERED, unsigned } from '../../../emulator/api/define.ts';
import type { DefinedProvider, SystemCall } from '../../../emulator/api/published.ts';
import { createMachine, type MachineFace, type RunResult } from '../../../emulator/index.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'pico-own-'));
after(() => rmSync(folder, { recursive: true }));
const PROGRAM = path.join(folder, 'own');
execFileSync('gcc', ['-nostdlib', '-static', '-o', PROGRAM, fileURLToPath(new URL('own.S', import.meta.url))]);

function own(): DefinedProvider {
  return definePicoProvider({
    name: 'own',
    state: () => ({ notes: [] as string[], signals: 0, event: 0, ended: new Map<number, number>() }),
    errors: { EFAULT: -14 },
    systemCalls: {
      note: {
        number: 1,
        arguments: [long('value')],
        handler: (call, value) => call.state.notes.push(`${call.process.name}/${call.process.id}: ${value}`),
      },
      spawn: {
        number: 2,
        arguments: [pointer('start'), pointer('stack'), long('argument')],
        handler({ kernel, process }, rip, rsp, rdi) {
          return kernel.createThread(process, { registers: { rip, rsp, rdi }, name: 'beside' })?.id ?? -1;
        },
      },
      signal: {
        number: 3,
        arguments: [],
        handler({ kernel, state }) {
          state.signals++;
          if (state.event !== 0) kernel.setEvent(state.event);
          return 0;
        },
      },
      await: {
        number: 4,
        arguments: [int('count')],
        handler(call, count) {
          const { state, kernel } = call;
          state.event ||= kernel.createEvent({ kind: 'synchronization' });
          return state.signals >= count ? state.signals : call.wait([state.event], { reason: 'waits for a signal' });
        },
      },
      fork: {
        number: 5,
        arguments: [],
        handler({ kernel, process, thread }) {
          const child = kernel.createProcess({ name: 'child', parent: process, clone: process, state: { done: 0 } });
          if (!child) return -12;
          kernel.createThread(child, { registers: { rax: 0 }, like: thread });
          return child.id;
        },
      },
      reap: {
        number: 6,
        arguments: [int('id')],
        handler(call, id) {
          const code = call.state.ended.get(id);
          return code ?? call.wait([], { until: call.kernel.time + 1000, reason: 'reap' });
        },
      },
      end: {
        number: 7,
        arguments: [unsigned('code')],
        handler({ kernel, process, state }, code) {
          state.ended.set(process.id, code);
          kernel.terminateProcess(process, code);
          return UNANSWERED;
        },
      },
      leave: {
        number: 8,
        arguments: [],
        handler({ kernel, thread }) {
          kernel.terminateThread(thread);
          return UNANSWERED;
        },
      },
      echo: {
        number: 9,
        arguments: [text('line')],
        handler({ kernel }, line) {
          if (line === undefined) return -14;
          const written = `${line}, ${kernel.wallClock % 1000}`;
          kernel.write(1, `${written}\n`);
          return written.length;
        },
      },
      sleep: {
        number: 10,
        arguments: [unsigned('time')],
        handler(call, time) {
          return call.outcome?.kind === 'timeout' ? 1 : call.wait([], { until: call.kernel.time + time });
        },
      },
    },
    dispatchException({ registers, address = 0, access, vector, state }) {
      state.notes.push(`${vector} ${access}`);
      registers.set('rip', registers.get('r15'));
      registers.set('rax', address);
      return true;
    },
    exitThread: (thread, _kernel, state) => void state.notes.push(`thread ${thread.name} ends`),
    exitProcess: (process, _kernel, state) => void state.notes.push(`${process.name} ends`),
  });
}

interface Run {
  readonly machine: MachineFace;
  readonly said: string[];
  run(budget: number): RunResult;
}

function boot(provider = own(), args: readonly string[] = ['one', 'two']): Run {
  const mounts = [{ host: folder, guest: '/own', mode: 'ro' as const }];
  const machine = createMachine({ mounts, bootTime: 1_000_000_000_007 }, createHost(mounts), { provider });
  const said: string[] = [];
  const launched = machine.launch({ program: '/own/own', arguments: args, environment: { A: 'b' }, directory: '/' });
  assert.ok(!('error' in launched), JSON.stringify(launched));
  return {
    machine,
    said,
    run(budget) {
      const result = machine.run(budget);
      for (const notice of machine.takeNotices())
        if (notice.kind === 'output') said.push(Buffer.from(notice.bytes).toString());
        else if (notice.kind === 'log') said.push(notice.text);
      return result;
    },
  };
}

/** What the provider remembers, by its own call: the notes that it has printed at the end. */
function withReport(defined: DefinedProvider, report: (notes: readonly string[]) => void): DefinedProvider {
  const definition = defined.definition as unknown as { exitProcess: (...values: unknown[]) => void };
  const { exitProcess } = definition;
  definition.exitProcess = (process, kernel, state) => {
    exitProcess(process, kernel, state);
    if ((process as { name: string }).name === 'own') report((state as { notes: string[] }).notes);
  };
  return defined;
}

const NOTES = [
  'own/8: 3',
  'thread beside ends',
  'own/8: 7',
  'child/20: 5',
  'thread  ends',
  'child ends',
  'own/8: 3',
  'own/8: 7',
  'own/8: 1',
  '#PF read',
  'own/8: 16',
  'own/8: -1',
  'own/8: -14',
  'own/8: 12',
  'thread own ends',
  'own ends',
];

test('threads, a copied process, waits, an exception, unknown calls, and the end', () => {
  let notes: readonly string[] = [];
  const { run, said } = boot(withReport(own(), found => (notes = [...found])));
  const result = run(10_000_000);
  assert.deepEqual(result, { kind: 'ended', code: 42, text: 'exited with code 42' });
  assert.deepEqual(notes, NOTES);
  assert.deepEqual(said, ['own has no system call 99; it answers -1.', 'six words, 8\n']);
});

test('snapshot, run, restore, run: what the provider remembers is part of the machine', () => {
  for (const at of [5, 20, 40, 60]) {
    const reports: (readonly string[])[] = [];
    const { machine, run } = boot(withReport(own(), found => reports.push([...found])));
    run(at);
    const snapshot = machine.snapshot();
    const first = run(10_000_000);
    assert.equal(machine.restore(snapshot), undefined);
    const second = run(10_000_000);
    assert.deepEqual(second, first, `at ${at}`);
    assert.deepEqual(reports, [NOTES, NOTES], `at ${at}`);
  }
});

test('other code takes over and finds what there was', () => {
  let notes: readonly string[] = [];
  const { machine, run } = boot();
  run(20);
  const next = withReport(own(), found => (notes = [...found]));
  assert.equal(machine.replaceProvider(next), undefined);
  run(10_000_000);
  assert.deepEqual(notes, NOTES);
  assert.match(
    machine.replaceProvider(definePicoProvider({ name: 'another', systemCalls: {} })) ?? '',
    /is called another now/,
  );
});

test('without dispatchException the kernel ends the process with a report', () => {
  const defined = own();
  Object.assign(defined.definition ?? {}, { dispatchException: undefined });
  const { run, said } = boot(defined);
  const result = run(10_000_000);
  assert.ok(result.kind === 'ended' && result.code === 255, JSON.stringify(result));
  assert.match(result.text, /ended with STATUS_ACCESS_VIOLATION/);
  assert.match(said.at(-1) ?? '', /nobody handled #PF/);
});

test('a call that starts again and again, and gets nowhere, is a bug check instead of a machine that hangs', () => {
  const defined = own();
  const { systemCalls } = defined.definition as unknown as { systemCalls: Record<string, { handler: unknown }> };
  systemCalls.note.handler = (call: SystemCall<{ event: number }>) => {
    call.state.event ||= call.kernel.createEvent({ signaled: true });
    return call.wait([call.state.event]);
  };
  const result = boot(defined).run(10_000_000);
  assert.ok(result.kind === 'stopped', JSON.stringify(result));
  assert.match(
    result.stop.text,
    /DPC_WATCHDOG_VIOLATION: thread 12 of own is served again and again, and gets nowhere/,
  );
});
