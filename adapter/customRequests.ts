/** Requests and events beyond DAP, for clients that know this debugger. Names start with `pico/`. */

import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import type {
  AddressSpaceInformation,
  CompressionStore,
  GuestModule,
  ErrorDescription,
  HandleInformation,
  InjectionProblem,
  Notice,
  ObjectInformation,
  PendingCall,
  ProcessInformation,
  StructureInformation,
  SystemCallDescription,
} from '../emulator/index.ts';
import type { Problem } from './provider/code/providerCode.ts';

export type { Problem };

interface Exchange<Arguments, Body> {
  readonly arguments: Arguments;
  readonly body: Body;
}

export interface CustomRequests {
  'pico/processes': Exchange<object, { readonly processes: readonly ProcessInformation[] }>;
  'pico/addressSpace': Exchange<{ readonly process: number }, AddressSpaceBody>;
  /** PEB, TEBs and what belongs to them, of a traditional process. */
  'pico/structures': Exchange<{ readonly process: number }, { readonly structures: readonly StructureInformation[] }>;
  /** What the process Memory Compression holds; without a body member while there is no such process. */
  'pico/compressionStore': Exchange<object, { readonly store?: CompressionStore }>;
  /** Open handles of a process; empty for one without a handle table, as pico processes are. */
  'pico/handles': Exchange<{ readonly process: number }, { readonly handles: readonly HandleInformation[] }>;
  /** The kernel's name space: a directory before what is in it. */
  'pico/objects': Exchange<object, { readonly objects: readonly ObjectInformation[] }>;
  'pico/modules': Exchange<{ readonly process: number }, { readonly modules: readonly GuestModule[] }>;
  'pico/systemCalls': Exchange<object, { readonly systemCalls: readonly SystemCallDescription[] }>;
  /** The canonical reference of an address, for `readMemory` and memory editors. */
  'pico/openMemory': Exchange<{ readonly process: number; readonly address: number }, OpenMemoryBody>;
  /** The assembly document that shows an address, and the line in it. */
  'pico/openDisassembly': Exchange<{ readonly process: number; readonly address: number }, OpenDisassemblyBody>;
  /** Standard input of the guest; without `text` its end. */
  'pico/input': Exchange<{ readonly text?: string }, undefined>;
  /** Keys, a size or the end of a terminal that the client draws, after the event `pico/terminal`. */
  'pico/terminalInput': Exchange<
    { readonly text?: string; readonly rows?: number; readonly columns?: number; readonly closed?: boolean },
    undefined
  >;
  /** Turns the trace of system calls on, as `pico/trace` events, or off. */
  'pico/trace': Exchange<{ readonly on: boolean }, undefined>;
  /** The faults that are injected, as the launch attribute `inject` has them. */
  'pico/injections': Exchange<object, { readonly inject: readonly string[] }>;
  /** Replaces them; where one cannot be, an error says why, and nothing changes. */
  'pico/setInjections': Exchange<{ readonly inject: readonly string[] }, { readonly inject: readonly string[] }>;
  /** What `pico/setInjections` would complain of. */
  'pico/checkInjections': Exchange<
    { readonly inject: readonly string[] },
    { readonly problems: readonly InjectionProblem[] }
  >;
  /** Errors that system calls answer with: those of a thread, or of all programs. */
  'pico/errors': Exchange<{ readonly threadId?: number }, { readonly errors: readonly ErrorDescription[] }>;
  /** The call that a stopped thread is about to make; no member unless it stands on a `syscall` instruction. */
  'pico/systemCall': Exchange<{ readonly threadId: number }, { readonly systemCall?: PendingCall }>;
  /**
   * Has that call answered with an error's name or a value (decimal or 0x…, for RAX) when the thread goes on; nobody
   * serves it then. With neither it is served after all.
   */
  'pico/injectResult': Exchange<
    { readonly threadId: number; readonly error?: string; readonly value?: string },
    { readonly systemCall: PendingCall }
  >;
}

export interface AddressSpaceBody {
  /** Undefined once the process is gone. */
  readonly addressSpace?: AddressSpaceInformation;
}

export interface OpenMemoryBody {
  readonly memoryReference: string;
  /** First address of the region that holds the address, and its size; undefined where nothing is mapped. */
  readonly region?: { readonly base: number; readonly size: number; readonly memoryReference: string };
}

export interface OpenDisassemblyBody {
  readonly source: Dap.Source;
  readonly line: number;
}

/** Events beyond DAP, by name, with their bodies. */
export interface CustomEvents {
  /** Lines of the system call trace, in order. */
  'pico/trace': { readonly lines: readonly string[] };
  /** Processes began, ended or were replaced; views should ask again. */
  'pico/processes': { readonly changes: readonly ProcessChange[] };
  /** All that is wrong now with the files of the session's own provider: types, syntax, what it has thrown. */
  'pico/providerProblems': { readonly provider: string; readonly problems: readonly Problem[] };
  /** The provider's file was saved and its new code runs, or a sentence why not. */
  'pico/providerReloaded': { readonly provider: string; readonly problem?: string };
  /** To a client whose launch says `__terminal: true`: it is to draw a terminal for the guest. */
  'pico/terminal': { readonly title: string };
  /** What the guest writes to it, with control sequences of xterm. */
  'pico/terminalOutput': { readonly text: string };
  /** Nothing more will come. */
  'pico/terminalEnded': object;
  /** The guest waits for standard input. */
  'pico/inputWanted': object;
}

export type ProcessChange = Omit<Extract<Notice, { kind: 'process' }>, 'kind'>;
