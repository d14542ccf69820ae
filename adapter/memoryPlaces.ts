/** From what a request names to memory that can be looked into. */

import type { Debuggee, Program } from './debuggee.ts';
import { memoryRefused } from './errors.ts';
import { parseMemoryReference, type Place } from './memoryReferences.ts';

/** The place that a memory reference names. Fails where nobody can look. */
export async function memoryPlace(debuggee: Debuggee, program: Program, reference: string): Promise<Place> {
  const place = parseMemoryReference(reference, debuggee.processInView());
  await needMemory(program, place.process);
  return place;
}

export async function needMemory({ machine }: Program, process: number): Promise<void> {
  const refusal = await machine.memoryRefusal(process);
  if (refusal !== undefined) throw memoryRefused(refusal);
}
