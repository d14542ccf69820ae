/**
 * Secure System and System: processes without user memory of this kernel. Every routine that takes a process and acts on
 * its memory refuses (Windows Internals, 7th ed., part 1, chapter 3, "Secure processes": VTL 0 cannot see VTL 1).
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PF_USER } from '../../../emulator/cpu/exits.ts';
import { initialRegisters } from '../../../emulator/cpu/registers.ts';
import type { Kernel } from '../../../emulator/kernel/kernel.ts';
import { copyFromUser, copyToUser } from '../../../emulator/kernel/mm/copy.ts';
import { accessFault } from '../../../emulator/kernel/mm/fault.ts';
import { checkClone } from '../../../emulator/kernel/mm/fork.ts';
import * as mm from '../../../emulator/kernel/mm/protection.ts';
import { createSection } from '../../../emulator/kernel/mm/section.ts';
import { mapViewOfSection } from '../../../emulator/kernel/mm/view.ts';
import {
  allocateVirtualMemory,
  freeVirtualMemory,
  protectVirtualMemory,
} from '../../../emulator/kernel/mm/virtualMemory.ts';
import { createThread } from '../../../emulator/kernel/ps/create.ts';
import { PICO_CLONE_PARENT } from '../../../emulator/kernel/ps/pico.ts';
import type { Process } from '../../../emulator/kernel/ps/process.ts';
import { registerPicoProvider } from '../../../emulator/kernel/ps/registration.ts';
import { createSecureSystemProcess } from '../../../emulator/kernel/ps/secureSystem.ts';
import { createSystemProcess, SYSTEM_PROCESS_ID } from '../../../emulator/kernel/ps/system.ts';
import * as status from '../../../emulator/kernel/status.ts';
import { newKernel, providerRoutines } from '../../support/kernel.ts';

const PAGE = 4096;
const BASE = 0x2000_0000;

/** Each way in, with what it answers. */
const WAYS: Readonly<Record<string, (kernel: Kernel, process: Process) => unknown>> = {
  'a kernel read': (kernel, process) => copyFromUser(kernel, process, BASE, new Uint8Array(8)),
  'a kernel write': (kernel, process) => copyToUser(kernel, process, BASE, new Uint8Array(8)),
  'a page fault': (kernel, process) => accessFault(kernel, process, BASE, PF_USER),
  allocate: (kernel, process) =>
    allocateVirtualMemory(kernel, process, {
      size: PAGE,
      type: mm.MEM_RESERVE | mm.MEM_COMMIT,
      protection: mm.PAGE_READWRITE,
    }).status,
  protect: (kernel, process) => protectVirtualMemory(kernel, process, BASE, PAGE, mm.PAGE_READONLY).status,
  free: (kernel, process) => freeVirtualMemory(kernel, process, BASE, 0, mm.MEM_RELEASE),
  'free pages': (kernel, process) => freeVirtualMemory(kernel, process, BASE, PAGE, mm.MEM_RELEASE | mm.MEM_DOS_LIM),
  'map a view': (kernel, process) =>
    mapViewOfSection(kernel, process, {
      section: createSection(kernel, { size: PAGE }),
      size: PAGE,
      offset: 0,
      protection: mm.PAGE_READWRITE,
      writeCopy: false,
      type: 0,
    }).status,
  clone: (kernel, process) => checkClone(kernel, process, { reducedCommit: false }),
  'create a thread': (kernel, process) =>
    createThread(kernel, process, { registers: initialRegisters(), context: undefined, name: 'intruder' }).status,
  'a pico child by CLONE_PARENT': (kernel, process) =>
    registerPicoProvider(kernel, 'test', providerRoutines()).routines?.createProcess(
      { parent: process, context: {}, flags: PICO_CLONE_PARENT },
      { imageFileName: '/x', commandLine: '' },
    ).status,
};

const ANSWERS: Readonly<Record<string, unknown>> = {
  'a kernel read': 0,
  'a kernel write': 0,
  'a page fault': status.STATUS_ACCESS_VIOLATION,
};

for (const [name, create] of Object.entries({ 'Secure System': createSecureSystemProcess, System: undefined }))
  for (const [way, enter] of Object.entries(WAYS))
    test(`${name} refuses ${way}`, () => {
      const { kernel } = newKernel();
      const system = createSystemProcess(kernel);
      const process = create ? create(kernel) : system;
      assert.equal(enter(kernel, process), ANSWERS[way] ?? status.STATUS_ACCESS_DENIED);
      assert.deepEqual([process.vads.length, process.threads.length, process.commit], [0, 0, 0]);
    });

test('Secure System is a minimal child of System that nobody may end', () => {
  const { kernel } = newKernel();
  createSystemProcess(kernel);
  const { parent, minimal, picoCreated, critical, secure } = createSecureSystemProcess(kernel);
  assert.deepEqual([parent, minimal, picoCreated, critical, secure], [SYSTEM_PROCESS_ID, true, false, true, true]);
});
