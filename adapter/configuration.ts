/** What a launch configuration may say: one schema that checks it here and describes it in package.json. */

import * as z from 'zod/mini';
import { CPU_LEVELS, DEFAULT_CPU, DEFAULT_LIMITS, LEAST_RESIDENT } from '../emulator/index.ts';
import { closest } from './closest.ts';
import { LARGEST_PORT } from './forwarding.ts';
import { badAttribute, programMissing, type RequestError, unknownAttribute } from './errors.ts';

/** Those of the machine's face; its list would bring the whole machine along. */
export const PROVIDERS = ['linux'] as const;

const mountSchema = z.strictObject({
  host: described(z.string(), 'Folder of this computer.'),
  guest: described(z.string(), 'Where the guest sees it; an absolute path.'),
  mode: described(
    withDefault(z.enum(['ro', 'overlay', 'rw']), 'overlay'),
    'ro: read only. overlay: the guest may write, this computer never sees it. rw: writes are real.',
  ),
});

const limitsSchema = z.strictObject({
  processes: described(
    withDefault(z.int().check(z.minimum(1), z.maximum(1000)), DEFAULT_LIMITS.processes),
    'Live processes at most.',
  ),
  memory: described(
    withDefault(z.int().check(z.minimum(0x10_0000)), DEFAULT_LIMITS.memory),
    'Committed guest memory of all processes at most, in bytes.',
  ),
  resident: described(
    z.optional(z.int().check(z.minimum(LEAST_RESIDENT))),
    'Bytes of memory that may be resident. Beyond that pages move, compressed, to the process Memory Compression. By default there is no such limit.',
  ),
});

const companionSchema = z.strictObject({
  program: described(z.string().check(z.minLength(1)), 'The program, as in the configuration itself.'),
  args: described(withDefault(z.array(z.string()), []), 'Its arguments, without its own name.'),
  env: described(
    withDefault(z.record(z.string(), z.nullable(z.string())), {}),
    'Its environment, as in the configuration itself.',
  ),
  cwd: described(z.optional(z.string()), 'Its working folder, as in the configuration itself.'),
});

const forwardSchema = described(
  z.union([z.int().check(z.minimum(1), z.maximum(LARGEST_PORT)), z.string()]),
  "A port, or this computer's port and the guest's with a colon between; 0 takes any port of this computer that is free.",
);

/** Members in the order in which editors offer them. */
const launchSchema = z.strictObject({
  program: described(
    z.string().check(z.minLength(1)),
    'The program to run, a Linux ELF file or a Windows PE image: a path of this computer, or a guest path below one of the mounts.',
  ),
  args: described(withDefault(z.array(z.string()), []), 'Arguments of the program, without its own name.'),
  env: described(
    withDefault(z.record(z.string(), z.nullable(z.string())), {}),
    'Environment of the program. It starts from a small fixed one, not from that of this computer; null removes a name.',
  ),
  cwd: described(
    z.optional(z.string()),
    "The program's working folder: a path of this computer or of the guest. By default the program's own folder. A folder that holds the program is shown to the guest as a whole.",
  ),
  mounts: described(
    withDefault(z.array(mountSchema), []),
    "Folders that the guest may see. By default only the program's folder (or cwd, if that holds the program), as an overlay at the same path.",
  ),
  alongside: described(
    withDefault(z.array(companionSchema), []),
    'Further programs that start in the same machine. The session ends when all have ended, with the exit code of the first.',
  ),
  console: described(
    withDefault(z.enum(['internalConsole', 'integratedTerminal']), 'internalConsole'),
    "Where the program's standard streams are: pipes to the debug console, or a terminal of the editor, for shells, editors and all that asks for keys.",
  ),
  network: described(
    withDefault(z.enum(['none', 'loopback-host']), 'none'),
    "What programs of this computer reach of the machine's own loopback: nothing, or at 127.0.0.1 the ports of forward. The guest itself reaches nothing outside.",
  ),
  forward: described(
    withDefault(z.array(forwardSchema), []),
    "TCP ports of the guest that programs of this computer may connect to, with network 'loopback-host': 8080, or '8080:80' for this computer's port and the guest's.",
  ),
  stopOnEntry: described(withDefault(z.boolean(), true), 'Stop before the first instruction of the program.'),
  trace: described(withDefault(z.boolean(), false), 'Write a line for each system call to the debug console.'),
  inject: described(
    withDefault(
      z.array(described(z.string(), 'SET:error=NAME, :retval=VALUE or :delay=TIME, then :when=… and :if=…')),
      [],
    ),
    "Faults to inject into system calls, in the grammar of strace's --inject: 'openat:error=ENOENT:when=3', 'write:delay=10ms', 'read:retval=0:if=fd == 0'.",
  ),
  provider: described(
    withDefault(z.string().check(z.minLength(1)), 'linux'),
    "The pico provider that owns the program: 'linux', or the path of a file of your own, `${workspaceFolder}/my-provider.ts` (command Pico: New Provider).",
  ),
  providerImports: described(
    withDefault(z.array(z.string()), []),
    "Modules that your provider's files may import beyond each other and 'pico-provider': 'node:fs' reaches this computer's files.",
  ),
  justMyCode: described(
    withDefault(z.boolean(), true),
    "Off, steps into providers also go through the kernel's and the emulator's own code, which has frames and breakpoints then.",
  ),
  cpu: described(
    withDefault(z.enum(CPU_LEVELS), DEFAULT_CPU),
    'What the processor of the machine has, as CPUID tells programs. x86-64-v3 adds AVX, AVX2, FMA and F16C to x86-64-v2.',
  ),
  seed: described(withDefault(z.int(), 0), 'Seed of everything random in the machine: equal seeds, equal runs.'),
  bootTime: described(
    z.optional(z.int()),
    'Wall clock of the machine when it boots, in milliseconds since 1970. By default the present; fix it to make two runs equal.',
  ),
  vbs: described(
    withDefault(z.boolean(), false),
    'Virtualization-based security: the machine has a Secure System process, whose memory nobody can look into.',
  ),
  caseSensitive: described(
    withDefault(z.boolean(), true),
    "Threads of pico processes opt in to case-sensitive names. Off, they see volumes as traditional processes do: 'README' finds 'readme'.",
  ),
  limits: described(withDefault(limitsSchema, DEFAULT_LIMITS), 'Bounds of the machine.'),
});

export type Configuration = z.infer<typeof launchSchema>;

/**
 * Attributes that VS Code itself puts beside ours (its debugging documentation, "Launch.json attributes"); those that
 * start with two underscores are its private ones.
 */
const CLIENT_ATTRIBUTES: ReadonlySet<string> = new Set([
  'name',
  'type',
  'request',
  'noDebug',
  'presentation',
  'preLaunchTask',
  'postDebugTask',
  'internalConsoleOptions',
  'debugServer',
  'serverReadyAction',
  'suppressMultipleSessionWarning',
  'windows',
  'osx',
  'linux',
]);

export function parseConfiguration(given: Readonly<Record<string, unknown>>): Configuration {
  const ours = Object.entries(given).filter(([name]) => !CLIENT_ATTRIBUTES.has(name) && !name.startsWith('__'));
  const result = z.safeParse(launchSchema, Object.fromEntries(ours));
  if (result.success) return result.data;
  const { issues } = result.error;
  // A mistyped name explains the missing one.
  throw problemOf(issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0], given);
}

/** JSON schema of one attribute each, as package.json's `configurationAttributes.launch.properties` wants it. */
export function launchAttributes(): { properties: Record<string, unknown>; required: readonly string[] } {
  const schema = z.toJSONSchema(launchSchema, { io: 'input', target: 'draft-7' });
  return { properties: schema.properties ?? {}, required: schema.required ?? [] };
}

/** Of attributes that are objects, or lists of them. */
const SCHEMAS: Readonly<Record<string, { readonly shape: object }>> = {
  mounts: mountSchema,
  limits: limitsSchema,
  alongside: companionSchema,
};

function problemOf(issue: z.core.$ZodIssue, given: Readonly<Record<string, unknown>>): RequestError {
  const path = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    const name = issue.keys[0];
    const { shape } = SCHEMAS[String(issue.path[0])] ?? launchSchema;
    const known = Object.keys(shape);
    return unknownAttribute(path ? `${path}.${name}` : name, closest(name, known));
  }
  if (path === 'program' && given.program === undefined) return programMissing();
  return badAttribute(path, expectation(issue));
}

function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${TYPE_WORDS[issue.expected] ?? issue.expected}.`;
    case 'invalid_value':
      return `expected one of ${issue.values.map(value => `'${String(value)}'`).join(', ')}.`;
    case 'too_small':
      return `must be at least ${issue.minimum}.`;
    case 'too_big':
      return `must be at most ${issue.maximum}.`;
    default:
      return 'this value is not possible.';
  }
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'a text',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
  array: 'a list',
  record: 'an object of names and texts',
  object: 'an object',
};

function withDefault<Schema extends z.core.SomeType>(schema: Schema, value: z.core.output<Schema>) {
  return z._default(schema, value as never);
}

function described<Schema extends z.core.$ZodType>(schema: Schema, description: string): Schema {
  z.globalRegistry.add(schema, { description });
  return schema;
}
