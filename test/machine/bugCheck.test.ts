/** A bug check as a debugger sees it: a stop with a sentence, then the end of the machine; a snapshot goes back before it. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { RIP, initialRegisters } from '../../emulator/cpu/registers.ts';
import { resumeThread } from '../../emulator/kernel/ke/suspend.ts';
import type { Kernel } from '../../emulator/kernel/kernel.ts';
import { copyToUser } from '../../emulator/kernel/mm/copy.ts';
import { MEM_COMMIT, MEM_RESERVE, PAGE_EXECUTE_READWRITE } from '../../emulator/kernel/mm/protection.ts';
import { allocateVirtualMemory } from '../../emulator/kernel/mm/virtualMemory.ts';
import { createMinimalProcess, createThread } from '../../emulator/kernel/ps/create.ts';
import { HAS_ORACLE, launch, newMachine } from '../support/machine.ts';

const BUSYBOX = '/usr/bin/busybox';
const skip = HAS_ORACLE && fs.existsSync(BUSYBOX) ? false : 'needs busybox-static';
const SYSCALL = Uint8Array.of(0x0f, 0x05);

/** A minimal process whose only thread is about to make a system call. */
function startStray(kernel: Kernel): number {
  const { process } = createMinimalProcess(kernel, { parent: 4, name: 'Stray', commandLine: '' });
  assert.ok(process);
  const type = MEM_RESERVE | MEM_COMMIT;
  const { base } = allocateVirtualMemory(kernel, process, { size: 4096, type, protection: PAGE_EXECUTE_READWRITE });
  copyToUser(kernel, process, base, SYSCALL);
  const registers = initialRegisters();
  registers.setNumber(RIP, base);
  const { thread } = createThread(kernel, process, { registers, context: undefined, name: 'stray' });
  assert.ok(thread);
  resumeThread(kernel, thread);
  return thread.id;
}

test('a system call that nobody serves stops the machine with a bug check', { skip }, () => {
  const program = { program: BUSYBOX, arguments: ['cat'] };
  const machine = newMachine(program);
  launch(machine, program);
  const { kernel } = machine as unknown as { kernel: Kernel };
  assert.equal(machine.run(100_000_000).kind, 'idle');
  const snapshot = machine.snapshot();
  const thread = startStray(kernel);
  const result = machine.run(10_000_000);
  assert.ok(result.kind === 'stopped');
  const { reason, text, exception } = result.stop;
  assert.deepEqual([reason, result.stop.thread, exception?.code], ['exception', thread, 0x3b]);
  assert.match(text, /^bug check 0x3b SYSTEM_SERVICE_EXCEPTION: thread \d+ of Stray/);
  assert.ok(
    machine.processes().every(({ state }) => state === 'running'),
    'everything can still be looked at',
  );
  assert.deepEqual(machine.run(1000), { kind: 'ended', code: 134, text });
  machine.restore(snapshot);
  assert.equal(machine.run(1000).kind, 'idle');
});
