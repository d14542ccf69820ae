/** What is known of the system: versions, times, processors; and errors that a person must hear of. */

import { PAGE_SIZE } from '../../base/pages.ts';
import { CLOCK_TICK, NS_PER_UNIT, QPC_FREQUENCY, systemTime } from '../ke/sharedUserData.ts';
import { HIGHEST_END, LOWEST_ADDRESS, NT_GRANULARITY } from '../mm/place.ts';
import { encodeStructure, structure } from '../rtl/structure.ts';
import {
  STATUS_ACCESS_VIOLATION,
  STATUS_DLL_NOT_FOUND,
  STATUS_ENTRYPOINT_NOT_FOUND,
  STATUS_INFO_LENGTH_MISMATCH,
  STATUS_INVALID_INFO_CLASS,
  STATUS_ORDINAL_NOT_FOUND,
  STATUS_SUCCESS,
} from '../status.ts';
import type { NtStatus } from '../status.ts';
import { statusText } from '../statusNames.ts';
import { choice, optionalOut, out, pointer, ulong } from './arguments.ts';
import type { Names } from './arguments.ts';
import { partly, service } from './service.ts';
import type { Call, Service } from './service.ts';
import { readLong, readUnicodeString, writeLong, writeUser, writeWord } from './userMemory.ts';

const BASIC = 0;
const PROCESSOR = 1;
const TIME_OF_DAY = 3;
const CLASSES: Names = [
  [BASIC, 'SystemBasicInformation'],
  [PROCESSOR, 'SystemProcessorInformation'],
  [TIME_OF_DAY, 'SystemTimeOfDayInformation'],
];

export function systemServices(): Service[] {
  return [
    partly(
      service(
        0x36,
        'NtQuerySystemInformation',
        [
          choice('SystemInformationClass', 'SYSTEM_INFORMATION_CLASS', CLASSES),
          pointer('SystemInformation'),
          ulong('SystemInformationLength'),
          optionalOut('ReturnLength', 'PULONG', 4),
        ],
        query,
      ),
      'SystemBasicInformation, SystemProcessorInformation and SystemTimeOfDayInformation only.',
    ),
    service(
      0x31,
      'NtQueryPerformanceCounter',
      [out('PerformanceCounter', 'PLARGE_INTEGER', 8), optionalOut('PerformanceFrequency', 'PLARGE_INTEGER', 8)],
      (call, counter, frequency) => {
        writeLong(call, counter, Math.floor(call.kernel.state.time / NS_PER_UNIT));
        if (frequency) writeLong(call, frequency, QPC_FREQUENCY);
        return STATUS_SUCCESS;
      },
    ),
    service(0x5a, 'NtQuerySystemTime', [out('SystemTime', 'PLARGE_INTEGER', 8)], (call, to) => {
      writeLong(call, to, systemTime(call.kernel, call.kernel.state.time));
      return STATUS_SUCCESS;
    }),
    service(
      0x163,
      'NtQueryTimerResolution',
      [out('MaximumTime', 'PULONG', 4), out('MinimumTime', 'PULONG', 4), out('CurrentTime', 'PULONG', 4)],
      (call, ...places) => {
        for (const place of places) writeWord(call, place, CLOCK_TICK / NS_PER_UNIT);
        return STATUS_SUCCESS;
      },
    ),
    service(0xf4, 'NtGetCurrentProcessorNumber', [], () => STATUS_SUCCESS),
    service(
      0x169,
      'NtRaiseHardError',
      [
        choice('ErrorStatus', 'NTSTATUS', []),
        ulong('NumberOfParameters'),
        ulong('UnicodeStringParameterMask'),
        pointer('Parameters', 'PULONG_PTR'),
        ulong('ValidResponseOptions'),
        out('Response', 'PULONG', 4),
      ],
      raiseHardError,
    ),
  ];
}

const BASIC_INFORMATION = () =>
  structure('SYSTEM_BASIC_INFORMATION', 0x40, [
    [0x04, 'TimerResolution', 'u32', ''],
    [0x08, 'PageSize', 'u32', ''],
    [0x0c, 'NumberOfPhysicalPages', 'u32', ''],
    [0x10, 'LowestPhysicalPageNumber', 'u32', ''],
    [0x14, 'HighestPhysicalPageNumber', 'u32', ''],
    [0x18, 'AllocationGranularity', 'u32', ''],
    [0x20, 'MinimumUserModeAddress', 'pointer', ''],
    [0x28, 'MaximumUserModeAddress', 'pointer', ''],
    [0x30, 'ActiveProcessorsAffinityMask', 'u64', ''],
    [0x38, 'NumberOfProcessors', 'u8', ''],
  ]);
const PROCESSOR_INFORMATION = () =>
  structure('SYSTEM_PROCESSOR_INFORMATION', 0x0c, [
    [0x00, 'ProcessorArchitecture', 'u16', ''],
    [0x02, 'ProcessorLevel', 'u16', ''],
    [0x04, 'ProcessorRevision', 'u16', ''],
    [0x06, 'MaximumProcessors', 'u16', ''],
  ]);
const TIME_OF_DAY_INFORMATION = () =>
  structure('SYSTEM_TIMEOFDAY_INFORMATION', 0x30, [
    [0x00, 'BootTime', 'u64', ''],
    [0x08, 'CurrentTime', 'u64', ''],
    [0x10, 'TimeZoneBias', 'u64', ''],
    [0x18, 'TimeZoneId', 'u32', ''],
  ]);
const ARCHITECTURE_AMD64 = 9;
const FAMILY = 6;

function query(call: Call, what: number, buffer: number, length: number, returned: number): NtStatus {
  const bytes = answer(call, what);
  if (!bytes) return STATUS_INVALID_INFO_CLASS;
  if (returned) writeWord(call, returned, bytes.length);
  // Of the time of day a caller may ask for less.
  if (what === TIME_OF_DAY ? length > bytes.length : length !== bytes.length) return STATUS_INFO_LENGTH_MISMATCH;
  return writeUser(call, buffer, bytes.subarray(0, length)) ? STATUS_SUCCESS : STATUS_ACCESS_VIOLATION;
}

function answer({ kernel }: Call, what: number): Uint8Array | undefined {
  switch (what) {
    case BASIC:
      return encodeStructure(BASIC_INFORMATION(), {
        TimerResolution: CLOCK_TICK / NS_PER_UNIT,
        PageSize: PAGE_SIZE,
        NumberOfPhysicalPages: kernel.limits.frames,
        LowestPhysicalPageNumber: 1,
        HighestPhysicalPageNumber: kernel.limits.frames,
        AllocationGranularity: NT_GRANULARITY,
        MinimumUserModeAddress: LOWEST_ADDRESS,
        MaximumUserModeAddress: HIGHEST_END - 1,
        ActiveProcessorsAffinityMask: 1,
        NumberOfProcessors: 1,
      });
    case PROCESSOR:
      return encodeStructure(PROCESSOR_INFORMATION(), {
        ProcessorArchitecture: ARCHITECTURE_AMD64,
        ProcessorLevel: FAMILY,
        MaximumProcessors: 1,
      });
    case TIME_OF_DAY:
      return encodeStructure(TIME_OF_DAY_INFORMATION(), {
        BootTime: systemTime(kernel, 0),
        CurrentTime: systemTime(kernel, kernel.state.time),
      });
    default:
      return undefined;
  }
}

/** What the message box of csrss says of an error; `%1` is the first parameter. */
const MESSAGES: Readonly<Record<number, string>> = {
  [STATUS_DLL_NOT_FOUND]: 'the library %1 was not found; this machine has ntdll.dll only',
  [STATUS_ENTRYPOINT_NOT_FOUND]: 'the procedure entry point %1 could not be found in ntdll.dll',
  [STATUS_ORDINAL_NOT_FOUND]: 'an ordinal could not be found in %1',
};
const RESPONSE_OK = 6;
const MAXIMUM_PARAMETERS = 5;

function raiseHardError(
  call: Call,
  status: number,
  count: number,
  strings: number,
  parameters: number,
  _options: number,
  response: number,
): NtStatus {
  const texts: string[] = [];
  for (let index = 0; index < Math.min(count, MAXIMUM_PARAMETERS); index++) {
    const value = readLong(call, parameters + index * 8);
    if (value === undefined) return STATUS_ACCESS_VIOLATION;
    const text = strings & (1 << index) ? readUnicodeString(call, value) : String(value);
    if (text === undefined) return STATUS_ACCESS_VIOLATION;
    texts.push(text);
  }
  const message = MESSAGES[status]?.replace('%1', texts[0] ?? '') ?? ['hard error', ...texts].join(' ');
  call.kernel.debugPort?.report(call.process, `${call.process.name}: ${message}: ${statusText(status)}.`);
  writeWord(call, response, RESPONSE_OK);
  return STATUS_SUCCESS;
}
