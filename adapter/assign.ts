/** Changes the user makes to registers and memory, and what the client is told of them. */

import type { Debuggee, Program } from './debuggee.ts';
import { notWritable, readOnlyVariable, refusedRegister, unknownThread } from './errors.ts';
import { hex } from './memoryReferences.ts';
import { registerPart, writePart } from './registers.ts';

/** `name` may be a part of a register or a flag. */
export async function assignRegister(
  debuggee: Debuggee,
  program: Program,
  thread: number,
  name: string,
  value: bigint | Uint8Array,
): Promise<void> {
  const part = registerPart(name);
  let whole = value;
  if (part && typeof value === 'bigint') {
    const values = await program.machine.registers(thread);
    if (!values) throw unknownThread(thread);
    whole = writePart(values, part, value);
  }
  const refusal = await program.machine.setRegister(thread, part?.register ?? name, whole);
  if (refusal) throw refusedRegister(name, refusal);
  // Another RIP is another place in the code; flags and parts show in several places.
  debuggee.afterResponse(() =>
    debuggee.send('invalidated', { areas: part?.register === 'rip' ? ['stacks'] : ['variables'], threadId: thread }),
  );
}

/** All of `bytes`, or an error after as many as could be written. */
export async function assignMemory(
  debuggee: Debuggee,
  program: Program,
  process: number,
  address: number,
  bytes: Uint8Array,
): Promise<void> {
  if (!Number.isSafeInteger(address)) throw readOnlyVariable(hex(address));
  const written = await writeMemory(debuggee, program, process, address, bytes);
  if (written < bytes.length) throw notWritable(hex(address + written));
}

/** Answers with how many bytes could be written. Whoever looks at that memory is told. */
export async function writeMemory(
  debuggee: Debuggee,
  program: Program,
  process: number,
  address: number,
  bytes: Uint8Array,
): Promise<number> {
  const written = await program.machine.writeMemory(process, address, bytes);
  const changes = debuggee.watched.changed(process, address, written);
  debuggee.afterResponse(() => {
    for (const change of changes) debuggee.send('memory', change);
  });
  return written;
}
