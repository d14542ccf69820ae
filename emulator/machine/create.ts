/** The one place that builds a machine out of its parts. */

import * as published from '../api/define.ts';
import { guestFiles } from '../api/guestFiles.ts';
import type { Surroundings } from '../api/kernelView.ts';
import type { DefinedProvider } from '../api/published.ts';
import type { Host } from '../base/host.ts';
import { PAGE_SIZE } from '../base/pages.ts';
import { nextRandom } from '../base/random.ts';
import type { ModuleCompiler } from '../cpu/moduleCompiler.ts';
import { Processor } from '../cpu/processor.ts';
import { Kernel } from '../kernel/kernel.ts';
import type { PicoProvider } from '../kernel/ps/pico.ts';
import { createSecureSystemProcess } from '../kernel/ps/secureSystem.ts';
import { createSystemProcess } from '../kernel/ps/system.ts';
import { initializeStore } from '../kernel/sm/initialize.ts';
import type { Definition } from '../providers/custom/instance.ts';
import { createCustomProvider, problemInDefinition } from '../providers/custom/provider.ts';
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
  /** A user's extension of the provider. */
  readonly extension: ExtensionDefinition | undefined;
  readonly mounts: readonly Mount[];
  readonly limits: Limits;
  readonly caseSensitive: boolean | undefined;
  readonly terminal: boolean | undefined;
  /** Something about the guest that the user should know, such as a limit that it met. */
  readonly log: (sentence: string) => void;
}

type ExtensionDefinition = NonNullable<DefinedProvider['extension']>;

/** Providers that a launch can name, and users extend. */
const PROVIDERS: Readonly<Record<string, (parts: ProviderParts) => PicoProvider>> = {
  linux: parts =>
    createLinuxProvider({
      ...parts,
      extend: parts.extension && { definition: parts.extension, surroundings: kernel => surroundingsOf(kernel, parts) },
    }),
};

/** What `import … from 'pico-provider'` gives a provider's file. */
export const PROVIDER_MODULE: Readonly<Record<string, unknown>> = {
  ...published,
  ...Object.fromEntries(Object.keys(PROVIDERS).map(name => [name, { builtIn: name }])),
};

/** A provider that the user brings; a sentence if it is none. */
export function checkDefinedProvider(exported: unknown): DefinedProvider | string {
  if (typeof exported !== 'object' || exported === null || !('apiVersion' in exported))
    return "The provider's file has no default export made by definePicoProvider or extendProvider.";
  const defined = exported as DefinedProvider;
  if (defined.apiVersion !== published.API_VERSION)
    return `The provider is written for version ${defined.apiVersion} of pico-provider; this debugger has version ${published.API_VERSION}.`;
  const { definition, extension } = defined;
  if (extension && !PROVIDERS[extension.of])
    return `There is no provider ${extension.of} to extend; there are: ${PROVIDER_NAMES.join(', ')}.`;
  return (definition && problemInDefinition(definition)) ?? defined;
}

function surroundingsOf(
  kernel: Kernel,
  { host, mounts, log }: Pick<ProviderParts, 'host' | 'mounts' | 'log'>,
): Surroundings {
  return { kernel, streams: host.console, log, readFile: guestFiles(kernel, host.files, mounts) };
}

function choose(named: string, parts: ProviderParts, brought: DefinedProvider | undefined): PicoProvider {
  if (brought?.definition)
    return createCustomProvider(brought.definition as Definition, kernel => surroundingsOf(kernel, parts));
  const { extension } = brought ?? {};
  const name = extension?.of ?? named;
  const create = PROVIDERS[name];
  if (!create) throw new Error(`there is no provider called ${name}; there are: ${PROVIDER_NAMES.join(', ')}`);
  return create({ ...parts, extension });
}

export const PROVIDER_NAMES: readonly string[] = Object.keys(PROVIDERS);

/** What the host has ready: the cold engine, made before (`cpu`), when code is compiled, and the DLL of traditional processes. */
export interface Prepared {
  readonly interpreter?: Uint8Array | WebAssembly.Module;
  /** How often code is passed before it is compiled, as of {@link Processor}. */
  readonly hotThreshold?: number;
  /** Makes modules of hot code, as of {@link Processor}. */
  readonly compiler?: ModuleCompiler;
  /** The bytes of ntdll.dll for traditional processes, read when the first of them is launched. */
  readonly ntdll?: () => Uint8Array | undefined;
  /** A provider of the user's, instead of the one that the options name. */
  readonly provider?: DefinedProvider;
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
    connections: { changed: connection => noteConnection(notices, connection) },
  };
  const kernel: Kernel = new Kernel({
    processor: new Processor({ ...prepared, cpu: options.cpu, random: () => nextRandom(kernel.state.random) }),
    limits: { processes: limits.processes, frames: Math.floor(limits.memory / PAGE_SIZE), resident },
    seed: options.seed ?? 1,
    bootTime: (options.bootTime ?? DEFAULT_BOOT_TIME) * NS_PER_MS,
  });
  kernel.keepsTime = options.keepsTime ?? false;
  createSystemProcess(kernel);
  if (options.vbs) createSecureSystemProcess(kernel);
  if (resident !== undefined) initializeStore(kernel);
  const log = (text: string): void => void notices.push({ kind: 'log', text });
  const { mounts, caseSensitive, terminal } = options;
  const parts = { host: noticing, mounts, limits, log, caseSensitive, terminal, extension: undefined };
  const provider = choose(options.provider ?? 'linux', parts, prepared.provider).initialize(kernel);
  kernel.picoRegistrationDisabled = true;
  const traditional = createTraditionalServices(kernel, { host: noticing, mounts, ntdll: prepared.ntdll });
  return new Machine(kernel, { provider, traditional }, notices);
}

/** Once for all that happens to it before the notices are taken. */
function noteConnection(notices: Notice[], connection: number): void {
  const isNoted = notices.some(notice => notice.kind === 'connection' && notice.connection === connection);
  if (!isNoted) notices.push({ kind: 'connection', connection });
}
