/** A user's own provider behind the pico door: `definePicoProvider`'s definition as the kernel, machine and debugger need it. */

import { guarded } from '../../api/guard.ts';
import { ProcessView, type Surroundings, ThreadView } from '../../api/kernelView.ts';
import { PicoKernelView } from '../../api/picoKernelView.ts';
import { StateWatch } from '../../api/stateWatch.ts';
import type { DefinedProvider, Program, SystemCallRow } from '../../api/published.ts';
import { assert } from '../../base/assert.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import {
  PICO_PROVIDER_ROUTINES_SIZE,
  type PicoProvider,
  type PicoProviderRoutines,
  type ProgramStart,
  type ProviderServices,
} from '../../kernel/ps/pico.ts';
import type { Process } from '../../kernel/ps/process.ts';
import type { ProviderFailure } from '../../kernel/ps/providerFailure.ts';
import { registerPicoProvider } from '../../kernel/ps/registration.ts';
import { walkFrameChain } from '../../kernel/ps/stackWalk.ts';
import { statusName, statusText } from '../../kernel/statusNames.ts';
import { dispatchException, dispatchSystemCall } from './dispatch.ts';
import { describeCall, describeErrors, describeResult, describeRows, errorName } from './describe.ts';
import { type Custom, type Definition, feedInput, freshState, rowsOf, stateOf, takeInput } from './instance.ts';
import { loadStaticElf, moduleOf } from './load.ts';

/** SYNCHRONIZE | PROCESS_QUERY_LIMITED_INFORMATION | PROCESS_TERMINATE. */
const OPEN_PROCESS = 0x0010_1001;
/** SYNCHRONIZE | THREAD_QUERY_LIMITED_INFORMATION | THREAD_TERMINATE. */
const OPEN_THREAD = 0x0010_0801;
const SEVERITY_ERROR = 0xc000_0000;
/** Exit code of a process that an exception has ended. */
const FAILED = 0xff;

/** A provider for one machine. */
export function createCustomProvider(definition: Definition, parts: (kernel: Kernel) => Surroundings): PicoProvider {
  return { name: definition.name, initialize: kernel => initialize(parts(kernel), definition) };
}

function initialize(surroundings: Surroundings, definition: Definition): ProviderServices {
  const { kernel } = surroundings;
  const custom: Custom = {
    kernel,
    surroundings,
    name: definition.name,
    definition,
    watch: new StateWatch(),
    rows: rowsOf(definition),
    routines: undefined as never,
    view: undefined as never,
  };
  const { routines, status, id } = registerPicoProvider(kernel, definition.name, providerRoutines(custom));
  assert(routines && id !== undefined, `the kernel refused the provider ${definition.name}: ${statusText(status)}`);
  custom.routines = routines;
  custom.view = new PicoKernelView(surroundings, {
    provider: id,
    routines,
    input: () => ({ event: stateOf(custom).inputEvent, take: size => takeInput(custom, size) }),
    setExitCode: (process, code) => void stateOf(custom).exitCodes.set(process, code),
  });
  kernel.state.providers.set(
    definition.name,
    guarded('state', () => freshState(kernel, definition)),
  );
  return services(custom);
}

function providerRoutines(custom: Custom): PicoProviderRoutines {
  const { kernel } = custom;
  return {
    size: PICO_PROVIDER_ROUTINES_SIZE,
    dispatchSystemCall: ({ thread, trapFrame }) => dispatchSystemCall(custom, thread, trapFrame),
    exitThread(thread) {
      const { exitThread } = custom.definition;
      tell(kernel, 'exitThread', () =>
        exitThread?.(new ThreadView(kernel, thread.id), custom.view, stateOf(custom).state),
      );
    },
    exitProcess(process) {
      const { exitProcess } = custom.definition;
      tell(kernel, 'exitProcess', () =>
        exitProcess?.(new ProcessView(kernel, process.id), custom.view, stateOf(custom).state),
      );
      stateOf(custom).modules.delete(process.id);
    },
    dispatchException: (record, thread, frame) => dispatchException(custom, record, thread, frame),
    terminateProcess: (process, status) => custom.routines.terminateProcess(process, status),
    walkUserStack: (thread, frame, count) => walkFrameChain(kernel, thread, frame, count),
    getAllocatedProcessImageName: process => process.name,
    openProcess: OPEN_PROCESS,
    openThread: OPEN_THREAD,
    subsystemInformationType: 0,
    apcRoutines: {},
  };
}

/** What has happened cannot be undone where the provider fails to hear of it. */
function tell(kernel: Kernel, what: string, run: () => void): void {
  try {
    guarded(what, run);
  } catch (failure) {
    kernel.debugPort?.providerFailed(failure as ProviderFailure, undefined);
  }
}

function services(custom: Custom): ProviderServices {
  return {
    get systemCalls() {
      return describeRows(custom);
    },
    createProgram: start => createProgram(custom, start),
    describeSystemCall: (thread, frame) => describeCall(custom, thread, frame),
    describeResult: (_number, value) => describeResult(custom, value),
    get errors() {
      return describeErrors(custom);
    },
    hasFailed: value => errorName(custom.definition.errors, value) !== undefined,
    describeException: ({ exceptionCode }) => statusName(exceptionCode),
    handler: number => custom.rows.get(number)?.row.handler ?? custom.definition.unknownSystemCall,
    exceptionHandler: () => custom.definition.dispatchException,
    modules: process => stateOf(custom).modules.get(process.id) ?? [],
    readFile: custom.surroundings.readFile,
    input: bytes => feedInput(custom, bytes),
    exitCode: process => exitCodeOf(custom, process),
    describeExit: process =>
      process.exitStatus >= SEVERITY_ERROR
        ? `ended with ${statusText(process.exitStatus)}`
        : `exited with code ${exitCodeOf(custom, process)}`,
    replace: defined => replace(custom, defined),
  };
}

/** What a definition lacks, in a sentence: files in JavaScript have no checker. */
export function problemInDefinition(definition: NonNullable<DefinedProvider['definition']>): string | undefined {
  const { name, systemCalls } = definition as Definition;
  if (typeof name !== 'string' || name === '') return 'The provider has no name.';
  if (typeof systemCalls !== 'object' || systemCalls === null) return `The provider ${name} has no systemCalls.`;
  const numbers = new Map<number, string>();
  for (const [call, row] of Object.entries(systemCalls) as unknown as [string, SystemCallRow<unknown>][]) {
    if (typeof row?.handler !== 'function') return `The system call ${call} of ${name} has no handler.`;
    if (!Number.isInteger(row.number)) return `The system call ${call} of ${name} has no number.`;
    if (!Array.isArray(row.arguments)) return `The system call ${call} of ${name} has no list of arguments.`;
    const other = numbers.get(row.number);
    if (other !== undefined)
      return `The system calls ${other} and ${call} of ${name} have the same number, ${row.number}.`;
    numbers.set(row.number, call);
  }
  return undefined;
}

function createProgram(custom: Custom, start: ProgramStart): { process: Process } | { error: string } {
  const contents = custom.surroundings.readFile(start.program);
  if (!contents) return { error: `The program '${start.program}' does not exist, or cannot be read.` };
  const program: Program = { ...start, path: start.program, contents };
  const view = custom.view.createProcess({
    name: start.program,
    commandLine: [start.program, ...start.arguments].join(' '),
  });
  if (!view) return { error: 'The machine cannot hold another process.' };
  const { record } = view;
  const { load } = custom.definition;
  const entry = load ? guarded('load', () => load(view, program, custom.view)) : loadStaticElf(view, program);
  if (typeof entry === 'string') {
    custom.view.terminateProcess(view, 1);
    return { error: entry };
  }
  if (entry.processState !== undefined) record.picoContext = entry.processState;
  stateOf(custom).modules.set(record.id, moduleOf(program));
  const options = { registers: entry.registers, state: entry.threadState, name: record.name, suspended: true };
  return custom.view.createThread(view, options)
    ? { process: record }
    : { error: 'The machine cannot hold another thread.' };
}

function exitCodeOf(custom: Custom, { id, exitStatus }: Process): number {
  return (stateOf(custom).exitCodes.get(id) ?? (exitStatus >= SEVERITY_ERROR ? FAILED : exitStatus)) & 0xff;
}

/** New code from here on; what the provider remembers stays. */
function replace(custom: Custom, { definition }: DefinedProvider): string | undefined {
  if (!definition) return 'the file defines an extension now; start again for that';
  const problem = problemInDefinition(definition);
  if (problem !== undefined) return problem;
  if (definition.name !== custom.name) return `it is called ${definition.name} now; start again for that`;
  custom.definition = definition as Definition;
  custom.rows = rowsOf(custom.definition);
  return undefined;
}
