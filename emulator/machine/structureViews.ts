/** PEB, TEBs and what belongs to them, as a debugger shows structures: fields with offsets and values. */

import { USER_LIMIT, hex } from '../base/pages.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { peekUser } from '../kernel/mm/peek.ts';
import type { Process } from '../kernel/ps/process.ts';
import { loaderData, peb, processParameters, teb } from '../kernel/rtl/environmentBlocks.ts';
import { SHARED_USER_DATA, sharedUserData } from '../kernel/rtl/sharedUserData.ts';
import { offsetOf, readField } from '../kernel/rtl/structure.ts';
import type { Field, FieldType, Structure } from '../kernel/rtl/structure.ts';
import { decodeUnicode } from '../kernel/rtl/unicode.ts';
import type { FieldInformation, StructureInformation } from './face.ts';

/** All that a traditional process has; nothing of others. */
export function describeStructures(kernel: Kernel, process: Process): StructureInformation[] {
  if (process.peb === 0 || !kernel.spaces.has(process.id)) return [];
  const show = (layout: Structure, address: number, title = layout.name): StructureInformation[] => {
    const bytes = address > 0 ? peekUser(kernel, process, address, layout.size) : new Uint8Array(0);
    if (bytes.length < layout.size) return [];
    const fields = layout.fields.map(field => describeField(kernel, process, bytes, field));
    return [{ title, name: layout.name, address, size: layout.size, fields }];
  };
  const inPeb = (name: string): number => {
    const bytes = peekUser(kernel, process, process.peb + offsetOf(peb(), name), 8);
    return bytes.length < 8 ? 0 : Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true));
  };
  return [
    ...show(peb(), process.peb),
    ...show(loaderData(), inPeb('Ldr')),
    ...show(processParameters(), inPeb('ProcessParameters')),
    ...process.threads.flatMap(id => show(teb(), kernel.state.threads.get(id)?.teb ?? 0, `TEB (thread ${id})`)),
    ...show(sharedUserData(), SHARED_USER_DATA),
  ];
}

/** C's names, and how many digits numbers have that people read as bits. */
const TYPES: Readonly<Record<FieldType, string>> = {
  u8: 'UCHAR',
  u16: 'USHORT',
  u32: 'ULONG',
  u64: 'ULONGLONG',
  pointer: 'PVOID',
  handle: 'HANDLE',
  unicode: 'UNICODE_STRING',
  time: 'KSYSTEM_TIME',
  text: 'WCHAR[]',
  bytes: 'UCHAR[]',
};

function describeField(kernel: Kernel, process: Process, bytes: Uint8Array, field: Field): FieldInformation {
  const { name, offset, size, type, documentation } = field;
  const described = { name, offset, size, type: TYPES[type], documentation };
  const own = bytes.subarray(offset, offset + size);
  if (type === 'bytes') return { ...described, value: digits(own) };
  if (type === 'text') return { ...described, value: JSON.stringify(decodeUnicode(own).split('\0')[0]) };
  if (size === 8) {
    // Exact, as numbers beyond 2^53 are not.
    const word = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(offset, true);
    const isAddress = type === 'pointer' && word > 0n && word < BigInt(USER_LIMIT);
    return { ...described, value: hex(word), ...(isAddress && { target: Number(word) }) };
  }
  const value = readField(bytes, field);
  if (typeof value === 'object') {
    const text = decodeUnicode(peekUser(kernel, process, value.address, value.length));
    return { ...described, value: JSON.stringify(text), ...(value.address > 0 && { target: value.address }) };
  }
  return { ...described, value: String(value) };
}

function digits(bytes: Uint8Array): string {
  return [...bytes].map(byte => byte.toString(16).padStart(2, '0')).join(' ');
}
