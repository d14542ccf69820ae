/** Threads of all processes. */

import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import type { ProcessInformation, ThreadInformation } from '../../emulator/index.ts';
import type { Debuggee } from '../debuggee.ts';
import { threadNotEnded } from '../errors.ts';
import type { Body } from '../protocol.ts';

/**
 * Stands for the kernel where it calls a provider and no thread of a guest runs, as when a process has lost its last one.
 * Ids of threads are multiples of 4.
 */
export const KERNEL_THREAD = 1;

export async function threads(debuggee: Debuggee): Promise<Body<'threads'>> {
  const processes = (await debuggee.program?.machine.processes()) ?? [];
  const guests = processes.flatMap(process =>
    process.threads
      .filter(({ state }) => state !== 'terminated')
      .map(thread => ({ id: thread.id, name: threadName(process, thread) })),
  );
  return {
    threads: debuggee.stop?.thread === KERNEL_THREAD ? [{ id: KERNEL_THREAD, name: 'kernel' }, ...guests] : guests,
  };
}

/** `[12] hello (8)`: the thread, what runs, its process. Threads of one process stand together. */
export function threadName(process: ProcessInformation, thread: ThreadInformation): string {
  const own = thread.name && thread.name !== process.name ? `${thread.name} · ` : '';
  return `[${thread.id}] ${own}${process.name} (${process.id})`;
}

export async function terminateThreads(
  debuggee: Debuggee,
  { threadIds = [] }: Dap.TerminateThreadsArguments,
): Promise<undefined> {
  const program = debuggee.needProgram('terminateThreads');
  const { machine } = program;
  for (const thread of threadIds) {
    const refusal = await machine.terminateThread(thread);
    if (refusal) throw threadNotEnded(thread, refusal);
  }
  // With its last thread the machine has come to its end, and says so when it runs.
  if ((await machine.processes()).every(({ threads }) => threads.length === 0)) debuggee.resume(program);
}
