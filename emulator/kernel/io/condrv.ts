/** The console device: output goes to the host's console, input comes from whoever debugs the machine (condrv.sys). */

import { concatenate } from '../../base/bytes.ts';
import type { HostConsole } from '../../base/host.ts';
import { createEvent, pulseEvent } from '../ke/event.ts';
import type { Kernel } from '../kernel.ts';
import {
  STATUS_END_OF_FILE,
  STATUS_INVALID_DEVICE_REQUEST,
  STATUS_OBJECT_NAME_NOT_FOUND,
  STATUS_PENDING,
  STATUS_SUCCESS,
} from '../status.ts';
import { createDevice } from './device.ts';
import { registerFileSystemDriver } from './driver.ts';
import type { FileOperations } from './driver.ts';

/** Part of the kernel's state: typed input that nobody has read yet. */
export interface ConsoleState {
  input: Uint8Array;
  /** No more will come. */
  ended: boolean;
  /** Event that is pulsed when there is more to read. */
  changed: number;
}

const DRIVER = 'condrv';
/** Paths on the device: \Device\ConDrv\Input and so on, as on Windows. */
const STREAMS: Readonly<Record<string, 0 | 1 | 2>> = { '\\Input': 0, '\\Output': 1, '\\Error': 2 };
const FILE_OPENED = 1;

export const CONSOLE_INPUT = '\\Device\\ConDrv\\Input';
export const CONSOLE_OUTPUT = '\\Device\\ConDrv\\Output';
export const CONSOLE_ERROR = '\\Device\\ConDrv\\Error';

export function createConsole(kernel: Kernel, host: HostConsole): void {
  const fresh = { input: new Uint8Array(0), ended: false, changed: createEvent(kernel, 'notification') };
  kernel.state.console = fresh;
  registerFileSystemDriver(kernel, DRIVER, {
    readPage: (_file, _page, into) => into.fill(0),
    files: files(kernel, host),
  });
  createDevice(kernel, 'ConDrv', DRIVER, []);
}

/** Input from the person: bytes, or undefined for the end. */
export function feedConsole(kernel: Kernel, bytes: Uint8Array | undefined): void {
  const state = kernel.state.console;
  if (!state) return;
  if (bytes) {
    state.input = concatenate([state.input, bytes]);
  } else state.ended = true;
  pulseEvent(kernel, state.changed);
}

function files(kernel: Kernel, host: HostConsole): FileOperations {
  return {
    open({ path }) {
      if (STREAMS[path] === undefined) return { status: STATUS_OBJECT_NAME_NOT_FOUND };
      return { status: STATUS_SUCCESS, file: path, information: FILE_OPENED };
    },
    read(file, _at, into) {
      const state = kernel.state.console;
      if (!state || STREAMS[file] !== 0) return { status: STATUS_INVALID_DEVICE_REQUEST, count: 0 };
      if (state.input.length === 0 && !state.ended)
        return { status: STATUS_PENDING, count: 0, event: state.changed, reason: 'console read' };
      const count = Math.min(into.length, state.input.length);
      if (count === 0 && into.length > 0) return { status: STATUS_END_OF_FILE, count: 0 };
      into.set(state.input.subarray(0, count));
      state.input = state.input.slice(count);
      return { status: STATUS_SUCCESS, count };
    },
    write(file, _at, bytes) {
      if (STREAMS[file] === 0) return { status: STATUS_INVALID_DEVICE_REQUEST, count: 0 };
      host.write(STREAMS[file] === 2 ? 2 : 1, bytes);
      return { status: STATUS_SUCCESS, count: bytes.length };
    },
    information: () => ({ kind: 'console', size: 0, isReadOnly: false, modified: 0, identity: 0 }),
    list: () => undefined,
    resize: () => STATUS_INVALID_DEVICE_REQUEST,
  };
}
