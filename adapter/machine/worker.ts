/** The thread that owns the machine: serves commands between slices and sleeps when there is nothing to run. */

import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { createMachine, type MachineOptions } from '../../emulator/index.ts';
import { createHost } from '../host/host.ts';
import { MachineLoop } from './loop.ts';
import { prepared } from './prepared.ts';
import type { Boot, Command } from './protocol.ts';

const port = parentPort;
if (!port) throw new Error('This file is the entry of a worker thread.');
const commands = new Int32Array((workerData as Boot).bell);
const interpreter = prepared();
let loop: MachineLoop | undefined;

for (;;) {
  // Counted before draining: a command that comes in between rings for the next turn.
  const seen = Atomics.load(commands, 0);
  for (let message = receiveMessageOnPort(port); message; message = receiveMessageOnPort(port)) {
    const command = message.message as Command;
    if (command.kind === 'boot') loop = boot(command.options, port);
    else loop?.handle(command);
  }
  if (!loop?.turn()) Atomics.wait(commands, 0, seen);
}

function boot(options: MachineOptions, to: MessagePort): MachineLoop {
  const machine = createMachine(options, createHost(options.mounts), interpreter);
  return new MachineLoop(machine, report => to.postMessage(report));
}
