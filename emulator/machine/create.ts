/** The one place that builds a machine out of its parts. */

import type { Host } from '../base/host.ts';
import { PAGE_SIZE } from '../base/pages.ts';
import { nextRandom } from '../base/random.ts';
import { Processor } from '../cpu/processor.ts';
import { Kernel } from '../kernel/kernel.ts';
import type { PicoProvider } from '../kernel/ps/pico.ts';
import { createSecureSystemProcess } from '../kernel/ps/secureSystem.ts';
import { createSystemProcess } from '../kernel/ps/system.ts';
import { initializeStore } from '../kernel/sm/initialize.ts';
import { createLinuxProvider } from '../providers/linux/provider.ts';
import { DEFAULT_LIMITS, LEAST_RESIDENT } from './face.ts';
import type { Limits, MachineFace, MachineOptions, Mount, Notice } from './face.ts';
import { Machine } from './machine.ts';
import { createTraditionalServices } from './traditional.ts';

const NS_PER_MS = 1_000_000;
/** Without a boot time from the host every machine boots at the same moment: 2026-01-01T00:00:00Z. */
const DEFAULT_BOOT_TIME = 1_767_225_600_000;

interface ProviderParts {
  readonly host: Host;
  readonly mounts: readonly Mount[];
  readonly limits: Limits;
  readonly caseSensitive: boolean | undefined;
  /** Something about the guest that the user should know, such as a limit that it met. */
  readonly log: (sentence: string) => void;
}

/** Providers that a launch can name. */
const PROVIDERS: Readonly<Record<string, (parts: ProviderParts) => PicoProvider>> = {
  linux: parts => createLinuxProvider(parts),
};

export const PROVIDER_NAMES: readonly string[] = Object.keys(PROVIDERS);

/** What the host has ready: the cold engine, made before (`cpu`), when code is compiled, and the DLL of traditional processes. */
export interface Prepared {
  readonly interpreter?: Uint8Array | WebAssembly.Module;
  /** How often code is passed before it is compiled, as of {@link Processor}. */
  readonly hotThreshold?: number;
  /** The bytes of ntdll.dll for traditional processes, read when the first of them is launched. */
  readonly ntdll?: () => Uint8Array | undefined;
}

/** The cold engine as the build stored it, ready for {@link createMachine}. */
export function compileInterpreter(bytes: Uint8Array): NonNullable<Prepared['interpreter']> {
  return new WebAssembly.Module(bytes);
}

/** Boots a machine: processor, kernel, then the provider, then the registration gate closes. */
export function createMachine(options: MachineOptions, host: Host, prepared: Prepared = {}): MachineFace {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  if (limits.resident !== undefined && limits.resident < LEAST_RESIDENT)
    throw new Error(`${limits.resident} bytes of resident memory are too few; the least is ${LEAST_RESIDENT}`);
  const resident = limits.resident === undefined ? undefined : Math.floor(limits.resident / PAGE_SIZE);
  const notices: Notice[] = [];
  const noticing: Host = {
    files: host.files,
    console: { write: (stream, bytes) => notices.push({ kind: 'output', stream, bytes: bytes.slice() }) },
  };
  const create = PROVIDERS[options.provider ?? 'linux'];
  if (!create)
    throw new Error(`there is no provider called ${options.provider}; there are: ${PROVIDER_NAMES.join(', ')}`);
  const kernel = new Kernel({
    processor: new Processor({ ...prepared, cpu: options.cpu, random: () => nextRandom(kernel.state.random) }),
    limits: { processes: limits.processes, frames: Math.floor(limits.memory / PAGE_SIZE), resident },
    seed: options.seed ?? 1,
    bootTime: (options.bootTime ?? DEFAULT_BOOT_TIME) * NS_PER_MS,
  });
  createSystemProcess(kernel);
  if (options.vbs) createSecureSystemProcess(kernel);
  if (resident !== undefined) initializeStore(kernel);
  const log = (text: string): void => void notices.push({ kind: 'log', text });
  const { mounts, caseSensitive } = options;
  const provider = create({ host: noticing, mounts, limits, log, caseSensitive }).initialize(kernel);
  kernel.picoRegistrationDisabled = true;
  const traditional = createTraditionalServices(kernel, { host: noticing, mounts, ntdll: prepared.ntdll });
  return new Machine(kernel, { provider, traditional }, notices);
}
