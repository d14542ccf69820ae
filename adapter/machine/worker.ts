/** The thread that owns the machine: serves commands between slices and sleeps when there is nothing to run. */

import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { createMachine } from '../../emulator/index.ts';
import { createHost } from '../host/host.ts';
import { MachineLoop } from './loop.ts';
import { prepared } from './prepared.ts';
import type { Boot, Command } from './protocol.ts';

const port = parentPort;
if (!port) throw new Error('This file is the entry of a worker thread.');
const { options, bell } = workerData as Boot;
const commands = new Int32Array(bell);
const machine = createMachine(options, createHost(options.mounts), prepared());
const loop = new MachineLoop(machine, report => port.postMessage(report));

for (;;) {
  // Counted before draining: a command that comes in between rings for the next turn.
  const seen = Atomics.load(commands, 0);
  for (let message = receiveMessageOnPort(port); message; message = receiveMessageOnPort(port)) {
    loop.handle(message.message as Command);
  }
  if (!loop.turn()) Atomics.wait(commands, 0, seen);
}
