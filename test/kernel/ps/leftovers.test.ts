/** 10,000 processes and as many threads come and go, whatever they were doing, and leave nothing behind. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PAGE_SIZE } from '../../../emulator/base/pages.ts';
import { queueUserApc } from '../../../emulator/kernel/ke/apc.ts';
import { createEvent } from '../../../emulator/kernel/ke/event.ts';
import { createMutant } from '../../../emulator/kernel/ke/mutant.ts';
import { createSemaphore } from '../../../emulator/kernel/ke/semaphore.ts';
import { suspendThread } from '../../../emulator/kernel/ke/suspend.ts';
import { createTimer, setTimer } from '../../../emulator/kernel/ke/timer.ts';
import { dispatchThreads } from '../../../emulator/kernel/ke/dispatcher.ts';
import { waitForObjects } from '../../../emulator/kernel/ke/wait.ts';
import type { Kernel } from '../../../emulator/kernel/kernel.ts';
import { copyToUser } from '../../../emulator/kernel/mm/copy.ts';
import { MEM_COMMIT, MEM_DOS_LIM, MEM_RESERVE, PAGE_READWRITE } from '../../../emulator/kernel/mm/protection.ts';
import { closeSection, createSection } from '../../../emulator/kernel/mm/section.ts';
import { mapViewOfSection } from '../../../emulator/kernel/mm/view.ts';
import { allocateVirtualMemory } from '../../../emulator/kernel/mm/virtualMemory.ts';
import { closeHandle, insertHandle } from '../../../emulator/kernel/ob/handleTable.ts';
import { rootDirectory } from '../../../emulator/kernel/ob/nameSpace.ts';
import { createObject, dereferenceObject, getObject } from '../../../emulator/kernel/ob/object.ts';
import type { ObjectTypeName } from '../../../emulator/kernel/ob/objectType.ts';
import { OBJ_OPENIF, createObjectByName } from '../../../emulator/kernel/ob/open.ts';
import { waitForHandles } from '../../../emulator/kernel/ob/wait.ts';
import { PICO_CLONE_PARENT } from '../../../emulator/kernel/ps/pico.ts';
import type { Process } from '../../../emulator/kernel/ps/process.ts';
import { terminateProcess, terminateThread } from '../../../emulator/kernel/ps/terminate.ts';
import type { Thread } from '../../../emulator/kernel/ps/thread.ts';
import { picoRoutines } from '../../../emulator/kernel/ps/picoRoutines.ts';
import { enterThread, newKernel, newPicoProcess, newProcess, newThread } from '../../support/kernel.ts';

interface Subject {
  readonly kernel: Kernel;
  readonly process: Process;
  readonly thread: Thread;
}

function handleTo(kernel: Kernel, process: Process, type: ObjectTypeName, body: number): number {
  const object = createObject(kernel, type, body);
  const handle = insertHandle(process, object, 0x1f_0003);
  dereferenceObject(kernel, object);
  return handle;
}

/** What a process and its thread are in the middle of when they end. */
const SHAPES: Readonly<Record<string, (subject: Subject) => void>> = {
  'nothing yet': () => {},
  'waits, with a time-out'({ kernel, process, thread }) {
    const events = [createEvent(kernel, 'notification'), createEvent(kernel, 'synchronization')];
    for (const event of events) handleTo(kernel, process, 'Event', event);
    dispatchThreads(kernel, 1);
    waitForObjects(kernel, enterThread(kernel, thread), {
      objects: events,
      due: kernel.state.time + 1e9,
      reason: 'test',
    });
  },
  'waits for handles that are closed'({ kernel, process, thread }) {
    const handle = handleTo(kernel, process, 'Semaphore', createSemaphore(kernel, 0, 1));
    waitForHandles(kernel, enterThread(kernel, thread), { handles: [handle], all: false, alertable: true });
    closeHandle(kernel, process, handle);
  },
  'is suspended, with APCs queued'({ kernel, thread }) {
    suspendThread(kernel, thread);
    queueUserApc(kernel, thread, { routine: 'apc', context: [1], special: false });
    dispatchThreads(kernel, 1);
  },
  'owns mutants, one of them named'({ kernel, process, thread }) {
    handleTo(kernel, process, 'Mutant', createMutant(kernel, thread));
    const attributes = { rootDirectory: 0, name: '\\BaseNamedObjects\\one', attributes: OBJ_OPENIF };
    createObjectByName(kernel, { process }, 'Mutant', 1, attributes, () => createMutant(kernel, thread));
  },
  'has timers running, with APCs'({ kernel, process, thread }) {
    const timer = createTimer(kernel, 'synchronization');
    handleTo(kernel, process, 'Timer', timer);
    const apc = { thread: thread.id, routine: 'apc', context: [1], special: false };
    setTimer(kernel, timer, { due: kernel.state.time + 1000, period: 10, apc });
  },
  'maps views and has memory'({ kernel, process }) {
    const section = createSection(kernel, { size: 4 * PAGE_SIZE });
    for (const writeCopy of [false, true]) {
      const { base } = mapViewOfSection(kernel, process, {
        section,
        size: 4 * PAGE_SIZE,
        offset: 0,
        protection: PAGE_READWRITE,
        writeCopy,
        type: MEM_DOS_LIM,
      });
      copyToUser(kernel, process, base, new Uint8Array(PAGE_SIZE).fill(1));
    }
    closeSection(kernel, section);
    const type = MEM_RESERVE | MEM_COMMIT | MEM_DOS_LIM;
    const { base } = allocateVirtualMemory(kernel, process, { size: 1 << 20, type, protection: PAGE_READWRITE });
    copyToUser(kernel, process, base, new Uint8Array(2 * PAGE_SIZE).fill(1));
  },
  'has handles to itself, its thread and a section'({ kernel, process, thread }) {
    insertHandle(process, getObject(kernel, process.object), 0);
    insertHandle(process, getObject(kernel, thread.object), 0);
    handleTo(kernel, process, 'Section', createSection(kernel, { size: PAGE_SIZE }));
  },
  'has been cloned'({ kernel, process }) {
    const type = MEM_RESERVE | MEM_COMMIT | MEM_DOS_LIM;
    const { base } = allocateVirtualMemory(kernel, process, { size: 1 << 16, type, protection: PAGE_READWRITE });
    copyToUser(kernel, process, base, new Uint8Array(PAGE_SIZE).fill(1));
    const { process: child } = picoRoutines(kernel, process.provider).createProcess(
      { parent: process, context: {}, flags: PICO_CLONE_PARENT },
      { imageFileName: 'child', commandLine: '' },
    );
    assert.ok(child);
    copyToUser(kernel, child, base, new Uint8Array(PAGE_SIZE).fill(2));
    terminateProcess(kernel, child, 0);
  },
  'never had its thread resumed'({ kernel, thread }) {
    terminateThread(kernel, thread, 1);
  },
};

function countEverything({ state, spaces, frames }: Kernel): Record<string, number> {
  const counts: Record<string, number> = {
    ready: state.readySummary,
    queued: state.ready.flat().length,
    current: state.current,
    spaces: spaces.size,
    frames: frames.count,
    commit: state.commit.total,
  };
  for (const [name, value] of Object.entries(state))
    if (value instanceof Map || value instanceof Set) counts[name] = value.size;
  return counts;
}

test('10,000 processes and their threads leave nothing behind', () => {
  const { kernel } = newKernel();
  rootDirectory(kernel);
  const before = countEverything(kernel);
  const shapes = Object.values(SHAPES);
  for (let round = 0; round < 10_000; round++) {
    const { process, thread } = newPicoProcess(kernel);
    shapes[round % shapes.length]({ kernel, process, thread });
    terminateProcess(kernel, process, 0);
  }
  assert.deepEqual(countEverything(kernel), before);
});

test('10,000 threads of one process leave nothing behind', () => {
  const { kernel } = newKernel();
  const watcher = newProcess(kernel, 'watcher');
  const { process } = newPicoProcess(kernel);
  const before = countEverything(kernel);
  for (let round = 0; round < 10_000; round++) {
    const thread = newThread(kernel, process);
    const watched = insertHandle(watcher, getObject(kernel, thread.object), 0);
    const mutant = handleTo(kernel, watcher, 'Mutant', createMutant(kernel, thread));
    if (round % 3 === 0) suspendThread(kernel, thread);
    if (round % 3 === 1)
      waitForObjects(kernel, enterThread(kernel, thread), { objects: [process.header], due: 1e12, reason: 'test' });
    terminateThread(kernel, thread, 0);
    for (const handle of [watched, mutant]) closeHandle(kernel, watcher, handle);
  }
  assert.deepEqual({ ...countEverything(kernel) }, before);
});
