/** Memory of processes, as bytes. */

import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { assignMemory, writeMemory as writeBytes } from '../assign.ts';
import type { Debuggee } from '../debuggee.ts';
import { badBase64, malformedArguments, tooMuch } from '../errors.ts';
import { memoryPlace } from '../memoryPlaces.ts';
import { ADDRESS_LIMIT, hex } from '../memoryReferences.ts';
import type { Body } from '../protocol.ts';

const MOST_BYTES = 16 * 1024 * 1024;

export async function readMemory(
  debuggee: Debuggee,
  { memoryReference, offset = 0, count }: Dap.ReadMemoryArguments,
): Promise<Body<'readMemory'>> {
  const program = debuggee.needProgram('readMemory');
  const { machine } = program;
  if (count < 0) throw malformedArguments('readMemory', "'count' must not be negative.");
  if (count > MOST_BYTES) throw tooMuch('readMemory', MOST_BYTES);
  const place = await memoryPlace(debuggee, program, memoryReference);
  debuggee.watched.watch(memoryReference, place, offset, count);
  const address = place.address + offset;
  if (address < 0 || address >= ADDRESS_LIMIT) {
    return { address: hex(Math.max(address, 0)), unreadableBytes: count };
  }
  const bytes = await machine.readMemory(place.process, address, count);
  const missing = count - bytes.length;
  const unreadable = missing > 0 ? await machine.unreadable(place.process, address + bytes.length, missing) : 0;
  return {
    address: hex(address),
    data: Buffer.from(bytes).toString('base64'),
    ...(unreadable > 0 ? { unreadableBytes: unreadable } : {}),
  };
}

export async function writeMemory(
  debuggee: Debuggee,
  { memoryReference, offset = 0, data, allowPartial = false }: Dap.WriteMemoryArguments,
): Promise<Body<'writeMemory'>> {
  const program = debuggee.needProgram('writeMemory');
  const place = await memoryPlace(debuggee, program, memoryReference);
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(data)) throw badBase64();
  const bytes = Buffer.from(data, 'base64');
  const address = place.address + offset;
  if (allowPartial) {
    return { offset: 0, bytesWritten: await writeBytes(debuggee, program, place.process, address, bytes) };
  }
  await assignMemory(debuggee, program, place.process, address, bytes);
  return { bytesWritten: bytes.length };
}
