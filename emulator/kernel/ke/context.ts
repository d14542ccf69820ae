/** Register files: which thread's is on the processor, and moving them there and back. */

import { assert } from '../../base/assert.ts';
import { Registers } from '../../cpu/registers.ts';
import { STATE_BASE } from '../../memory/layout.ts';
import type { Kernel } from '../kernel.ts';
import type { TrapFrame } from '../ps/pico.ts';
import type { Thread } from '../ps/thread.ts';

/** The thread's registers: live ones if they are on the processor, else its saved context. */
export function trapFrame(kernel: Kernel, thread: Thread): TrapFrame {
  if (kernel.loaded?.thread === thread) return kernel.loaded.registers;
  return new Registers(thread.context.buffer, thread.context.byteOffset);
}

/** Puts the thread's registers on the processor, saving those that are there. */
export function loadContext(kernel: Kernel, thread: Thread): TrapFrame {
  if (kernel.loaded?.thread === thread) return kernel.loaded.registers;
  saveContext(kernel);
  const space = kernel.spaces.get(thread.process);
  assert(space, `thread ${thread.id} has no address space to run in`);
  const registers = new Registers(space.window.memory.buffer, STATE_BASE);
  registers.bytes.set(thread.context);
  kernel.loaded = { thread, registers };
  return registers;
}

/** Takes the loaded registers back into their thread's record. */
export function saveContext(kernel: Kernel): void {
  if (!kernel.loaded) return;
  kernel.loaded.thread.context.set(kernel.loaded.registers.bytes);
  kernel.loaded = undefined;
}
