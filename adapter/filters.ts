/** The exception filters: what the machine can stop at beyond addresses, declared before any program is known. */

import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import type { BreakpointTarget } from '../emulator/index.ts';

interface Filter {
  readonly id: string;
  readonly label: string;
  readonly description: string;
  readonly target: BreakpointTarget;
  /** A condition in the machine's language that makes sense here. */
  readonly example: string;
  readonly default?: boolean;
}

/** VS Code reads the filters once, from the answer to `initialize`, and shows them in this order. */
const FILTERS: readonly Filter[] = [
  {
    id: 'syscall-entry',
    label: 'System call dispatch',
    description: 'Stops when a system call is handed to the provider, before it does anything.',
    target: { kind: 'systemCall', name: '*', when: 'entry' },
    example: 'name in (openat, read) && pid == 8',
  },
  {
    id: 'syscall-exit',
    label: 'System call return',
    description: 'Stops when the provider has answered a system call, before the program goes on.',
    target: { kind: 'systemCall', name: '*', when: 'exit' },
    example: 'name == mmap && ret > 0',
  },
  {
    id: 'syscall-failed',
    label: 'Failed system calls',
    description: 'Stops when the provider has answered a system call with an error.',
    target: { kind: 'systemCall', name: '*', when: 'failed' },
    example: 'ret == -13',
  },
  {
    id: 'syscall-unimplemented',
    label: 'System calls that are not implemented',
    description: 'Stops at a system call that the provider does not know.',
    target: { kind: 'systemCall', name: '*', when: 'unimplemented' },
    example: 'name != rseq',
  },
  {
    id: 'exception',
    label: 'Guest exceptions',
    description: 'Stops when an exception of the processor is handed to the provider, before it becomes a signal.',
    target: { kind: 'exception', name: '*' },
    example: 'exception == #PF && address < 0x1000',
    default: true,
  },
  {
    id: 'signal',
    label: 'Signals',
    description: 'Stops when a signal is delivered to a thread.',
    target: { kind: 'signal', name: '*' },
    example: 'signal != "SIGCHLD"',
  },
  {
    id: 'process-create',
    label: 'Process created',
    description: 'Stops when a process has been created.',
    target: { kind: 'event', event: 'processCreate' },
    example: 'process == "cc1"',
  },
  {
    id: 'process-exit',
    label: 'Process exits',
    description: 'Stops when a process ends and another one is left.',
    target: { kind: 'event', event: 'processExit' },
    example: 'process == "cc1"',
  },
  {
    id: 'exec',
    label: 'Program replaced (exec)',
    description: 'Stops before the first instruction of a program that takes over a process.',
    target: { kind: 'event', event: 'exec' },
    example: 'process == "sh"',
  },
  {
    id: 'thread-create',
    label: 'Thread created',
    description: 'Stops when a thread has been created.',
    target: { kind: 'event', event: 'threadCreate' },
    example: 'pid == 8',
  },
];

/** Not the machine's: V8 stops where code of a provider throws, whether or not somebody catches it. */
export const PROVIDER_THROWS = 'provider-throws';

export function declaredFilters(): Dap.ExceptionBreakpointsFilter[] {
  const machines = FILTERS.map(({ id, label, description, example, default: isDefault = false }) => ({
    filter: id,
    label,
    description,
    default: isDefault,
    supportsCondition: true,
    conditionDescription: `For example: ${example}`,
  }));
  return [
    ...machines,
    {
      filter: PROVIDER_THROWS,
      label: 'Exceptions thrown by provider code',
      description: 'Stops where TypeScript of a provider throws, caught or not.',
      default: false,
      supportsCondition: false,
    },
  ];
}

export function filterTarget(id: string): BreakpointTarget | undefined {
  return FILTERS.find(filter => filter.id === id)?.target;
}
