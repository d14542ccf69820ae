/** Virtual memory: allocating, protecting, asking about it, and other processes' memory. */

import { PAGE_SIZE, pageOf, roundDown, roundUp } from '../../base/pages.ts';
import { copyFromUser, copyToUser } from '../mm/copy.ts';
import { HIGHEST_END } from '../mm/place.ts';
import * as mem from '../mm/protection.ts';
import { findVad } from '../mm/vad.ts';
import { allocateVirtualMemory, freeVirtualMemory, protectVirtualMemory } from '../mm/virtualMemory.ts';
import type { Process } from '../ps/process.ts';
import {
  STATUS_ACCESS_VIOLATION,
  STATUS_INVALID_PARAMETER,
  STATUS_PARTIAL_COPY,
  STATUS_SUCCESS,
  succeeded,
} from '../status.ts';
import type { NtStatus } from '../status.ts';
import type { Names } from './arguments.ts';
import { flags, inOut, optionalOut, pointer, process, size } from './arguments.ts';
import { memoryQueryServices } from './memoryQuery.ts';
import { service } from './service.ts';
import type { Call, Service } from './service.ts';
import { writeLong, writeWord } from './userMemory.ts';

export const PROCESS_VM_OPERATION = 0x8;
export const PROCESS_VM_READ = 0x10;
export const PROCESS_VM_WRITE = 0x20;

const ALLOCATION_TYPES: Names = [
  [mem.MEM_COMMIT, 'MEM_COMMIT'],
  [mem.MEM_RESERVE, 'MEM_RESERVE'],
  [mem.MEM_DECOMMIT, 'MEM_DECOMMIT'],
  [mem.MEM_RELEASE, 'MEM_RELEASE'],
  [mem.MEM_RESET, 'MEM_RESET'],
  [mem.MEM_TOP_DOWN, 'MEM_TOP_DOWN'],
];
export const PROTECTIONS: Names = [
  [mem.PAGE_NOACCESS, 'PAGE_NOACCESS'],
  [mem.PAGE_READONLY, 'PAGE_READONLY'],
  [mem.PAGE_READWRITE, 'PAGE_READWRITE'],
  [mem.PAGE_WRITECOPY, 'PAGE_WRITECOPY'],
  [mem.PAGE_EXECUTE, 'PAGE_EXECUTE'],
  [mem.PAGE_EXECUTE_READ, 'PAGE_EXECUTE_READ'],
  [mem.PAGE_EXECUTE_READWRITE, 'PAGE_EXECUTE_READWRITE'],
  [mem.PAGE_EXECUTE_WRITECOPY, 'PAGE_EXECUTE_WRITECOPY'],
  [mem.PAGE_GUARD, 'PAGE_GUARD'],
];

export function memoryServices(): Service[] {
  const base = inOut('BaseAddress', 'PVOID *');
  const regionSize = inOut('RegionSize', 'PSIZE_T');
  const owner = process(PROCESS_VM_OPERATION);
  return [
    service(
      0x18,
      'NtAllocateVirtualMemory',
      [
        owner,
        base,
        size('ZeroBits'),
        regionSize,
        flags('AllocationType', ALLOCATION_TYPES),
        flags('Protect', PROTECTIONS),
      ],
      allocate,
    ),
    service(0x1e, 'NtFreeVirtualMemory', [owner, base, regionSize, flags('FreeType', ALLOCATION_TYPES)], free),
    service(
      0x50,
      'NtProtectVirtualMemory',
      [owner, base, regionSize, flags('NewProtection', PROTECTIONS), optionalOut('OldProtection', 'PULONG', 4)],
      protect,
    ),
    ...memoryQueryServices(),
    service(
      0x3f,
      'NtReadVirtualMemory',
      [
        process(PROCESS_VM_READ),
        pointer('BaseAddress'),
        pointer('Buffer'),
        size('NumberOfBytesToRead'),
        optionalOut('NumberOfBytesRead', 'PSIZE_T', 8),
      ],
      (call, target, from, to, count, done) => copyBetween(call, target, from, call.process, to, count, done),
    ),
    service(
      0x3a,
      'NtWriteVirtualMemory',
      [
        process(PROCESS_VM_WRITE),
        pointer('BaseAddress'),
        pointer('Buffer'),
        size('NumberOfBytesToWrite'),
        optionalOut('NumberOfBytesWritten', 'PSIZE_T', 8),
      ],
      (call, target, to, from, count, done) => copyBetween(call, call.process, from, target, to, count, done),
    ),
    // The processor sees by itself when code is written.
    service(
      0xe9,
      'NtFlushInstructionCache',
      [process(PROCESS_VM_WRITE), pointer('BaseAddress'), size('Length')],
      () => STATUS_SUCCESS,
    ),
  ];
}

interface Value {
  readonly address: number;
  readonly value: number;
}

function allocate(
  call: Call,
  target: Process,
  base: Value,
  zeroBits: number,
  length: Value,
  type: number,
  protection: number,
): NtStatus {
  if (zeroBits !== 0) return STATUS_INVALID_PARAMETER;
  // 4 KiB granularity is a matter between kernel and providers.
  if (type & mem.MEM_DOS_LIM) return STATUS_INVALID_PARAMETER;
  const place = base.value === 0 ? undefined : base.value;
  const { status, base: at } = allocateVirtualMemory(call.kernel, target, {
    base: place,
    size: length.value,
    type: place === undefined ? type | mem.MEM_RESERVE : type,
    protection,
  });
  if (!succeeded(status)) return status;
  writeLong(call, base.address, at);
  writeLong(call, length.address, roundUp((place ?? at) + length.value) - at);
  return status;
}

function free(call: Call, target: Process, base: Value, length: Value, type: number): NtStatus {
  if (type & mem.MEM_DOS_LIM || base.value < 0 || base.value >= HIGHEST_END) return STATUS_INVALID_PARAMETER;
  const whole = findVad(target, pageOf(base.value));
  const wholeSize = whole ? (whole.end - whole.start) * PAGE_SIZE : 0;
  const status = freeVirtualMemory(call.kernel, target, base.value, length.value, type);
  if (!succeeded(status)) return status;
  const at = roundDown(base.value);
  writeLong(call, base.address, at);
  writeLong(call, length.address, length.value === 0 ? wholeSize : roundUp(base.value + length.value) - at);
  return status;
}

function protect(call: Call, target: Process, base: Value, length: Value, protection: number, old: number): NtStatus {
  if (base.value < 0 || base.value + length.value > HIGHEST_END || length.value <= 0) return STATUS_INVALID_PARAMETER;
  const { status, oldProtection } = protectVirtualMemory(call.kernel, target, base.value, length.value, protection);
  if (!succeeded(status)) return status;
  const at = roundDown(base.value);
  writeLong(call, base.address, at);
  writeLong(call, length.address, roundUp(base.value + length.value) - at);
  if (old) writeWord(call, old, oldProtection);
  return status;
}

/** Bytes that are moved at a time. */
const PIECE = 0x1_0000;

/** MmCopyVirtualMemory: as many bytes as can be read and written; fewer than all is STATUS_PARTIAL_COPY. */
function copyBetween(
  call: Call,
  source: Process,
  from: number,
  target: Process,
  to: number,
  count: number,
  done: number,
): NtStatus {
  if (from < 0 || to < 0 || count < 0 || from + count > HIGHEST_END || to + count > HIGHEST_END)
    return STATUS_ACCESS_VIOLATION;
  let copied = 0;
  while (copied < count) {
    const piece = new Uint8Array(Math.min(PIECE, count - copied));
    const read = copyFromUser(call.kernel, source, from + copied, piece);
    const written = copyToUser(call.kernel, target, to + copied, piece.subarray(0, read));
    copied += written;
    if (written < piece.length) break;
  }
  if (done) writeLong(call, done, copied);
  return copied === count ? STATUS_SUCCESS : STATUS_PARTIAL_COPY;
}
