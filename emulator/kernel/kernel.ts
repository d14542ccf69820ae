/** The kernel: its state, which is plain data, and the parts that act on it. */

import type { HostFiles } from '../base/host.ts';
import type { RandomState } from '../base/random.ts';
import { seedRandom } from '../base/random.ts';
import { Registers } from '../cpu/registers.ts';
import type { Processor as Cpu } from '../cpu/processor.ts';
import type { AddressSpace } from '../memory/addressSpace.ts';
import { Frames } from '../memory/frames.ts';
import type { Window } from '../memory/window.ts';
import type { RegistryState } from './cm/keyControlBlock.ts';
import type { DebugPort } from './dbgk/port.ts';
import type { ConsoleState } from './io/condrv.ts';
import type { Device } from './io/device.ts';
import type { FileSystemDriver } from './io/driver.ts';
import type { Volume, VolumeFile } from './io/volume/file.ts';
import type { FileObject } from './io/fileObject.ts';
import type { BugCheck } from './ke/bugCheck.ts';
import type { DispatcherObject } from './ke/dispatcherObject.ts';
import { PRIORITIES } from './ke/ready.ts';
import { newCommitState } from './mm/charge.ts';
import type { CommitState } from './mm/charge.ts';
import { newPagingState } from './mm/paging.ts';
import type { PagingState } from './mm/paging.ts';
import type { Section } from './mm/section.ts';
import type { Directory, SymbolicLink } from './ob/nameSpace.ts';
import type { ObjectHeader } from './ob/object.ts';
import type { UserApcRoutine } from './ps/pico.ts';
import type { Process } from './ps/process.ts';
import type { Store } from './sm/records.ts';
import type { SystemDll } from './ps/systemDll.ts';
import type { RegisteredProvider } from './ps/registration.ts';
import type { Thread } from './ps/thread.ts';

export interface KernelState {
  processes: Map<number, Process>;
  threads: Map<number, Thread>;
  dispatcherObjects: Map<number, DispatcherObject>;
  /** Timers that will expire. */
  armedTimers: Set<number>;
  sections: Map<number, Section>;
  commit: CommitState;
  paging: PagingState;
  /** The compression store, where there is a limit on resident memory. */
  store: Store | undefined;
  objects: Map<number, ObjectHeader>;
  directories: Map<number, Directory>;
  symbolicLinks: Map<number, SymbolicLink>;
  fileObjects: Map<number, FileObject>;
  volumes: Map<number, Volume>;
  volumeFiles: Map<number, VolumeFile>;
  /** Bytes that files of volumes hold. */
  fileBytes: number;
  devices: Map<number, Device>;
  /** The console, once the first traditional process has been created. */
  console: ConsoleState | undefined;
  /** Event that stands for objects that have nothing to wait for (`ob/wait.ts`), or 0. */
  defaultObject: number;
  /** Object `\`, or 0 before anybody has asked for a name. */
  rootDirectory: number;
  /** Set when the kernel could not go on: nothing runs any more. */
  bugCheck: BugCheck | undefined;
  /** ntdll.dll, once the first traditional process has been created. */
  systemDll: SystemDll | undefined;
  /** Section with KUSER_SHARED_DATA, or 0. */
  sharedUserData: number;
  /** Clock interrupts that KUSER_SHARED_DATA tells of. */
  clockTicks: number;
  /** Threads that are ready to run, by priority; in each queue first come first served. */
  ready: number[][];
  /** A bit for each queue that is not empty. */
  readySummary: number;
  /** Virtual time of the next look for starved threads. */
  nextScan: number;
  /** Thread that the processor runs, or 0. */
  current: number;
  /** Ids of processes and threads share one space and are multiples of 4, as NT's client ids are. */
  nextId: number;
  nextObject: number;
  /** Virtual time in ns since boot: instructions retired, and the time skipped while all threads waited. */
  time: number;
  /** Wall clock at boot, ns since 1970. */
  bootTime: number;
  instructions: number;
  /** Virtual ns of kernel mode, of all threads. */
  kernelTime: number;
  random: RandomState;
  /** Undefined until somebody asks for a key. */
  registry: RegistryState | undefined;
  /** Providers' own state by provider name. */
  providers: Map<string, unknown>;
}

/** What the kernel asks of the processor. */
export type Processor = Pick<Cpu, 'run' | 'retired' | 'timestamp' | 'setBreakpoints' | 'detach' | 'enabled'>;

export interface KernelLimits {
  readonly processes: number;
  /** Frames of guest memory in all. */
  readonly frames: number;
  /** Of these, how many may be resident; the rest is compressed. Undefined: all. */
  readonly resident?: number | undefined;
  /** Bytes that files of volumes may hold together; half of all frames unless given. */
  readonly fileMemory?: number;
}

export interface KernelOptions {
  readonly processor: Processor;
  readonly limits: KernelLimits;
  readonly seed: number;
  /** ns since 1970. */
  readonly bootTime: number;
}

export class Kernel {
  state: KernelState;
  readonly frames = new Frames();
  readonly processor: Processor;
  readonly limits: KernelLimits;
  /** Caches of state, by process id. */
  readonly spaces = new Map<number, AddressSpace>();
  /** Windows of ended processes, for later ones. */
  readonly freeWindows: Window[] = [];
  readonly drivers = new Map<string, FileSystemDriver>();
  /** Files of the host that volumes may show. */
  hostFiles: HostFiles | undefined;
  /** By provider id. */
  readonly providers: RegisteredProvider[] = [];
  /** Routines of kernel APCs and of the user APCs of subsystems, by name; pico providers bring their own. */
  readonly kernelApcRoutines = new Map<string, (thread: Thread, context: readonly number[]) => void>();
  readonly userApcRoutines = new Map<string, UserApcRoutine>();
  /** PspPicoRegistrationDisabled: set once boot is over. */
  picoRegistrationDisabled = false;
  debugPort: DebugPort | undefined;
  /** Somebody outside may wake the machine at any time: timers are not due before their time, however idle it is. */
  keepsTime = false;
  /** The thread whose registers lie in its window, and a view of them there. */
  loaded: { thread: Thread; registers: Registers } | undefined;

  /** When the next timer or time-out is due (`ke/timer.ts`), or undefined when that must be found again. */
  nextDue: number | undefined;

  constructor(options: KernelOptions) {
    this.processor = options.processor;
    this.limits = options.limits;
    this.frames.limit = options.limits.resident ?? Number.POSITIVE_INFINITY;
    this.state = {
      processes: new Map(),
      threads: new Map(),
      dispatcherObjects: new Map(),
      armedTimers: new Set(),
      sections: new Map(),
      commit: newCommitState(),
      paging: newPagingState(),
      store: undefined,
      objects: new Map(),
      directories: new Map(),
      symbolicLinks: new Map(),
      fileObjects: new Map(),
      volumes: new Map(),
      volumeFiles: new Map(),
      fileBytes: 0,
      devices: new Map(),
      console: undefined,
      defaultObject: 0,
      rootDirectory: 0,
      systemDll: undefined,
      sharedUserData: 0,
      clockTicks: 0,
      ready: Array.from({ length: PRIORITIES }, () => []),
      bugCheck: undefined,
      readySummary: 0,
      nextScan: 0,
      current: 0,
      nextId: 4,
      nextObject: 1,
      time: 0,
      bootTime: options.bootTime,
      instructions: 0,
      kernelTime: 0,
      random: seedRandom(options.seed),
      registry: undefined,
      providers: new Map(),
    };
  }
}

/** A fresh process or thread id. */
export function nextId(kernel: Kernel): number {
  const id = kernel.state.nextId;
  kernel.state.nextId += 4;
  return id;
}

export function nextObject(kernel: Kernel): number {
  return kernel.state.nextObject++;
}
