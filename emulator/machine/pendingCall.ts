/** The system call that a stopped thread is about to make, and what it is to answer instead of being served. */

import { trapFrame } from '../kernel/ke/context.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { hasAddressSpace } from '../kernel/mm/addressSpaces.ts';
import type { DescribedCall, ProviderServices } from '../kernel/ps/pico.ts';
import { getProcess } from '../kernel/ps/process.ts';
import type { Thread } from '../kernel/ps/thread.ts';
import type { PendingCall } from './face.ts';
import { resultOf } from './injections.ts';
import type { Answer, Injections } from './injections.ts';
import { processMemory } from './processMemory.ts';

const SYSCALL = [0x0f, 0x05];

/** Undefined unless the thread stands on a `syscall` instruction. */
export function pendingCall(
  kernel: Kernel,
  thread: Thread,
  services: ProviderServices,
  injections: Injections,
): PendingCall | undefined {
  const call = callAt(kernel, thread, services);
  return call && describePending(kernel, thread, services, injections, call);
}

function describePending(
  kernel: Kernel,
  thread: Thread,
  services: ProviderServices,
  injections: Injections,
  call: DescribedCall,
): PendingCall {
  const result = injections.askedOf(thread, trapFrame(kernel, thread).rip);
  const answer =
    result === undefined ? undefined : services.describeResult(call.number, Number(BigInt.asIntN(64, result)));
  return { name: call.name, text: call.text, answer };
}

/** Has the pending call answered so, or without an answer served after all. */
export function answerCall(
  kernel: Kernel,
  thread: Thread,
  services: ProviderServices,
  injections: Injections,
  answer: Answer | undefined,
): PendingCall | { error: string } {
  const call = callAt(kernel, thread, services);
  if (!call)
    return {
      error: thread.inSystemCall
        ? `thread ${thread.id} is inside its system call already`
        : `thread ${thread.id} does not stand at a system call`,
    };
  const row = services.systemCalls.find(({ number }) => number === call.number) ?? { name: call.name };
  const answered = answer && resultOf(answer, row, services);
  if (answered && 'error' in answered) return answered;
  injections.ask(thread, trapFrame(kernel, thread).rip, answered?.result);
  return describePending(kernel, thread, services, injections, call);
}

function callAt(kernel: Kernel, thread: Thread, services: ProviderServices): DescribedCall | undefined {
  const process = getProcess(kernel, thread.process);
  if (thread.state === 'terminated' || thread.inSystemCall || !hasAddressSpace(kernel, process)) return undefined;
  const frame = trapFrame(kernel, thread);
  const bytes = new Uint8Array(SYSCALL.length);
  const length = processMemory(kernel, process).peek(frame.rip, bytes);
  const isCall = length === SYSCALL.length && SYSCALL.every((byte, index) => bytes[index] === byte);
  return isCall ? services.describeSystemCall(thread, frame) : undefined;
}
