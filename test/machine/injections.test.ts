/** Fault injection in whole machines: real programs meet errors and delays that nobody has served. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { parseInjections } from '../../adapter/injections.ts';
import type { MachineFace, RunResult } from '../../emulator/index.ts';
import type { MachineOutcome, Program } from '../support/machine.ts';
import { HAS_ORACLE, finish, launch, newMachine } from '../support/machine.ts';

const BUSYBOX = '/usr/bin/busybox';
const skip = HAS_ORACLE && fs.existsSync(BUSYBOX) ? false : 'needs busybox-static';
const HELLO_EXE = path.resolve(path.dirname(new URL(import.meta.url).pathname), '../../samples/nt/hello/hello.exe');

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'inject-'));
after(() => fs.rmSync(folder, { recursive: true }));
for (const name of ['one', 'two', 'three']) fs.writeFileSync(path.join(folder, name), `${name}\n`);

const busybox = (...words: string[]): Program => ({
  program: BUSYBOX,
  arguments: words,
  directory: folder,
  folders: [folder],
});

/** What is wrong with these, if anything. */
function set(machine: MachineFace, texts: readonly string[]): string[] {
  const parsed = parseInjections(texts, { calls: machine.systemCalls(), errors: machine.errors() });
  const problems = parsed.problems.length > 0 ? parsed.problems : machine.setInjections(parsed.injections);
  return problems.map(({ index, message }) => `${index}: ${message}`);
}

/** A machine with the program, traced, in which `texts` are injected. */
function begin(program: Program, texts: readonly string[]): MachineFace {
  const machine = newMachine(program);
  launch(machine, program);
  machine.input(undefined);
  machine.trace(true);
  assert.deepEqual(set(machine, texts), []);
  return machine;
}

const run = (program: Program, texts: readonly string[]): MachineOutcome => finish(begin(program, texts));

const calls = ({ trace }: MachineOutcome, name: string): string[] =>
  trace.flatMap(line => (line.includes(`] ${name}(`) ? [line.slice(line.indexOf(']') + 2)] : []));

test('a program sees the error that its second open is given, and says so', { skip }, () => {
  const cat = run(busybox('cat', 'one', 'two', 'three'), ['openat:error=EACCES:when=2']);
  assert.deepEqual(
    [cat.output, cat.errors, cat.code],
    ['one\nthree\n', "cat: can't open 'two': Permission denied\n", 1],
  );
  assert.deepEqual(calls(cat, 'openat'), [
    'openat(AT_FDCWD, "one", O_RDONLY, 0000) = 3',
    'openat(AT_FDCWD, "two", O_RDONLY, 0000) = -1 EACCES (Permission denied) (INJECTED)',
    'openat(AT_FDCWD, "three", O_RDONLY, 0000) = 3',
  ]);
});

test('when says which calls of a thread count: 2, 2+, 2+2, 2..3, 1..5+2', { skip }, () => {
  const script = 'for i in 1 2 3 4 5 6; do echo $i; done';
  const seen = (when: string): string =>
    run(busybox('sh', '-c', script), [`write:error=EIO:when=${when}:if=fd == 1`]).output;
  const left = Object.fromEntries(
    ['2', '2+', '2+2', '2..3', '1..5+2'].map(when => [when, seen(when).replaceAll('\n', '')]),
  );
  assert.deepEqual(left, { 2: '13456', '2+': '1', '2+2': '135', '2..3': '1456', '1..5+2': '246' });
});

test('calls are counted for each system call and thread, as in strace', { skip }, () => {
  const script = 'echo 1; (echo 2; echo 3); echo 4';
  const { output } = run(busybox('sh', '-c', script), ['write,getpid:error=EIO:when=2']);
  assert.equal(output, '1\n2\n', 'the second of the subshell, and the second of the shell');
});

test('of several that apply the last one counts; each counts for itself', { skip }, () => {
  const { trace } = run(busybox('cat', 'one', 'two', 'three'), [
    '*:error=EPERM:if=name == openat',
    'openat:error=ENFILE:when=2',
    'openat:delay=3ms:when=3',
  ]);
  assert.deepEqual(
    trace.flatMap(line => (line.includes('openat') ? [line.slice(line.indexOf(' = '))] : [])),
    [
      ' = -1 EPERM (Operation not permitted) (INJECTED)',
      ' = -1 ENFILE (Too many open files in system) (INJECTED)',
      ' = -1 EPERM (Operation not permitted) (INJECTED) (DELAYED)',
    ],
  );
});

test('a delay is virtual time: the program measures it, and it costs no instructions', { skip }, () => {
  const timed = run(busybox('time', 'echo', 'x'), ['write:delay=1500ms:delay_exit=0.5s:if=fd == 1']);
  assert.match(timed.errors, /^real\t0m 2\.00s$/m);
  assert.deepEqual(calls(timed, 'write')[0], 'write(1, "x\\n", 2) = 2 (DELAYED)');
  const plain = run(busybox('time', 'echo', 'x'), []);
  assert.ok(timed.instructions < plain.instructions * 1.1);
});

test('others run while a thread is delayed', { skip }, () => {
  const script = '(echo slow) & sleep 0.1; echo quick >&2; wait';
  const machine = begin(busybox('sh', '-c', script), ['write:delay=1s:if=$rdx == 5']);
  const { trace } = finish(machine);
  const order = trace.filter(line => line.includes('] write(')).map(line => line.slice(line.indexOf('"')));
  assert.deepEqual(order, ['"quick\\n", 6) = 6', '"slow\\n", 5) = 5 (DELAYED)']);
});

test('signals wait until a delay is over; whoever ends a process does not', { skip }, () => {
  const script = '(echo never) & sleep 0.1; kill -9 $!; wait $!; echo $?';
  const texts = ['write:delay=10s:if=$rdx == 6'];
  assert.equal(run(busybox('sh', '-c', script), texts).output, 'never\n137\n');
  const machine = begin(busybox('echo', 'never'), texts);
  const thread = runTo(machine, 'write');
  machine.setBreakpoints([{ id: 1, target: { kind: 'systemCall', name: 'write', when: 'exit' } }]);
  machine.run(1);
  const [waiting] = machine.processes().flatMap(({ threads }) => threads.filter(({ id }) => id === thread));
  assert.deepEqual([waiting.state, waiting.waitReason], ['waiting', 'injected delay']);
  assert.deepEqual(machine.answerCall(thread, { value: 1n }), {
    error: `thread ${thread} is inside its system call already`,
  });
  machine.terminate();
  assert.equal(finish(machine).output, '');
});

test('snapshot, run, restore, run: counts and delays that have begun go on the same', { skip }, () => {
  const program = busybox('sh', '-c', 'for i in 1 2 3 4 5 6 7 8; do echo $i; cat one | cat; done');
  const texts = ['write:error=EIO:when=3+2', 'openat,read,sendfile:delay=20ms:when=2+2', 'wait4:delay_exit=5ms'];
  const whole = run(program, texts);
  assert.ok(whole.trace.filter(line => line.includes('(INJECTED)')).length >= 3, whole.trace.join('\n'));
  assert.ok(whole.trace.filter(line => line.includes('(DELAYED)')).length >= 10);
  for (const part of [0.2, 0.45, 0.7, 0.9]) {
    const machine = begin(program, texts);
    machine.run(Math.floor(whole.instructions * part));
    const lines = machine.takeNotices().flatMap(notice => (notice.kind === 'trace' ? [notice.text] : []));
    const snapshot = machine.snapshot();
    const first = finish(machine);
    assert.equal(machine.restore(snapshot), undefined);
    assert.deepEqual(finish(machine), first, `after ${part} of the run`);
    assert.deepEqual([...lines, ...first.trace], whole.trace);
  }
});

/** Runs to the entry of the next call called `name`. */
function runTo(machine: MachineFace, name: string): number {
  machine.setBreakpoints([{ id: 1, target: { kind: 'systemCall', name, when: 'entry' } }]);
  let result: RunResult;
  do result = machine.run(10_000_000);
  while (result.kind === 'running');
  assert.equal(result.kind, 'stopped');
  machine.setBreakpoints([]);
  return result.stop.thread;
}

test('the call at which a thread stands can be answered instead of served', { skip }, () => {
  const machine = begin(busybox('cat', 'one', 'two'), []);
  const thread = runTo(machine, 'openat');
  const text = 'openat(AT_FDCWD, "one", O_RDONLY, 0000)';
  assert.deepEqual(machine.pendingCall(thread), { name: 'openat', text, answer: undefined });
  assert.deepEqual(machine.answerCall(thread, { error: 'EMFILE' }), {
    name: 'openat',
    text,
    answer: ' = -1 EMFILE (Too many open files)',
  });
  const snapshot = machine.snapshot();
  machine.takeNotices();
  const first = finish(machine);
  assert.deepEqual([first.output, first.errors], ['two\n', "cat: can't open 'one': Too many open files\n"]);
  machine.restore(snapshot);
  assert.deepEqual(finish(machine), first, 'what was asked for is part of the snapshot');
  machine.restore(snapshot);
  assert.deepEqual(machine.answerCall(thread, undefined), { name: 'openat', text, answer: undefined });
  assert.equal(finish(machine).output, 'one\ntwo\n', 'taken back');
});

test('a value is an answer, too; a call that is injected still stops at its return', { skip }, () => {
  const machine = begin(busybox('echo', 'hello'), []);
  const thread = runTo(machine, 'write');
  machine.answerCall(thread, { value: 6n });
  machine.setBreakpoints([{ id: 1, target: { kind: 'systemCall', name: 'write', when: 'exit' } }]);
  const stop = machine.run(1_000_000);
  assert.equal(stop.kind === 'stopped' && stop.stop.text, 'write(1, "hello\\n", 6) = 6 (INJECTED)');
  assert.equal(machine.pendingCall(thread), undefined);
  const refused = machine.answerCall(thread, { value: 0n });
  assert.deepEqual(refused, { error: `thread ${thread} does not stand at a system call` });
  machine.setBreakpoints([]);
  assert.equal(finish(machine).output, '');
});

test('what was asked for one call is not given to another', { skip }, () => {
  const machine = begin(busybox('echo', 'hello'), []);
  const thread = runTo(machine, 'write');
  machine.answerCall(thread, { error: 'EIO' });
  // Over the instruction, as "Set RIP" does it: RAX is the number of the call, 1, and what is left is written.
  machine.setRegister(thread, 'rip', (machine.registers(thread)?.general.rip ?? 0n) + 2n);
  const { trace, output } = finish(machine);
  assert.deepEqual([output, trace.filter(line => line.includes('INJECTED'))], ['ello\n', []]);
});

test('calls that do not return cannot be given a result, but can be delayed', { skip }, () => {
  const machine = newMachine(busybox('true'));
  launch(machine, busybox('true'));
  assert.deepEqual(set(machine, ['rt_sigreturn:retval=0', 'exit:error=EPERM', 'exit_group:delay=1ms', 'nt:delay=1']), [
    "3: there is no system call 'nt'",
  ]);
  const refusal = 'does not return to its caller, so it cannot be given a result';
  assert.deepEqual(set(machine, ['rt_sigreturn:retval=0', 'exit_group:error=EPERM', 'exit_group:delay=1ms']), [
    `0: rt_sigreturn ${refusal}`,
    `1: exit_group ${refusal}`,
  ]);
  assert.deepEqual(machine.injections(), [], 'nothing is set if there is a problem');
  const thread = runTo(machine, 'exit_group');
  assert.deepEqual(machine.answerCall(thread, { value: 0n }), { error: `exit_group ${refusal}` });
});

test('all calls: those that do not return are left out', { skip }, () => {
  const { code, trace } = run(busybox('true'), ['*:error=ENOSYS:when=1+']);
  assert.equal(trace.filter(line => !line.includes('(INJECTED)')).length, 2, trace.join('\n'));
  assert.ok(code > 0, 'the start of the program has gone wrong');
});

test('traditional processes: the kernel’s services answer with statuses', () => {
  const program = { program: HELLO_EXE };
  const machine = begin(program, ['NtWriteFile:error=STATUS_ACCESS_DENIED:when=1', 'NtOpenFile:delay=5ms']);
  const { output, trace } = finish(machine);
  assert.doesNotMatch(output, /Hello from/);
  assert.match(trace.join('\n'), /NtWriteFile\(.*\) = STATUS_ACCESS_DENIED \(0xc0000022\) \(INJECTED\)/);
  assert.match(trace.join('\n'), /NtOpenFile\(.*\) = STATUS_SUCCESS \(DELAYED\)/);
  const other = newMachine(program);
  launch(other, program);
  assert.deepEqual(set(other, ['NtWriteFile:error=EPERM', 'NtContinue:retval=0']), ["0: there is no error 'EPERM'"]);
  assert.deepEqual(set(other, ['NtContinue:retval=0']), [
    '0: NtContinue does not return to its caller, so it cannot be given a result',
  ]);
});

test('both in one machine: an error has to be one of who serves the call', { skip }, () => {
  const program = busybox('true');
  const machine = newMachine({ ...program, folders: [folder, path.dirname(HELLO_EXE)] });
  launch(machine, program);
  launch(machine, { program: HELLO_EXE });
  assert.deepEqual(set(machine, ['NtWriteFile:error=EPERM']), [
    "0: NtWriteFile does not answer with errors called 'EPERM'",
  ]);
  assert.deepEqual(set(machine, ['*:error=EPERM:if=name == write']), []);
});
