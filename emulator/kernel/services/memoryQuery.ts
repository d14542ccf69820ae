/** NtQueryVirtualMemory: what is known of an address, by class (ntmmapi.h of phnt). */

import type { Kernel } from '../kernel.ts';
import { HIGHEST_END } from '../mm/place.ts';
import { queryMappedFilename, queryRegion, queryVirtualMemory, queryWorkingSetEx } from '../mm/query.ts';
import type { WorkingSetExBlock } from '../mm/query.ts';
import type { Process } from '../ps/process.ts';
import { encodeStructure, structure } from '../rtl/structure.ts';
import { encodeUnicode } from '../rtl/unicode.ts';
import {
  STATUS_ACCESS_VIOLATION,
  STATUS_INFO_LENGTH_MISMATCH,
  STATUS_INVALID_ADDRESS,
  STATUS_INVALID_INFO_CLASS,
  STATUS_INVALID_PARAMETER,
  STATUS_SUCCESS,
  succeeded,
} from '../status.ts';
import type { NtStatus } from '../status.ts';
import { choice, optionalOut, pointer, process, size } from './arguments.ts';
import type { Names } from './arguments.ts';
import { partly, service } from './service.ts';
import type { Call, Service } from './service.ts';
import { readUser, writeLong, writeUser } from './userMemory.ts';

const PROCESS_QUERY_INFORMATION = 0x400;

const BASIC = 0;
const MAPPED_FILENAME = 2;
const REGION = 3;
const WORKING_SET_EX = 4;
const CLASSES: Names = [
  [BASIC, 'MemoryBasicInformation'],
  [MAPPED_FILENAME, 'MemoryMappedFilenameInformation'],
  [REGION, 'MemoryRegionInformation'],
  [WORKING_SET_EX, 'MemoryWorkingSetExInformation'],
];

export function memoryQueryServices(): Service[] {
  return [
    partly(
      service(
        0x23,
        'NtQueryVirtualMemory',
        [
          process(PROCESS_QUERY_INFORMATION),
          pointer('BaseAddress'),
          choice('MemoryInformationClass', 'MEMORY_INFORMATION_CLASS', CLASSES),
          pointer('MemoryInformation'),
          size('MemoryInformationLength'),
          optionalOut('ReturnLength', 'PSIZE_T', 8),
        ],
        (call, target, address, what, buffer, length, returned) => {
          if (what === WORKING_SET_EX) return queryWorkingSet(call, target, buffer, length, returned);
          if (address < 0 || address >= HIGHEST_END) return STATUS_INVALID_PARAMETER;
          const answer = ANSWERS[what]?.(call.kernel, target, address, buffer);
          if (!answer) return STATUS_INVALID_INFO_CLASS;
          if (!succeeded(answer.status)) return answer.status;
          if (length < answer.bytes.length) return STATUS_INFO_LENGTH_MISMATCH;
          if (!writeUser(call, buffer, answer.bytes)) return STATUS_ACCESS_VIOLATION;
          if (returned) writeLong(call, returned, answer.bytes.length);
          return STATUS_SUCCESS;
        },
      ),
      'The classes that its arguments are printed with.',
    ),
  ];
}

interface Answer {
  readonly status: NtStatus;
  readonly bytes: Uint8Array;
}

const given = (bytes: Uint8Array): Answer => ({ status: STATUS_SUCCESS, bytes });
const refused = (status: NtStatus): Answer => ({ status, bytes: new Uint8Array(0) });

/** By class; `buffer` is where the answer will lie. */
const ANSWERS: Readonly<Record<number, (kernel: Kernel, target: Process, address: number, buffer: number) => Answer>> =
  {
    [BASIC]: (kernel, target, address) => given(basicInformation(kernel, target, address)),
    [REGION](kernel, target, address) {
      const found = queryRegion(kernel, target, address);
      if (!found) return refused(STATUS_INVALID_ADDRESS);
      return given(
        encodeStructure(REGION_INFORMATION(), {
          AllocationBase: found.allocationBase,
          AllocationProtect: found.allocationProtect,
          RegionType: found.regionType,
          RegionSize: found.regionSize,
          CommitSize: found.commitSize,
        }),
      );
    },
    [MAPPED_FILENAME](kernel, target, address, buffer) {
      const { status, name } = queryMappedFilename(kernel, target, address);
      if (!succeeded(status)) return refused(status);
      const text = encodeUnicode(`${name}\0`);
      const bytes = new Uint8Array(UNICODE_STRING_SIZE + text.length);
      const layout = structure('UNICODE_STRING', UNICODE_STRING_SIZE, [[0, 'Name', 'unicode', '']]);
      bytes.set(encodeStructure(layout, { Name: { address: buffer + UNICODE_STRING_SIZE, length: text.length - 2 } }));
      bytes.set(text, UNICODE_STRING_SIZE);
      return given(bytes);
    },
  };

const UNICODE_STRING_SIZE = 16;
const BASIC_INFORMATION = () =>
  structure('MEMORY_BASIC_INFORMATION', 0x30, [
    [0x00, 'BaseAddress', 'pointer', ''],
    [0x08, 'AllocationBase', 'pointer', ''],
    [0x10, 'AllocationProtect', 'u32', ''],
    [0x18, 'RegionSize', 'u64', ''],
    [0x20, 'State', 'u32', ''],
    [0x24, 'Protect', 'u32', ''],
    [0x28, 'Type', 'u32', ''],
  ]);
const REGION_INFORMATION = () =>
  structure('MEMORY_REGION_INFORMATION', 0x28, [
    [0x00, 'AllocationBase', 'pointer', ''],
    [0x08, 'AllocationProtect', 'u32', ''],
    [0x0c, 'RegionType', 'u32', ''],
    [0x10, 'RegionSize', 'u64', ''],
    [0x18, 'CommitSize', 'u64', ''],
  ]);

function basicInformation(kernel: Kernel, target: Process, address: number): Uint8Array {
  const found = queryVirtualMemory(kernel, target, address);
  return encodeStructure(BASIC_INFORMATION(), {
    BaseAddress: found.baseAddress,
    AllocationBase: found.allocationBase,
    AllocationProtect: found.allocationProtect,
    RegionSize: found.regionSize,
    State: found.state,
    Protect: found.protect,
    Type: found.type,
  });
}

/** MEMORY_WORKING_SET_EX_INFORMATION: an address, and the block of bits that answers. */
const WORKING_SET_EX_SIZE = 16;
const LARGEST_BUFFER = 0x10_0000;

/** The caller's array holds the addresses; each entry is answered in place. */
function queryWorkingSet(call: Call, target: Process, buffer: number, length: number, returned: number): NtStatus {
  if (length <= 0 || length % WORKING_SET_EX_SIZE || length > LARGEST_BUFFER) return STATUS_INFO_LENGTH_MISMATCH;
  const bytes = readUser(call, buffer, length);
  if (!bytes) return STATUS_ACCESS_VIOLATION;
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < length; at += WORKING_SET_EX_SIZE) {
    const address = Number(view.getBigUint64(at, true));
    const block = address < HIGHEST_END ? queryWorkingSetEx(call.kernel, target, address) : undefined;
    view.setBigUint64(at + 8, BigInt(block ? blockBits(block) : 0), true);
  }
  if (!writeUser(call, buffer, bytes)) return STATUS_ACCESS_VIOLATION;
  if (returned) writeLong(call, returned, length);
  return STATUS_SUCCESS;
}

/** Locations of pages that are not valid. */
const LOCATIONS = { invalid: 0, resident: 1, pagefile: 2 } as const;

/**
 * Valid:1 ShareCount:3 Win32Protection:11 Shared:1 Node:6 Locked:1 LargePage:1 Priority:3 Reserved:3 SharedOriginal:1;
 * of pages that are not valid the location stands in bits 22 and 23 (MEMORY_WORKING_SET_EX_BLOCK).
 */
function blockBits(block: WorkingSetExBlock): number {
  if (!block.valid) return LOCATIONS[block.location] * 2 ** 22;
  const flags = [
    [0, true],
    [15, block.shared],
    [22, block.locked],
    [30, block.sharedOriginal],
  ] as const;
  const bits = flags.reduce((sum, [bit, isSet]) => sum + (isSet ? 2 ** bit : 0), 0);
  return bits + block.shareCount * 2 + block.win32Protection * 2 ** 4 + block.priority * 2 ** 24;
}
