/** The command line `pico`: runs, traces and looks at guests without an editor, and serves DAP. */

import { createWriteStream } from 'node:fs';
import type { MachineFace } from '../../emulator/index.ts';
import { RequestError } from '../errors.ts';
import { LaunchError, loadGuest, runGuest } from './guest.ts';
import { storeTables } from './store.ts';
import { addressSpaceTable, handleTable, objectTable, processTable, runUntil, structureTable } from './look.ts';
import { checkProvider, ProviderError } from './provider.ts';
import { ERROR, OUT, write } from './output.ts';
import { type Invocation, OPTIONS, parseCommandLine, UsageError } from './options.ts';

interface CliCommand {
  readonly usage: string;
  readonly summary: string;
  readonly options: readonly string[];
  /** Answers with the exit status, or with nothing while it goes on serving. */
  run(invocation: Invocation): Promise<number | undefined>;
}

const STATUS_USAGE = 2;
const GUEST = [
  '--root',
  '--mount',
  '--env',
  '--cwd',
  '--cpu',
  '--alongside',
  '--inject',
  '--ignore-case',
  '--vbs',
  '--resident',
  '--provider',
  '--provider-import',
  '--seed',
];

const COMMANDS: Readonly<Record<string, CliCommand>> = {
  run: {
    usage: 'pico run [OPTIONS] FILE [ARGS…]',
    summary: 'runs FILE; its streams are the standard streams, its exit status is that of pico',
    options: [...GUEST, '--max-instructions'],
    async run(invocation) {
      return runGuest(await loadGuest(invocation), invocation.options.maxInstructions, async () => undefined);
    },
  },
  trace: {
    usage: 'pico trace [OPTIONS] FILE [ARGS…]',
    summary: 'runs FILE and writes a line for each of its system calls to standard error',
    options: [...GUEST, '--max-instructions', '-o'],
    async run(invocation) {
      const guest = await loadGuest(invocation);
      const { output, maxInstructions } = invocation.options;
      guest.machine.trace(true);
      if (output === undefined) return runGuest(guest, maxInstructions, lines => write(ERROR, lines));
      const file = createWriteStream(output);
      const status = await runGuest(guest, maxInstructions, async lines => void file.write(lines));
      await new Promise<void>(resolve => void file.end(resolve));
      return status;
    },
  },
  ps: {
    usage: 'pico ps [OPTIONS] FILE [ARGS…]',
    summary: 'shows the processes and threads of a machine that runs FILE',
    options: [...GUEST, '--after'],
    run: invocation => look(invocation, processTable),
  },
  vm: {
    usage: 'pico vm [OPTIONS] FILE [ARGS…]',
    summary: 'shows the address spaces of a machine that runs FILE',
    options: [...GUEST, '--after'],
    run: invocation => look(invocation, machine => [addressSpaceTable(machine), ...storeTables(machine)].join('\n\n')),
  },
  structures: {
    usage: 'pico structures [OPTIONS] FILE [ARGS…]',
    summary: 'shows PEB, TEBs, parameters and shared user data of a traditional process that runs FILE',
    options: [...GUEST, '--after'],
    run: invocation => look(invocation, structureTable),
  },
  handles: {
    usage: 'pico handles [OPTIONS] FILE [ARGS…]',
    summary: 'shows the handles of the processes of a machine that runs FILE',
    options: [...GUEST, '--after'],
    run: invocation => look(invocation, handleTable),
  },
  objects: {
    usage: 'pico objects [OPTIONS] FILE [ARGS…]',
    summary: "shows the kernel's named objects in a machine that runs FILE",
    options: [...GUEST, '--after'],
    run: invocation => look(invocation, objectTable),
  },
  check: {
    usage: 'pico check [OPTIONS] FILE.ts',
    summary: "checks a provider's files: syntax, imports, types; ends with status 1 if something is wrong",
    options: ['--provider-import'],
    async run({ program, options: { providerImports } }) {
      if (program === undefined) throw new UsageError('which file?');
      const problems = await checkProvider(program, providerImports);
      await write(OUT, problems.map(line => `${line}\n`).join(''));
      return problems.length === 0 ? 0 : 1;
    },
  },
  terminal: {
    usage: 'pico terminal --connect ADDRESS',
    summary: 'the terminal that it runs in becomes that of a guest; started by debug sessions',
    options: ['--connect'],
    async run({ options: { connect } }) {
      const { serveTerminal } = await import('./terminal.ts');
      return serveTerminal(connect);
    },
  },
  dap: {
    usage: 'pico dap [--port N]',
    summary: 'serves the Debug Adapter Protocol over the standard streams or a socket',
    options: ['--port'],
    async run({ options: { port } }) {
      const { serveSocket, serveStdio } = await import('../server.ts');
      if (port === undefined) serveStdio();
      else serveSocket(port, used => process.stdout.write(`Listening on 127.0.0.1:${used}\n`));
      return undefined;
    },
  },
};

async function look(invocation: Invocation, table: (machine: MachineFace) => string): Promise<number> {
  const { machine } = await loadGuest(invocation);
  runUntil(machine, invocation.options.after);
  await write(OUT, `${table(machine)}\n`);
  return 0;
}

async function main(words: readonly string[]): Promise<number | undefined> {
  const [name, ...rest] = words;
  if (name === undefined || name === '--help' || name === 'help') {
    await write(OUT, overview());
    return name === undefined ? STATUS_USAGE : 0;
  }
  if (!Object.hasOwn(COMMANDS, name)) throw new UsageError(`there is no command '${name}'`);
  const command = COMMANDS[name];
  const invocation = parseCommandLine(rest, command.options);
  if (invocation.options.help) {
    await write(OUT, help(command));
    return 0;
  }
  return command.run(invocation);
}

function overview(): string {
  const lines = Object.values(COMMANDS).map(({ usage, summary }) => `  ${usage}\n      ${summary}\n`);
  return `Usage:\n${lines.join('')}\nA program of this computer is shown to the guest with its folder and nothing else, unless --root or --mount say so.\n'pico COMMAND --help' lists the options.\n`;
}

function help({ usage, summary, options }: CliCommand): string {
  const lines = [...options, '--help'].map(name => {
    const { value, summary: meaning } = OPTIONS[name];
    return `  ${value === undefined ? name : `${name} ${value}`}\n      ${meaning}\n`;
  });
  return `Usage: ${usage}\n\n${summary}\n\nOptions:\n${lines.join('')}`;
}

async function explain(error: unknown): Promise<number> {
  const isOurs =
    error instanceof UsageError ||
    error instanceof RequestError ||
    error instanceof LaunchError ||
    error instanceof ProviderError;
  const text = isOurs ? (error as Error).message : `a mistake of pico itself: ${(error as Error).stack ?? error}`;
  await write(ERROR, `pico: ${text}\n`);
  if (error instanceof UsageError) await write(ERROR, "'pico --help' says what there is.\n");
  if (error instanceof LaunchError) return error.status;
  return isOurs ? STATUS_USAGE : 1;
}

main(process.argv.slice(2))
  .catch(explain)
  .then(status => {
    if (status !== undefined) process.exit(status);
  })
  .catch(() => process.exit(1));
