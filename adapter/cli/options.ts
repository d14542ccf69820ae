/** The command line's options: a table, and the parser that reads by it. */

import * as path from 'node:path';
import type { CpuLevel, Mount } from '../../emulator/index.ts';
import { CPU_LEVELS, DEFAULT_CPU, LEAST_RESIDENT } from '../../emulator/index.ts';

/** Wrong usage: one sentence, and the program ends with status 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export interface Options {
  readonly mounts: readonly Mount[];
  readonly environment: Readonly<Record<string, string | null>>;
  readonly directory?: string;
  readonly cpu?: CpuLevel;
  readonly vbs: boolean;
  readonly caseSensitive: boolean;
  /** Further programs of the same machine. */
  readonly alongside: readonly string[];
  /** Bytes that may be resident. */
  readonly resident?: number;
  /** Faults to inject. */
  readonly inject: readonly string[];
  /** A provider's file, instead of Linux. */
  readonly provider?: string;
  /** What its files may import beyond each other. */
  readonly providerImports: readonly string[];
  readonly seed: number;
  readonly maxInstructions: number;
  readonly after: number;
  readonly output?: string;
  readonly port?: number;
  /** Socket or named pipe of a debug session. */
  readonly connect?: string;
  readonly help: boolean;
}

export interface Invocation {
  readonly options: Options;
  readonly program?: string;
  readonly arguments: readonly string[];
}

type Draft = { -readonly [Name in keyof Options]: Options[Name] };

interface Option {
  /** Undefined for an option without a value. */
  readonly value?: string;
  readonly summary: string;
  take(draft: Draft, value: string): void;
}

export const OPTIONS: Readonly<Record<string, Option>> = {
  '--root': {
    value: 'DIR',
    summary: "the guest's / is DIR, as an overlay",
    take: (draft, value) => addMount(draft, { host: path.resolve(value), guest: '/', mode: 'overlay' }),
  },
  '--mount': {
    value: 'HOST:GUEST[:ro|overlay|rw]',
    summary: 'the guest sees HOST at GUEST; overlay unless told',
    take: (draft, value) => addMount(draft, mountOf(value)),
  },
  '--env': {
    value: 'NAME=VALUE',
    summary: 'sets NAME in the environment; --env NAME= empties it, --env -NAME removes it',
    take(draft, value) {
      const [, name, text] = /^(?:([^=]+)=(.*)|-(.+))$/s.exec(value) ?? [];
      const removed = value.startsWith('-') ? value.slice(1) : undefined;
      if (name === undefined && !removed) throw new UsageError(`--env ${value}: expected NAME=VALUE`);
      draft.environment = { ...draft.environment, ...(removed ? { [removed]: null } : { [name]: text }) };
    },
  },
  '--cwd': {
    value: 'DIR',
    summary: "the program's working folder",
    take(draft, value) {
      draft.directory = value;
    },
  },
  '--cpu': {
    value: CPU_LEVELS.join('|'),
    summary: `what the processor has; ${DEFAULT_CPU} unless told`,
    take(draft, value) {
      draft.cpu = CPU_LEVELS.find(level => level === value);
      if (!draft.cpu) throw new UsageError(`--cpu ${value}: expected ${CPU_LEVELS.join(' or ')}`);
    },
  },
  '--alongside': {
    value: 'FILE',
    summary: 'runs FILE in the same machine as well; may be given several times',
    take(draft, value) {
      draft.alongside = [...draft.alongside, value];
    },
  },
  '--inject': {
    value: 'SET:error=NAME|retval=VALUE|delay=TIME[:when=…][:if=…]',
    summary: "injects a fault into system calls, such as 'openat:error=ENOENT:when=3'; may be given several times",
    take(draft, value) {
      draft.inject = [...draft.inject, value];
    },
  },
  '--ignore-case': {
    summary: 'names of files are not told apart by case (case=off of DrvFs)',
    take(draft) {
      draft.caseSensitive = false;
    },
  },
  '--vbs': {
    summary: 'virtualization-based security: the machine has a Secure System process',
    take(draft) {
      draft.vbs = true;
    },
  },
  '--resident': {
    value: 'BYTES[K|M|G]',
    summary: 'compresses pages when more memory is resident',
    take(draft, value) {
      draft.resident = byteCount('--resident', value);
      if (draft.resident < LEAST_RESIDENT) throw new UsageError(`--resident ${value}: the least is 1M`);
    },
  },
  '--provider': {
    value: 'FILE.ts',
    summary: 'the provider in FILE.ts owns the program, instead of Linux',
    take(draft, value) {
      draft.provider = value;
    },
  },
  '--provider-import': {
    value: 'MODULE',
    summary: "the provider's files may import MODULE, such as node:fs; may be given several times",
    take(draft, value) {
      draft.providerImports = [...draft.providerImports, value];
    },
  },
  '--seed': {
    value: 'N',
    summary: 'seed of everything random; equal seeds, equal runs',
    take(draft, value) {
      draft.seed = wholeNumber('--seed', value);
    },
  },
  '--max-instructions': {
    value: 'N',
    summary: 'ends the run after N instructions with status 124',
    take(draft, value) {
      draft.maxInstructions = wholeNumber('--max-instructions', value);
    },
  },
  '--after': {
    value: 'N',
    summary: 'looks after N instructions; at the entry point unless told',
    take(draft, value) {
      draft.after = wholeNumber('--after', value);
    },
  },
  '-o': {
    value: 'FILE',
    summary: 'writes the trace to FILE instead of standard error',
    take(draft, value) {
      draft.output = value;
    },
  },
  '--port': {
    value: 'N',
    summary: 'listens on 127.0.0.1:N instead of speaking over the standard streams; 0 takes a free port',
    take(draft, value) {
      draft.port = wholeNumber('--port', value);
    },
  },
  '--connect': {
    value: 'ADDRESS',
    summary: 'the socket or named pipe of the debug session',
    take(draft, value) {
      draft.connect = value;
    },
  },
  '--help': {
    summary: 'this text',
    take(draft) {
      draft.help = true;
    },
  },
};

/** Options end at the program; what follows it is the program's own, with or without a `--` in between. */
export function parseCommandLine(words: readonly string[], allowed: readonly string[]): Invocation {
  const draft: Draft = {
    mounts: [],
    environment: {},
    vbs: false,
    caseSensitive: true,
    alongside: [],
    providerImports: [],
    inject: [],
    seed: 0,
    maxInstructions: Number.POSITIVE_INFINITY,
    after: 0,
    help: false,
  };
  let next = 0;
  while (next < words.length && words[next].startsWith('-') && words[next] !== '--') {
    const [, name, attached] = /^(--?[^=]+)(?:=(.*))?$/s.exec(words[next++]) ?? [];
    const option = allowed.includes(name) || name === '--help' ? OPTIONS[name] : undefined;
    if (!option) throw new UsageError(`there is no option ${name} here`);
    if (option.value === undefined) {
      option.take(draft, '');
      continue;
    }
    const value = attached ?? words[next++];
    if (value === undefined) throw new UsageError(`${name} needs a value: ${name} ${option.value}`);
    option.take(draft, value);
  }
  if (words[next] === '--') next++;
  const [program, ...rest] = words.slice(next);
  return { options: draft, program, arguments: rest[0] === '--' ? rest.slice(1) : rest };
}

function addMount(draft: Draft, mount: Mount): void {
  draft.mounts = [...draft.mounts, mount];
}

function mountOf(text: string): Mount {
  // A drive letter's colon is part of the host path.
  const [, host, guest, mode = 'overlay'] = /^((?:[A-Za-z]:)?[^:]+):(\/[^:]*)(?::(ro|overlay|rw))?$/.exec(text) ?? [];
  if (host === undefined) throw new UsageError(`--mount ${text}: expected ${OPTIONS['--mount'].value}`);
  return { host: path.resolve(host), guest, mode: mode as Mount['mode'] };
}

function byteCount(name: string, text: string): number {
  const [, digits, unit = ''] = /^(.*?)([KMG]?)$/i.exec(text) ?? [];
  return wholeNumber(name, digits) * 1024 ** ' KMG'.indexOf(unit.toUpperCase() || ' ');
}

function wholeNumber(name: string, text: string): number {
  const value = /^(0x[0-9a-f]+|\d[\d_]*)$/i.test(text) ? Number(text.replaceAll('_', '')) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw new UsageError(`${name} ${text}: expected a whole number`);
  return value;
}
