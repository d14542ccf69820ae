/**
 * Every place of the kernel that would look into a PEB or TEB asks first whether there is one: minimal and pico
 * processes have neither (Ionescu, BlackHat 2016; "Pico Process Overview", MSDN).
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { R10, R8, R9, RDX, RSP } from '../../../emulator/cpu/registers.ts';
import { trapFrame } from '../../../emulator/kernel/ke/context.ts';
import { dispatchException } from '../../../emulator/kernel/ke/trap.ts';
import type { Kernel } from '../../../emulator/kernel/kernel.ts';
import { copyFromUser } from '../../../emulator/kernel/mm/copy.ts';
import { accessFault } from '../../../emulator/kernel/mm/fault.ts';
import { MEM_COMMIT, MEM_RESERVE, PAGE_GUARD, PAGE_READWRITE } from '../../../emulator/kernel/mm/protection.ts';
import { allocateVirtualMemory } from '../../../emulator/kernel/mm/virtualMemory.ts';
import { CURRENT_PROCESS, CURRENT_THREAD } from '../../../emulator/kernel/ob/handleTable.ts';
import { cloneUserProcess } from '../../../emulator/kernel/ps/cloneProcess.ts';
import type { Process } from '../../../emulator/kernel/ps/process.ts';
import type { Thread } from '../../../emulator/kernel/ps/thread.ts';
import { createUserThread } from '../../../emulator/kernel/ps/userThread.ts';
import { serviceTable } from '../../../emulator/kernel/services/table.ts';
import * as status from '../../../emulator/kernel/status.ts';
import { describeStructures } from '../../../emulator/machine/structureViews.ts';
import { enterThread, newKernel, newPicoProcess, newProcess, newThread } from '../../support/kernel.ts';

interface Subject {
  readonly kernel: Kernel;
  readonly process: Process;
  readonly thread: Thread;
  /** A page of memory of the process. */
  readonly base: number;
}

function call({ kernel, process, thread, base }: Subject, name: string, ...values: number[]): number {
  const service = serviceTable().find(each => each.name === name);
  assert.ok(service, name);
  const frame = trapFrame(kernel, thread);
  frame.setNumber(RSP, base + 0x8000);
  for (const [index, register] of [R10, RDX, R8, R9].entries()) frame.setBig(register, BigInt(values[index] ?? 0));
  return service.invoke({ kernel, process, thread, frame, refusal: status.STATUS_SUCCESS });
}

/** The 64-bit word at an offset of what a query wrote. */
function answered({ kernel, process, base }: Subject, offset: number): bigint {
  const bytes = new Uint8Array(8);
  copyFromUser(kernel, process, base + offset, bytes);
  return new DataView(bytes.buffer).getBigUint64(0, true);
}

/** What asks for a PEB or TEB, and what it does without. */
const PLACES: Readonly<Record<string, (subject: Subject) => void>> = {
  'a guard page is no stack to grow (MiCheckForUserStackOverflow)'({ kernel, process }) {
    const type = MEM_RESERVE | MEM_COMMIT;
    const request = { size: 0x1000, type, protection: PAGE_READWRITE | PAGE_GUARD };
    const { base } = allocateVirtualMemory(kernel, process, request);
    assert.equal(accessFault(kernel, process, base, 6), status.STATUS_GUARD_PAGE_VIOLATION);
  },
  'no exception goes to an ntdll (KiUserExceptionDispatcher)'({ kernel, process, thread }) {
    const record = {
      exceptionCode: 0xc000_0005,
      exceptionAddress: 0,
      exceptionInformation: [],
      vector: 14,
      errorCode: 0,
    };
    dispatchException(kernel, thread, trapFrame(kernel, thread), record);
    assert.deepEqual([process.state, process.exitStatus], ['terminated', 0xc000_0005]);
  },
  'no thread gets a TEB and a stack (PspCreateUserContext)'({ kernel, process }) {
    const { thread } = createUserThread(kernel, process, { start: 0, argument: 0, stackReserve: 1, stackCommit: 1 });
    assert.equal(thread, undefined);
  },
  'it is not cloned as a traditional process is (RtlCloneUserProcess)'({ kernel, process }) {
    assert.equal(cloneUserProcess(kernel, process, { inheritHandles: false }).status, status.STATUS_INVALID_PARAMETER);
  },
  'no user APC goes to an ntdll (NtQueueApcThread)'(subject) {
    assert.equal(call(subject, 'NtQueueApcThread', CURRENT_THREAD, 0x1000), status.STATUS_INVALID_PARAMETER);
    assert.equal(subject.thread.userApcs.length, 0);
  },
  'PROCESS_BASIC_INFORMATION has no PEB'(subject) {
    assert.equal(call(subject, 'NtQueryInformationProcess', CURRENT_PROCESS, 0, subject.base, 0x30), 0);
    assert.equal(answered(subject, 8), 0n);
  },
  'THREAD_BASIC_INFORMATION has no TEB'(subject) {
    assert.equal(call(subject, 'NtQueryInformationThread', CURRENT_THREAD, 0, subject.base, 0x30), 0);
    assert.equal(answered(subject, 8), 0n);
  },
  'the debugger shows no structures'({ kernel, process }) {
    assert.deepEqual(describeStructures(kernel, process), []);
  },
};

function subject(kind: 'minimal' | 'pico'): Subject {
  const { kernel } = newKernel();
  const process = kind === 'pico' ? newPicoProcess(kernel).process : newProcess(kernel);
  const thread = enterThread(kernel, newThread(kernel, process));
  const type = MEM_RESERVE | MEM_COMMIT;
  const { base } = allocateVirtualMemory(kernel, process, { size: 0x1_0000, type, protection: PAGE_READWRITE });
  return { kernel, process, thread, base };
}

for (const kind of ['minimal', 'pico'] as const)
  for (const [place, walk] of Object.entries(PLACES))
    test(`${kind} process: ${place}`, () => {
      const walked = subject(kind);
      assert.deepEqual([walked.process.peb, walked.thread.teb], [0, 0]);
      walk(walked);
    });
