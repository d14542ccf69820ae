/** What conditions and log messages can look at when a thread stops, and the words they may use. */

import { WORD_NAMES } from '../cpu/registers.ts';
import { VECTOR_NAMES } from '../cpu/exits.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { DescribedCall, ProviderServices, TrapFrame } from '../kernel/ps/pico.ts';
import { getProcess } from '../kernel/ps/process.ts';
import type { Process } from '../kernel/ps/process.ts';
import type { Thread } from '../kernel/ps/thread.ts';
import type { Situation, Value, Vocabulary } from './condition/evaluate.ts';
import { processMemory } from './processMemory.ts';

/** What the event brings with it. */
export interface Circumstances {
  /** The process that the event is about, if that is not the thread's own. */
  readonly process?: Process;
  readonly call?: () => DescribedCall;
  /** RAX after the call, signed. */
  readonly result?: number;
  /** Whether that says that the call failed. */
  readonly failed?: boolean;
  readonly exception?: string;
  readonly address?: number;
  readonly signal?: string;
}

export function situationOf(kernel: Kernel, thread: Thread, frame: TrapFrame, circumstances: Circumstances): Situation {
  const process = getProcess(kernel, thread.process);
  const call = (): DescribedCall | undefined => circumstances.call?.();
  const fixed: Record<string, () => Value | undefined> = {
    name: () => call()?.name,
    nr: () => integer(call()?.number),
    ret: () => integer(circumstances.result),
    failed: () => (circumstances.failed ? 1n : 0n),
    pid: () => BigInt((circumstances.process ?? process).id),
    tid: () => BigInt(thread.id),
    process: () => (circumstances.process ?? process).name,
    exception: () => circumstances.exception,
    signal: () => circumstances.signal,
    address: () => integer(circumstances.address),
    instructions: () => BigInt(thread.instructions),
  };
  return {
    variable(name) {
      if (name in fixed) return fixed[name]();
      const values = call()?.values;
      const value = values?.[`$${name}`] ?? values?.[name];
      return typeof value === 'number' ? integer(value) : value;
    },
    register(name) {
      const index = WORD_NAMES.indexOf(name as (typeof WORD_NAMES)[number]);
      return index < 0 ? undefined : frame.big(index);
    },
    memory(address, length) {
      const into = new Uint8Array(length);
      return processMemory(kernel, process).peek(Number(address), into) === length ? into : undefined;
    },
  };
}

export const VARIABLES = [
  'name',
  'nr',
  'ret',
  'failed',
  'pid',
  'tid',
  'process',
  'exception',
  'signal',
  'address',
  'instructions',
];

export function vocabulary(services: readonly ProviderServices[]): Vocabulary {
  const variables = new Set(VARIABLES);
  const words = new Set(Object.values(VECTOR_NAMES));
  for (const call of services.flatMap(({ systemCalls }) => systemCalls)) {
    words.add(call.name);
    for (const argument of call.arguments) variables.add(argument.name);
  }
  return { variables, words, registers: new Set<string>(WORD_NAMES) };
}

function integer(value: number | undefined): bigint | undefined {
  return value === undefined ? undefined : BigInt(Math.trunc(value));
}
