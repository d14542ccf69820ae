/** Threads of all processes. */

import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import type { ProcessInformation, ThreadInformation } from '../../emulator/index.ts';
import type { Debuggee } from '../debuggee.ts';
import { threadNotEnded } from '../errors.ts';
import type { Body } from '../protocol.ts';

export async function threads(debuggee: Debuggee): Promise<Body<'threads'>> {
  const processes = (await debuggee.program?.machine.processes()) ?? [];
  return {
    threads: processes.flatMap(process =>
      process.threads
        .filter(({ state }) => state !== 'terminated')
        .map(thread => ({ id: thread.id, name: threadName(process, thread) })),
    ),
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
