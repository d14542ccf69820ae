/** Threads: making and ending them, their registers, APCs, exceptions. */

import { alertThread, queueUserApc, testAlert } from '../ke/apc.ts';
import { trapFrame } from '../ke/context.ts';
import { resumeThread, suspendThread } from '../ke/suspend.ts';
import { USER_APC } from '../ke/userApc.ts';
import { decodeContext, encodeContext } from '../ke/userContext.ts';
import { dispatchUserException, endUnhandled } from '../ke/userException.ts';
import { getObject } from '../ob/object.ts';
import { openObjectByPointer } from '../ob/open.ts';
import type { ExceptionRecord } from '../ps/pico.ts';
import type { Process } from '../ps/process.ts';
import { terminateThread } from '../ps/terminate.ts';
import { createUserThread } from '../ps/userThread.ts';
import { CONTEXT_FLAGS, CONTEXT_SIZE, exceptionRecord } from '../rtl/context.ts';
import { signed64 } from '../../base/words.ts';
import {
  STATUS_ACCESS_DENIED,
  STATUS_ACCESS_VIOLATION,
  STATUS_INVALID_PARAMETER,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
  succeeded,
} from '../status.ts';
import type { NtStatus } from '../status.ts';
import type { Names } from './arguments.ts';
import {
  accessMask,
  boolean,
  flags,
  handle,
  handleOut,
  objectAttributes,
  optionalOut,
  pointer,
  process,
  size,
  thread,
  ulong,
} from './arguments.ts';
import { oneWay, partly, service, UNANSWERED } from './service.ts';
import type { Call, Service } from './service.ts';
import { give } from './synchronization.ts';
import { openThreadById } from './clientIds.ts';
import { threadInformationServices } from './threadInformation.ts';
import { readUser, writeUser, writeWord } from './userMemory.ts';

const PROCESS_CREATE_THREAD = 0x2;
const THREAD_TERMINATE = 0x1;
const THREAD_SUSPEND_RESUME = 0x2;
const THREAD_ALERT = 0x4;
const THREAD_GET_CONTEXT = 0x8;
const THREAD_SET_CONTEXT = 0x10;

const CREATE_SUSPENDED = 1;
const CREATE_FLAGS: Names = [
  [CREATE_SUSPENDED, 'THREAD_CREATE_FLAGS_CREATE_SUSPENDED'],
  [2, 'THREAD_CREATE_FLAGS_SKIP_THREAD_ATTACH'],
  [4, 'THREAD_CREATE_FLAGS_HIDE_FROM_DEBUGGER'],
];
const STACK_RESERVE = 0x10_0000;
const STACK_COMMIT = 0x1000;

export function threadServices(): Service[] {
  return [...lifeServices(), ...contextServices(), ...threadInformationServices()];
}

function lifeServices(): Service[] {
  const previous = optionalOut('PreviousSuspendCount', 'PULONG', 4);
  return [
    partly(
      service(
        0xc2,
        'NtCreateThreadEx',
        [
          handleOut('ThreadHandle'),
          accessMask(),
          objectAttributes(),
          process(PROCESS_CREATE_THREAD),
          pointer('StartRoutine', 'PUSER_THREAD_START_ROUTINE'),
          pointer('Argument'),
          flags('CreateFlags', CREATE_FLAGS),
          size('ZeroBits'),
          size('StackSize'),
          size('MaximumStackSize'),
          pointer('AttributeList', 'PPS_ATTRIBUTE_LIST'),
        ],
        (call, to, access, _attributes, target, start, argument, createFlags, _zeroBits, commit, reserve) =>
          create(call, to, access, target, { start, argument, commit, reserve }, createFlags),
      ),
      'The attribute list is not read.',
    ),
    service(
      0x12f,
      'NtOpenThread',
      [handleOut('ThreadHandle'), accessMask(), objectAttributes(), pointer('ClientId')],
      (call, to, access, { attributes }, clientId) => openThreadById(call, to, access, attributes, clientId),
    ),
    service(0x53, 'NtTerminateThread', [handle('ThreadHandle'), ulong('ExitStatus')], (call, value, status) => {
      // Null is the current thread.
      const target = value === 0 ? call.thread : thread(THREAD_TERMINATE).decode(call, { low: value | 0, value });
      if (!succeeded(call.refusal)) return call.refusal;
      terminateThread(call.kernel, target, status);
      return target === call.thread ? UNANSWERED : STATUS_SUCCESS;
    }),
    service(0x1be, 'NtSuspendThread', [thread(THREAD_SUSPEND_RESUME), previous], (call, target, to) =>
      counted(call, to, suspendThread(call.kernel, target)),
    ),
    service(0x52, 'NtResumeThread', [thread(THREAD_SUSPEND_RESUME), previous], (call, target, to) =>
      counted(call, to, resumeThread(call.kernel, target)),
    ),
    service(0x6f, 'NtAlertThread', [thread(THREAD_ALERT)], ({ kernel }, target) => {
      alertThread(kernel, target);
      return STATUS_SUCCESS;
    }),
    service(0x6e, 'NtAlertResumeThread', [thread(THREAD_SUSPEND_RESUME), previous], (call, target, to) => {
      alertThread(call.kernel, target);
      return counted(call, to, resumeThread(call.kernel, target));
    }),
    service(
      0x45,
      'NtQueueApcThread',
      [
        thread(THREAD_SET_CONTEXT),
        pointer('ApcRoutine', 'PPS_APC_ROUTINE'),
        pointer('ApcArgument1'),
        pointer('ApcArgument2'),
        pointer('ApcArgument3'),
      ],
      (call, target, routine, first, second, third) => {
        if (target.teb === 0) return STATUS_INVALID_PARAMETER;
        queueUserApc(call.kernel, target, {
          routine: USER_APC,
          context: [routine, first, second, third],
          special: false,
        });
        return target.state === 'terminated' ? STATUS_UNSUCCESSFUL : STATUS_SUCCESS;
      },
    ),
  ];
}

interface Start {
  readonly start: number;
  readonly argument: number;
  readonly commit: number;
  readonly reserve: number;
}

function create(call: Call, to: number, access: number, target: Process, start: Start, createFlags: number): NtStatus {
  const created = createUserThread(call.kernel, target, {
    start: start.start,
    argument: start.argument,
    stackReserve: start.reserve > 0 ? start.reserve : STACK_RESERVE,
    stackCommit: start.commit > 0 ? start.commit : STACK_COMMIT,
  });
  if (!created.thread) return created.status;
  const opened = openObjectByPointer(call, getObject(call.kernel, created.thread.object), access);
  if (!succeeded(opened.status)) terminateThread(call.kernel, created.thread, opened.status);
  else if (!(createFlags & CREATE_SUSPENDED)) resumeThread(call.kernel, created.thread);
  return give(call, to, opened);
}

function counted(call: Call, to: number, { status, previous }: { status: NtStatus; previous: number }): NtStatus {
  if (succeeded(status) && to) writeWord(call, to, previous);
  return status;
}

function contextServices(): Service[] {
  const context = pointer('ThreadContext', 'PCONTEXT');
  return [
    service(0xf3, 'NtGetContextThread', [thread(THREAD_GET_CONTEXT), context], (call, target, address) => {
      const header = readUser(call, address, CONTEXT_SIZE);
      if (!header) return STATUS_ACCESS_VIOLATION;
      const wanted = new DataView(header.buffer).getUint32(CONTEXT_FLAGS, true);
      if (target.minimal) return STATUS_ACCESS_DENIED;
      const bytes = encodeContext(trapFrame(call.kernel, target), wanted);
      return writeUser(call, address, bytes) ? STATUS_SUCCESS : STATUS_ACCESS_VIOLATION;
    }),
    service(0x18d, 'NtSetContextThread', [thread(THREAD_SET_CONTEXT), context], (call, target, address) => {
      const bytes = readUser(call, address, CONTEXT_SIZE);
      if (!bytes) return STATUS_ACCESS_VIOLATION;
      if (target.minimal) return STATUS_ACCESS_DENIED;
      decodeContext(bytes, trapFrame(call.kernel, target));
      return target === call.thread ? UNANSWERED : STATUS_SUCCESS;
    }),
    oneWay(
      service(0x43, 'NtContinue', [context, boolean('TestAlert')], (call, address, isTested) => {
        const bytes = readUser(call, address, CONTEXT_SIZE);
        if (!bytes) return STATUS_ACCESS_VIOLATION;
        decodeContext(bytes, call.frame);
        if (isTested) testAlert(call.thread);
        return UNANSWERED;
      }),
    ),
    oneWay(
      service(
        0x168,
        'NtRaiseException',
        [pointer('ExceptionRecord', 'PEXCEPTION_RECORD'), context, boolean('FirstChance')],
        (call, recordAddress, address, isFirst) => {
          const record = readRecord(call, recordAddress);
          const bytes = readUser(call, address, CONTEXT_SIZE);
          if (!record || !bytes) return STATUS_ACCESS_VIOLATION;
          decodeContext(bytes, call.frame);
          if (!isFirst) endUnhandled(call.kernel, call.thread, record);
          else {
            call.kernel.debugPort?.exception(record, call.thread, call.frame);
            dispatchUserException(call.kernel, call.thread, call.frame, record);
          }
          return UNANSWERED;
        },
      ),
    ),
  ];
}

/** Of a processor's exception; software has none. */
const NO_VECTOR = -1;
const MAXIMUM_PARAMETERS = 15;

function readRecord(call: Call, address: number): ExceptionRecord | undefined {
  const bytes = readUser(call, address, exceptionRecord().size);
  if (!bytes) return undefined;
  const view = new DataView(bytes.buffer);
  const long = (at: number): number => signed64(view.getInt32(at, true), view.getInt32(at + 4, true));
  const count = Math.min(view.getUint32(0x18, true), MAXIMUM_PARAMETERS);
  return {
    exceptionCode: view.getUint32(0, true),
    exceptionFlags: view.getUint32(4, true),
    exceptionAddress: long(0x10),
    exceptionInformation: Array.from({ length: count }, (_, index) => long(0x20 + index * 8)),
    vector: NO_VECTOR,
    errorCode: 0,
  };
}
