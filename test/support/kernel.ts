/** A kernel without a processor, for tests of its parts. */

import type { Exit } from '../../emulator/cpu/exits.ts';
import { initialRegisters } from '../../emulator/cpu/registers.ts';
import { Kernel } from '../../emulator/kernel/kernel.ts';
import type { KernelLimits, Processor } from '../../emulator/kernel/kernel.ts';
import type { PicoProviderRoutines } from '../../emulator/kernel/ps/pico.ts';
import type { Process } from '../../emulator/kernel/ps/process.ts';
import { createMinimalProcess, createThread } from '../../emulator/kernel/ps/create.ts';
import { registerPicoProvider } from '../../emulator/kernel/ps/registration.ts';
import { readyThread, removeReady } from '../../emulator/kernel/ke/ready.ts';
import { resumeThread } from '../../emulator/kernel/ke/suspend.ts';
import type { Thread } from '../../emulator/kernel/ps/thread.ts';
import { initializeStore } from '../../emulator/kernel/sm/initialize.ts';

/** Leaves user mode in the ways that a test has listed, one for each run; then uses its budget up. */
export class ScriptedProcessor implements Processor {
  retired = 0;
  timestamp = 0;
  readonly script: Exit[] = [];
  runs = 0;

  run(_space: unknown, budget: number): Exit {
    this.runs++;
    const exit = this.script.shift() ?? { kind: 'budget' };
    this.retired = exit.kind === 'budget' ? budget : 0;
    return exit;
  }

  readonly enabled = 3;

  setBreakpoints(): void {}
  detach(): void {}
}

export function newKernel(limits: KernelLimits = { processes: 16, frames: 100_000 }): {
  kernel: Kernel;
  processor: ScriptedProcessor;
} {
  const processor = new ScriptedProcessor();
  const kernel = new Kernel({ processor, limits, seed: 1, bootTime: 0 });
  if (limits.resident !== undefined) initializeStore(kernel);
  return { kernel, processor };
}

/** A provider that answers every call with RAX = 0 and handles no exception, but for what `overrides` say. */
export function providerRoutines(overrides: Partial<PicoProviderRoutines> = {}): PicoProviderRoutines {
  return {
    size: 0x58,
    dispatchSystemCall: ({ trapFrame }) => trapFrame.setNumber(0, 0),
    exitThread() {},
    exitProcess() {},
    dispatchException: () => false,
    terminateProcess: () => 0,
    walkUserStack: () => [],
    getAllocatedProcessImageName: () => '',
    openProcess: 0x0010_1081,
    openThread: 0x0010_0801,
    subsystemInformationType: 1,
    apcRoutines: {},
    ...overrides,
  };
}

/** A pico process with one running thread, owned by a provider with these routines. */
export function newPicoProcess(
  kernel: Kernel,
  overrides: Partial<PicoProviderRoutines> = {},
): { process: Process; thread: Thread } {
  const { routines } = registerPicoProvider(kernel, 'test', providerRoutines(overrides));
  if (!routines) throw new Error('the provider was refused');
  const { process } = routines.createProcess(
    { parent: undefined, context: {}, flags: 0 },
    { imageFileName: '/bin/test', commandLine: 'test' },
  );
  if (!process) throw new Error('no process');
  const { thread } = routines.createThread({ process, registers: initialRegisters(), context: {} }, 'main');
  if (!thread) throw new Error('no thread');
  resumeThread(kernel, thread);
  return { process, thread };
}

/** A process without threads and provider, for tests of what belongs to any process. */
export function newProcess(kernel: Kernel, name = 'test'): Process {
  const { process } = createMinimalProcess(kernel, { parent: 0, name, commandLine: '' });
  if (!process) throw new Error('no process');
  return process;
}

/** One more thread of the process, ready to run. */
export function newThread(kernel: Kernel, process: Process): Thread {
  const { thread } = createThread(kernel, process, { registers: initialRegisters(), context: {}, name: '' });
  if (!thread) throw new Error('no thread');
  resumeThread(kernel, thread);
  return thread;
}

/** Makes the thread the one that runs, as if it were in a system call. */
export function enterThread(kernel: Kernel, thread: Thread): Thread {
  const current = kernel.state.threads.get(kernel.state.current);
  if (current?.state === 'running') readyThread(kernel, current);
  if (thread.state === 'ready') removeReady(kernel, thread);
  thread.state = 'running';
  kernel.state.current = thread.id;
  return thread;
}
