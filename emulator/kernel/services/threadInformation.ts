/** What is known of threads, and what may be changed of them. */

import { setBasePriority, setPriority } from '../ke/priority.ts';
import { HIGH_PRIORITY, LOW_REALTIME_PRIORITY } from '../ke/priority.ts';
import { getProcess } from '../ps/process.ts';
import type { Thread } from '../ps/thread.ts';
import { encodeStructure, structure } from '../rtl/structure.ts';
import {
  STATUS_ACCESS_VIOLATION,
  STATUS_INFO_LENGTH_MISMATCH,
  STATUS_INVALID_INFO_CLASS,
  STATUS_INVALID_PARAMETER,
  STATUS_PRIVILEGE_NOT_HELD,
  STATUS_SUCCESS,
} from '../status.ts';
import type { NtStatus } from '../status.ts';
import type { Names } from './arguments.ts';
import { choice, optionalOut, pointer, thread, ulong } from './arguments.ts';
import { partly, service } from './service.ts';
import type { Call, Service } from './service.ts';
import { readUnicodeString, readUser, writeUser, writeWord } from './userMemory.ts';

const THREAD_SET_INFORMATION = 0x20;
const THREAD_QUERY_LIMITED_INFORMATION = 0x800;

const THREAD_BASIC_INFORMATION = 0;
const THREAD_PRIORITY = 2;
const THREAD_BASE_PRIORITY = 3;
const THREAD_IMPERSONATION_TOKEN = 5;
const THREAD_ZERO_TLS_CELL = 10;
const THREAD_AM_I_LAST = 12;
const THREAD_HIDE_FROM_DEBUGGER = 17;
const THREAD_NAME_INFORMATION = 38;
const THREAD_EXPLICIT_CASE_SENSITIVITY = 43;
const CLASSES: Names = [
  [THREAD_BASIC_INFORMATION, 'ThreadBasicInformation'],
  [THREAD_PRIORITY, 'ThreadPriority'],
  [THREAD_BASE_PRIORITY, 'ThreadBasePriority'],
  [THREAD_IMPERSONATION_TOKEN, 'ThreadImpersonationToken'],
  [THREAD_ZERO_TLS_CELL, 'ThreadZeroTlsCell'],
  [THREAD_AM_I_LAST, 'ThreadAmILastThread'],
  [THREAD_HIDE_FROM_DEBUGGER, 'ThreadHideFromDebugger'],
  [THREAD_NAME_INFORMATION, 'ThreadNameInformation'],
  [THREAD_EXPLICIT_CASE_SENSITIVITY, 'ThreadExplicitCaseSensitivity'],
];

export function threadInformationServices(): Service[] {
  const what = choice('ThreadInformationClass', 'THREADINFOCLASS', CLASSES);
  const buffer = pointer('ThreadInformation');
  const length = ulong('ThreadInformationLength');
  return [
    partly(
      service(
        0x25,
        'NtQueryInformationThread',
        [thread(THREAD_QUERY_LIMITED_INFORMATION), what, buffer, length, optionalOut('ReturnLength', 'PULONG', 4)],
        query,
      ),
      'ThreadBasicInformation, ThreadAmILastThread and ThreadExplicitCaseSensitivity only.',
    ),
    partly(
      service(0x0d, 'NtSetInformationThread', [thread(THREAD_SET_INFORMATION), what, buffer, length], set),
      'Priorities and ThreadNameInformation; ThreadHideFromDebugger changes nothing.',
    ),
  ];
}

const BASIC_INFORMATION = () =>
  structure('THREAD_BASIC_INFORMATION', 0x30, [
    [0x00, 'ExitStatus', 'u32', ''],
    [0x08, 'TebBaseAddress', 'pointer', ''],
    [0x10, 'ClientId.UniqueProcess', 'handle', ''],
    [0x18, 'ClientId.UniqueThread', 'handle', ''],
    [0x20, 'AffinityMask', 'u64', ''],
    [0x28, 'Priority', 'u32', ''],
    [0x2c, 'BasePriority', 'u32', ''],
  ]);
const STATUS_OF_RUNNING_THREAD = 0x103;

function query(call: Call, target: Thread, what: number, buffer: number, length: number, returned: number): NtStatus {
  const bytes = answer(call, target, what);
  if (!bytes) return STATUS_INVALID_INFO_CLASS;
  if (length !== bytes.length) return STATUS_INFO_LENGTH_MISMATCH;
  if (!writeUser(call, buffer, bytes)) return STATUS_ACCESS_VIOLATION;
  if (returned) writeWord(call, returned, bytes.length);
  return STATUS_SUCCESS;
}

/** BasePriority is what THREAD_BASE_PRIORITY sets: the difference from the process's. */
function answer(call: Call, target: Thread, what: number): Uint8Array | undefined {
  const owner = getProcess(call.kernel, target.process);
  switch (what) {
    case THREAD_BASIC_INFORMATION:
      return encodeStructure(BASIC_INFORMATION(), {
        ExitStatus: target.state === 'terminated' ? target.exitStatus : STATUS_OF_RUNNING_THREAD,
        TebBaseAddress: target.teb,
        'ClientId.UniqueProcess': target.process,
        'ClientId.UniqueThread': target.id,
        AffinityMask: 1,
        Priority: target.priority,
        BasePriority: target.basePriority - owner.basePriority,
      });
    case THREAD_AM_I_LAST:
      return word(Number(owner.threads.length === 1));
    case THREAD_EXPLICIT_CASE_SENSITIVITY:
      return word(Number(target.explicitCaseSensitivity));
    default:
      return undefined;
  }
}

function word(value: number): Uint8Array {
  return Uint8Array.of(value, 0, 0, 0);
}

function set(call: Call, target: Thread, what: number, buffer: number, length: number): NtStatus {
  switch (what) {
    case THREAD_HIDE_FROM_DEBUGGER:
      return length === 0 ? STATUS_SUCCESS : STATUS_INFO_LENGTH_MISMATCH;
    case THREAD_NAME_INFORMATION:
      return setName(call, target, buffer, length);
    case THREAD_PRIORITY:
      return withLong(call, buffer, length, priority => setDynamicPriority(call, target, priority));
    case THREAD_BASE_PRIORITY:
      return withLong(call, buffer, length, increment => changeBasePriority(call, target, increment));
    case THREAD_EXPLICIT_CASE_SENSITIVITY:
      // SeDebugPrivilege, which no token here has; providers of pico processes opt their threads in from inside.
      return length === 4 ? STATUS_PRIVILEGE_NOT_HELD : STATUS_INFO_LENGTH_MISMATCH;
    default:
      return STATUS_INVALID_INFO_CLASS;
  }
}

function setName(call: Call, target: Thread, buffer: number, length: number): NtStatus {
  if (length !== 16) return STATUS_INFO_LENGTH_MISMATCH;
  const name = readUnicodeString(call, buffer);
  if (name === undefined) return STATUS_ACCESS_VIOLATION;
  target.name = name;
  return STATUS_SUCCESS;
}

function withLong(call: Call, buffer: number, length: number, act: (value: number) => NtStatus): NtStatus {
  if (length !== 4) return STATUS_INFO_LENGTH_MISMATCH;
  const bytes = readUser(call, buffer, 4);
  return bytes ? act(new DataView(bytes.buffer, bytes.byteOffset, 4).getInt32(0, true)) : STATUS_ACCESS_VIOLATION;
}

/** KeSetPriorityThread: until quantum ends bring it back to the base. Real-time ones take SeIncreaseBasePriority. */
function setDynamicPriority({ kernel }: Call, target: Thread, priority: number): NtStatus {
  if (priority < 1 || priority > HIGH_PRIORITY) return STATUS_INVALID_PARAMETER;
  if (priority >= LOW_REALTIME_PRIORITY) return STATUS_PRIVILEGE_NOT_HELD;
  setPriority(kernel, target, priority);
  return STATUS_SUCCESS;
}

/** THREAD_PRIORITY_LOWEST to HIGHEST, and the two that lead to the ends of the range (winnt.h). */
const LARGEST_STEP = 2;
const TO_THE_END = 15;

function changeBasePriority({ kernel }: Call, target: Thread, increment: number): NtStatus {
  const distance = Math.abs(increment);
  if (distance > LARGEST_STEP && distance !== TO_THE_END) return STATUS_INVALID_PARAMETER;
  const { basePriority } = getProcess(kernel, target.process);
  setBasePriority(kernel, target, Math.min(Math.max(basePriority + increment, 1), LOW_REALTIME_PRIORITY - 1));
  return STATUS_SUCCESS;
}
