/** The thread that owns the machine: serves commands between slices and sleeps when there is nothing to run. */

import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { createMachine, DEFAULT_CPU, ProviderFailure } from '../../emulator/index.ts';
import { createHost } from '../host/host.ts';
import { evaluateProvider, ProviderLoadError } from '../provider/code/evaluate.ts';
import { openDoor } from './door.ts';
import { HotCompiler } from './hotCompiler.ts';
import { MachineLoop } from './loop.ts';
import { type Prepared, prepared } from './prepared.ts';
import type { Boot, Command, Report } from './protocol.ts';

/** Never comes back. `quiet` is called once, when there is nothing to do after the machine has stopped or idled. */
export function serve(quiet: () => void = () => undefined): void {
  const port = parentPort;
  if (!port) throw new Error('Machines have threads of their own.');
  const commands = new Int32Array((workerData as Boot).bell);
  const early = prepared();
  let loop: MachineLoop | undefined;
  let served = 0;
  function drain(from: MessagePort): void {
    for (let message = receiveMessageOnPort(from); message; message = receiveMessageOnPort(from)) {
      const command = message.message as Command;
      if (command.kind === 'boot') loop = boot(command, from, early, () => drain(from));
      else loop?.handle(command);
      served++;
    }
  }
  for (;;) {
    // Counted before draining: a command that comes in between rings for the next turn.
    const seen = Atomics.load(commands, 0);
    drain(port);
    const nap = loop?.turn() ?? Number.POSITIVE_INFINITY;
    if (nap === 0) continue;
    if (
      nap > QUIET_MILLISECONDS &&
      served > COMMANDS_OF_A_START &&
      Atomics.wait(commands, 0, seen, QUIET_MILLISECONDS) === 'timed-out'
    ) {
      served = Number.NEGATIVE_INFINITY;
      quiet();
      continue;
    }
    Atomics.wait(commands, 0, seen, nap);
  }
}

/** By then a session has looked at its first stop, and the editor waits for its user. */
const COMMANDS_OF_A_START = 8;
const QUIET_MILLISECONDS = 200;

/**
 * `early`: what was read before it was known that the machine is to be of another level. Undefined where the user's provider
 * cannot be used; the other side has heard of it.
 */
function boot(
  { options, provider }: Extract<Command, { kind: 'boot' }>,
  to: MessagePort,
  early: Prepared,
  serve: () => void,
): MachineLoop | undefined {
  const { cpu = DEFAULT_CPU } = options;
  const post = (report: Report): void => to.postMessage(report);
  const say = (text: string): void => post({ kind: 'notices', notices: [{ kind: 'log', text }] });
  try {
    const compiler = new HotCompiler();
    const machine = createMachine(options, createHost(options.mounts), {
      compiler,
      ...(cpu === DEFAULT_CPU ? early : prepared(cpu)),
      ...(provider ? { provider: evaluateProvider(provider, say) } : {}),
    });
    openDoor(machine, compiler, serve, say);
    return new MachineLoop(machine, post, code => evaluateProvider(code, say));
  } catch (error) {
    if (!(error instanceof ProviderLoadError || error instanceof ProviderFailure)) throw error;
    post({ kind: 'refused', message: error.message, ...(error.trace === undefined ? {} : { trace: error.trace }) });
    return undefined;
  }
}
