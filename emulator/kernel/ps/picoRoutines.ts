/** PS_PICO_ROUTINES: what the kernel does for a registered provider. */

import { Registers } from '../../cpu/registers.ts';
import { FS_BASE, GS_BASE } from '../../cpu/registers.ts';
import { assert } from '../../base/assert.ts';
import { trapFrame } from '../ke/context.ts';
import { resumeThread, suspendThread } from '../ke/suspend.ts';
import type { Kernel } from '../kernel.ts';
import { checkClone, cloneAddressSpace } from '../mm/fork.ts';
import { STATUS_INVALID_PARAMETER, STATUS_SUCCESS, succeeded } from '../status.ts';
import { createMinimalProcess, createThread } from './create.ts';
import { imageName } from './image.ts';
import { PICO_CLONE_PARENT, PICO_CLONE_REDUCED_COMMIT, PICO_ROUTINES_SIZE } from './pico.ts';
import type { PicoRoutines } from './pico.ts';
import { getThread } from './thread.ts';
import { terminateProcess, terminateThread } from './terminate.ts';

/** The table for the provider with this id. */
export function picoRoutines(kernel: Kernel, provider: number): PicoRoutines {
  return {
    size: PICO_ROUTINES_SIZE,

    createProcess(attributes, info) {
      const { parent } = attributes;
      if (attributes.flags & PICO_CLONE_PARENT && !parent) return { status: STATUS_INVALID_PARAMETER };
      const reducedCommit = (attributes.flags & PICO_CLONE_REDUCED_COMMIT) !== 0;
      const source = attributes.flags & PICO_CLONE_PARENT ? parent : undefined;
      const promised = source ? checkClone(kernel, source, { reducedCommit }) : STATUS_SUCCESS;
      if (promised !== STATUS_SUCCESS) return { status: promised };
      const name = imageName(info.imageFileName);
      const created = createMinimalProcess(kernel, { parent: parent?.id ?? 0, name, commandLine: info.commandLine });
      if (!created.process) return created;
      const { process } = created;
      process.picoCreated = true;
      process.provider = provider;
      process.picoContext = attributes.context;
      if (source) cloneAddressSpace(kernel, source, process, { reducedCommit });
      kernel.debugPort?.processCreated(process);
      return created;
    },

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
      trapFrame(kernel, thread).copyFrom(registers);
      return STATUS_SUCCESS;
    },

    terminateThread(thread, status) {
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
      terminateProcess(kernel, process, status);
      return succeeded(status) ? status : STATUS_SUCCESS;
    },
  };
}
