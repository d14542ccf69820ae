/** Waits: for objects, for time, and giving up the processor. */

import { testAlert } from '../ke/apc.ts';
import { takeWaitStatus, waitForObjects } from '../ke/wait.ts';
import { MAXIMUM_WAIT_OBJECTS, waitForHandles } from '../ob/wait.ts';
import {
  STATUS_ACCESS_VIOLATION,
  STATUS_ALERTED,
  STATUS_INVALID_PARAMETER_1,
  STATUS_INVALID_PARAMETER_3,
  STATUS_SUCCESS,
  STATUS_TIMEOUT,
  succeeded,
} from '../status.ts';
import { boolean, choice, handle, optionalLargeInteger, pointer, ulong } from './arguments.ts';
import { service, UNANSWERED } from './service.ts';
import type { Service } from './service.ts';
import { signalObject } from './synchronization.ts';
import { dueTime } from './times.ts';
import { readUser } from './userMemory.ts';

export function waitServices(): Service[] {
  const alertable = boolean('Alertable');
  const timeout = optionalLargeInteger('Timeout');
  return [
    service(0x04, 'NtWaitForSingleObject', [handle('Handle'), alertable, timeout], (call, one, isAlertable, limit) => {
      const wait = { handles: [one], all: false, alertable: isAlertable, due: dueTime(call.kernel, limit) };
      return waitForHandles(call.kernel, call.thread, wait) ?? UNANSWERED;
    }),
    service(
      0x5b,
      'NtWaitForMultipleObjects',
      [
        ulong('Count'),
        pointer('Handles', 'HANDLE *'),
        choice('WaitType', 'WAIT_TYPE', [
          [WAIT_ALL, 'WaitAll'],
          [WAIT_ANY, 'WaitAny'],
        ]),
        alertable,
        timeout,
      ],
      (call, count, address, type, isAlertable, limit) => {
        if (count === 0 || count > MAXIMUM_WAIT_OBJECTS) return STATUS_INVALID_PARAMETER_1;
        if (type !== WAIT_ALL && type !== WAIT_ANY) return STATUS_INVALID_PARAMETER_3;
        const bytes = readUser(call, address, count * 8);
        if (!bytes) return STATUS_ACCESS_VIOLATION;
        const view = new DataView(bytes.buffer);
        const handles = Array.from({ length: count }, (_, index) => Number(view.getBigInt64(index * 8, true)));
        const wait = { handles, all: type === WAIT_ALL, alertable: isAlertable, due: dueTime(call.kernel, limit) };
        return waitForHandles(call.kernel, call.thread, wait) ?? UNANSWERED;
      },
    ),
    service(
      0x1b8,
      'NtSignalAndWaitForSingleObject',
      [handle('SignalHandle'), handle('WaitHandle'), alertable, timeout],
      (call, signal, one, isAlertable, limit) => {
        // The call starts again when its wait has ended; the signal is given only once.
        if (!call.thread.outcome) {
          const status = signalObject(call, signal);
          if (!succeeded(status)) return status;
        }
        const wait = { handles: [one], all: false, alertable: isAlertable, due: dueTime(call.kernel, limit) };
        return waitForHandles(call.kernel, call.thread, wait) ?? UNANSWERED;
      },
    ),
    service(0x34, 'NtDelayExecution', [alertable, timeout], (call, isAlertable, limit) => {
      const ended = takeWaitStatus(call.thread);
      if (ended !== undefined) return ended === STATUS_TIMEOUT ? STATUS_SUCCESS : ended;
      const due = dueTime(call.kernel, limit);
      waitForObjects(call.kernel, call.thread, { objects: [], due, alertable: isAlertable, reason: 'DelayExecution' });
      return UNANSWERED;
    }),
    service(0x46, 'NtYieldExecution', [], ({ thread }) => {
      thread.quantum = 0;
      return STATUS_SUCCESS;
    }),
    service(0x1c2, 'NtTestAlert', [], ({ thread }) => (testAlert(thread) ? STATUS_ALERTED : STATUS_SUCCESS)),
  ];
}

const WAIT_ALL = 0;
const WAIT_ANY = 1;
