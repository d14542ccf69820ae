/** Events, mutants, semaphores and timers. */

import { USER_APC } from '../ke/userApc.ts';
import { clearEvent, createEvent, pulseEvent, setEvent } from '../ke/event.ts';
import { dispatcherObjectOf } from '../ke/dispatcherObject.ts';
import { createMutant, releaseMutant } from '../ke/mutant.ts';
import { EVENT_INCREMENT } from '../ke/priority.ts';
import { createSemaphore, releaseSemaphore } from '../ke/semaphore.ts';
import { cancelTimer, createTimer, setTimer } from '../ke/timer.ts';
import { NS_PER_UNIT } from '../ke/sharedUserData.ts';
import { createObjectByName, openObjectByName } from '../ob/open.ts';
import type { ObjectAttributes, Opened } from '../ob/open.ts';
import { referenceObjectByHandle } from '../ob/handleTable.ts';
import type { ObjectTypeName } from '../ob/objectType.ts';
import { encodeStructure, structure } from '../rtl/structure.ts';
import type { FieldType, FieldValue } from '../rtl/structure.ts';
import {
  STATUS_ACCESS_VIOLATION,
  STATUS_INFO_LENGTH_MISMATCH,
  STATUS_INVALID_INFO_CLASS,
  STATUS_INVALID_PARAMETER,
  STATUS_OBJECT_TYPE_MISMATCH,
  STATUS_SUCCESS,
  succeeded,
} from '../status.ts';
import type { NtStatus } from '../status.ts';
import {
  accessMask,
  boolean,
  choice,
  handleOut,
  long,
  object,
  objectAttributes,
  optionalLargeInteger,
  optionalOut,
  pointer,
  ulong,
} from './arguments.ts';
import type { Names } from './arguments.ts';
import { service } from './service.ts';
import type { Call, Service } from './service.ts';
import { writeLong, writeUser, writeWord } from './userMemory.ts';
import { dueTime } from './times.ts';

const MODIFY_STATE = 2;
const QUERY_STATE = 1;
const TYPES: Names = [
  [0, 'Notification'],
  [1, 'Synchronization'],
];
const NS_PER_MS = 1_000_000;

export function synchronizationServices(): Service[] {
  return [...eventServices(), ...mutantServices(), ...semaphoreServices(), ...timerServices()];
}

/** Gives the handle of an object that was created or opened. */
export function give(call: Call, to: number, opened: Opened): NtStatus {
  if (succeeded(opened.status)) writeLong(call, to, opened.handle);
  return opened.status;
}

function create(
  call: Call,
  to: number,
  type: ObjectTypeName,
  access: number,
  attributes: ObjectAttributes,
  body: () => number,
): NtStatus {
  return give(call, to, createObjectByName(call.kernel, call, type, access, attributes, body));
}

function openService(number: number, name: string, type: ObjectTypeName): Service {
  return service(
    number,
    name,
    [handleOut(`${type}Handle`), accessMask(), objectAttributes()],
    (call, to, access, attributes) => give(call, to, openObjectByName(call.kernel, call, type, access, attributes)),
  );
}

type QueryRow = readonly [offset: number, name: string, type: FieldType];

/** A service that tells the state of an object: its one information class is number 0. */
function queryService(
  number: number,
  name: string,
  type: ObjectTypeName,
  size: number,
  rows: readonly QueryRow[],
  values: (call: Call, body: number) => Readonly<Record<string, FieldValue>>,
): Service {
  return service(
    number,
    name,
    [
      object(`${type}Handle`, type, QUERY_STATE),
      ulong(`${type}InformationClass`),
      pointer(`${type}Information`),
      ulong('Length'),
      optionalOut('ReturnLength', 'PULONG', 4),
    ],
    (call, header, what, buffer, length, returned) => {
      if (what !== 0) return STATUS_INVALID_INFO_CLASS;
      if (length !== size) return STATUS_INFO_LENGTH_MISMATCH;
      const layout = structure(
        name,
        size,
        rows.map(([offset, field, kind]) => [offset, field, kind, ''] as const),
      );
      if (!writeUser(call, buffer, encodeStructure(layout, values(call, header.body)))) return STATUS_ACCESS_VIOLATION;
      if (returned) writeWord(call, returned, size);
      return STATUS_SUCCESS;
    },
  );
}

function eventServices(): Service[] {
  const event = object('EventHandle', 'Event', MODIFY_STATE);
  const previous = optionalOut('PreviousState', 'PLONG', 4);
  const change = (number: number, name: string, action: (call: Call, body: number) => number): Service =>
    service(number, name, [event, previous], (call, header, to) => {
      const before = action(call, header.body);
      if (to) writeWord(call, to, before);
      return STATUS_SUCCESS;
    });
  return [
    service(
      0x48,
      'NtCreateEvent',
      [
        handleOut('EventHandle'),
        accessMask(),
        objectAttributes(),
        choice('EventType', 'EVENT_TYPE', TYPES),
        boolean('InitialState'),
      ],
      (call, to, access, attributes, type, signaled) => {
        if (type > 1) return STATUS_INVALID_PARAMETER;
        const kind = type === 0 ? 'notification' : 'synchronization';
        return create(call, to, 'Event', access, attributes, () => createEvent(call.kernel, kind, signaled));
      },
    ),
    openService(0x40, 'NtOpenEvent', 'Event'),
    change(0x0e, 'NtSetEvent', ({ kernel }, body) => setEvent(kernel, body, EVENT_INCREMENT)),
    change(0x17a, 'NtResetEvent', ({ kernel }, body) => clearEvent(kernel, body)),
    change(0x13e, 'NtPulseEvent', ({ kernel }, body) => pulseEvent(kernel, body, EVENT_INCREMENT)),
    service(0x3e, 'NtClearEvent', [event], ({ kernel }, header) => {
      clearEvent(kernel, header.body);
      return STATUS_SUCCESS;
    }),
    queryService(
      0x56,
      'NtQueryEvent',
      'Event',
      8,
      [
        [0, 'EventType', 'u32'],
        [4, 'EventState', 'u32'],
      ],
      ({ kernel }, body) => {
        const { kind, signalState } = dispatcherObjectOf(kernel, body, 'event');
        return { EventType: Number(kind === 'synchronization'), EventState: signalState };
      },
    ),
  ];
}

function mutantServices(): Service[] {
  return [
    service(
      0xb4,
      'NtCreateMutant',
      [handleOut('MutantHandle'), accessMask(), objectAttributes(), boolean('InitialOwner')],
      (call, to, access, attributes, owned) =>
        create(call, to, 'Mutant', access, attributes, () =>
          createMutant(call.kernel, owned ? call.thread : undefined),
        ),
    ),
    openService(0x125, 'NtOpenMutant', 'Mutant'),
    service(
      0x20,
      'NtReleaseMutant',
      [object('MutantHandle', 'Mutant', 0), optionalOut('PreviousCount', 'PLONG', 4)],
      (call, header, to) => {
        const { status, previous } = releaseMutant(call.kernel, call.thread, header.body);
        if (succeeded(status) && to) writeWord(call, to, previous);
        return status;
      },
    ),
    queryService(
      0x156,
      'NtQueryMutant',
      'Mutant',
      8,
      [
        [0, 'CurrentCount', 'u32'],
        [4, 'OwnedByCaller', 'u8'],
        [5, 'AbandonedState', 'u8'],
      ],
      ({ kernel, thread }, body) => {
        const { signalState, owner, abandoned } = dispatcherObjectOf(kernel, body, 'mutant');
        return {
          CurrentCount: signalState,
          OwnedByCaller: Number(owner === thread.id),
          AbandonedState: Number(abandoned),
        };
      },
    ),
  ];
}

function semaphoreServices(): Service[] {
  return [
    service(
      0xc0,
      'NtCreateSemaphore',
      [handleOut('SemaphoreHandle'), accessMask(), objectAttributes(), long('InitialCount'), long('MaximumCount')],
      (call, to, access, attributes, count, limit) => {
        if (limit <= 0 || count < 0 || count > limit) return STATUS_INVALID_PARAMETER;
        return create(call, to, 'Semaphore', access, attributes, () => createSemaphore(call.kernel, count, limit));
      },
    ),
    openService(0x12c, 'NtOpenSemaphore', 'Semaphore'),
    service(
      0x0a,
      'NtReleaseSemaphore',
      [
        object('SemaphoreHandle', 'Semaphore', MODIFY_STATE),
        long('ReleaseCount'),
        optionalOut('PreviousCount', 'PLONG', 4),
      ],
      (call, header, count, to) => {
        if (count <= 0) return STATUS_INVALID_PARAMETER;
        const { status, previous } = releaseSemaphore(call.kernel, header.body, count);
        if (succeeded(status) && to) writeWord(call, to, previous);
        return status;
      },
    ),
    queryService(
      0x15e,
      'NtQuerySemaphore',
      'Semaphore',
      8,
      [
        [0, 'CurrentCount', 'u32'],
        [4, 'MaximumCount', 'u32'],
      ],
      ({ kernel }, body) => {
        const { signalState, limit } = dispatcherObjectOf(kernel, body, 'semaphore');
        return { CurrentCount: signalState, MaximumCount: limit };
      },
    ),
  ];
}

function timerServices(): Service[] {
  const timer = object('TimerHandle', 'Timer', MODIFY_STATE);
  return [
    service(
      0xc3,
      'NtCreateTimer',
      [handleOut('TimerHandle'), accessMask(), objectAttributes(), choice('TimerType', 'TIMER_TYPE', TYPES)],
      (call, to, access, attributes, type) => {
        if (type > 1) return STATUS_INVALID_PARAMETER;
        const kind = type === 0 ? 'notification' : 'synchronization';
        return create(call, to, 'Timer', access, attributes, () => createTimer(call.kernel, kind));
      },
    ),
    openService(0x130, 'NtOpenTimer', 'Timer'),
    service(
      0x62,
      'NtSetTimer',
      [
        timer,
        optionalLargeInteger('DueTime'),
        pointer('TimerApcRoutine', 'PTIMER_APC_ROUTINE'),
        pointer('TimerContext'),
        boolean('ResumeTimer'),
        long('Period'),
        optionalOut('PreviousState', 'PBOOLEAN', 1),
      ],
      (call, header, due, routine, context, _resume, period, to) => {
        const { kernel, thread } = call;
        const at = dueTime(kernel, due);
        if (at === undefined) return STATUS_ACCESS_VIOLATION;
        if (period < 0) return STATUS_INVALID_PARAMETER;
        // The routine gets the context and the time at which the timer was due, as two words.
        const apc = routine
          ? {
              routine: USER_APC,
              context: [routine, context, Math.floor(at / NS_PER_UNIT), 0],
              special: false,
              thread: thread.id,
            }
          : undefined;
        const wasArmed = setTimer(kernel, header.body, { due: at, period: period * NS_PER_MS, apc });
        if (to) writeUser(call, to, Uint8Array.of(Number(wasArmed)));
        return STATUS_SUCCESS;
      },
    ),
    service(0x61, 'NtCancelTimer', [timer, optionalOut('CurrentState', 'PBOOLEAN', 1)], (call, header, to) => {
      const wasArmed = cancelTimer(call.kernel, header.body);
      if (to) writeUser(call, to, Uint8Array.of(Number(wasArmed)));
      return STATUS_SUCCESS;
    }),
    queryService(
      0x38,
      'NtQueryTimer',
      'Timer',
      16,
      [
        [0, 'RemainingTime', 'u64'],
        [8, 'TimerState', 'u8'],
      ],
      ({ kernel }, body) => {
        const { due, signalState } = dispatcherObjectOf(kernel, body, 'timer');
        return {
          RemainingTime: Math.floor((due - kernel.state.time) / NS_PER_UNIT),
          TimerState: Number(signalState > 0),
        };
      },
    ),
  ];
}

/** What NtSignalAndWaitForSingleObject does first. */
export function signalObject(call: Call, value: number): NtStatus {
  const { kernel, process, thread } = call;
  const { status, object: found } = referenceObjectByHandle(kernel, process, value, 0);
  if (!found) return status;
  switch (found.type) {
    case 'Event':
      setEvent(kernel, found.body, EVENT_INCREMENT);
      return STATUS_SUCCESS;
    case 'Mutant':
      return releaseMutant(kernel, thread, found.body).status;
    case 'Semaphore':
      return releaseSemaphore(kernel, found.body, 1).status;
    default:
      return STATUS_OBJECT_TYPE_MISMATCH;
  }
}
