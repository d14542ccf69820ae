/** PS_PICO_ROUTINES: what the kernel does for a registered provider. */

import { Registers } from '../../cpu/registers.ts';
import { FS_BASE, GS_BASE } from '../../cpu/registers.ts';
import { assert } from '../../base/assert.ts';
import { trapFrame } from '../ke/context.ts';
import { resumeThread, suspendThread } from '../ke/suspend.ts';
import type { Kernel } from '../kernel.ts';
import {
  STATUS_INVALID_PARAMETER,
  STATUS_PROCESS_IS_TERMINATING,
  STATUS_SUCCESS,
  STATUS_THREAD_IS_TERMINATING,
} from '../status.ts';
import { createThread } from './create.ts';
import { PICO_ROUTINES_SIZE } from './pico.ts';
import type { PicoRoutines } from './pico.ts';
import { createPicoProcess } from './picoProcess.ts';
import { getThread } from './thread.ts';
import { terminateProcess, terminateThread } from './terminate.ts';

/** The table for the provider with this id. */
export function picoRoutines(kernel: Kernel, provider: number): PicoRoutines {
  return {
    size: PICO_ROUTINES_SIZE,

    createProcess: (attributes, info) => createPicoProcess(kernel, provider, attributes, info),

    createThread(attributes, name) {
      if (attributes.process.provider !== provider) return { status: STATUS_INVALID_PARAMETER };
      return createThread(kernel, attributes.process, {
        registers: attributes.registers,
        context: attributes.context,
        name,
      });
    },

    getProcessContext: process => process.picoContext,
    getThreadContext: thread => thread.picoContext,

    getContextThreadInternal(thread) {
      const copy = new Registers(new ArrayBuffer(thread.context.length));
      copy.copyFrom(trapFrame(kernel, thread));
      return copy;
    },

    setContextThreadInternal(thread, registers) {
      if (thread.state === 'terminated') return STATUS_THREAD_IS_TERMINATING;
      trapFrame(kernel, thread).copyFrom(registers);
      return STATUS_SUCCESS;
    },

    terminateThread(thread, status) {
      if (thread.state === 'terminated') return STATUS_THREAD_IS_TERMINATING;
      terminateThread(kernel, thread, status);
      return STATUS_SUCCESS;
    },

    resumeThread: thread => resumeThread(kernel, thread),
    suspendThread: thread => suspendThread(kernel, thread),

    setThreadDescriptorBase(type, base) {
      assert(kernel.state.current !== 0, 'descriptor bases are set by the current thread');
      trapFrame(kernel, getThread(kernel, kernel.state.current)).setNumber(type === 'fs' ? FS_BASE : GS_BASE, base);
    },

    terminateProcess(process, status) {
      if (process.state !== 'running') return STATUS_PROCESS_IS_TERMINATING;
      terminateProcess(kernel, process, status);
      return STATUS_SUCCESS;
    },
  };
}
