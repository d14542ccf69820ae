/** Commands of the debug console: one word, then arguments. Everything else is an expression. */

import type { Debuggee, Program } from './debuggee.ts';
import { cannotEvaluate, noThreadInView, sentence } from './errors.ts';
import { type Evaluated, evaluateInteger } from './evaluation.ts';
import type { Scope } from './expressions.ts';
import { hex, memoryReference } from './memoryReferences.ts';
import { answerPendingCall, setInjections } from './requests/injections.ts';
import { columns } from './textTable.ts';
import { containerReference } from './containers.ts';
import { memoryRowCount } from './variables.ts';

interface ConsoleCommand {
  readonly usage: string;
  readonly summary: string;
  run(debuggee: Debuggee, program: Program, scope: Scope, words: string): Promise<string | Evaluated>;
}

const COMMANDS: Readonly<Record<string, ConsoleCommand>> = {
  regions: {
    usage: 'regions',
    summary: 'the address space of the process in view',
    async run(_debuggee, { machine }, { process }) {
      const space = await machine.addressSpace(process);
      const rows = (space?.allocations ?? []).flatMap(({ type, use, regions }) =>
        regions.map(region => [
          `${hex(region.base)}-${hex(region.base + region.size)}`,
          region.state === 'commit' ? region.protection : 'reserved',
          type,
          use,
        ]),
      );
      return columns([...rows, ...(space?.facts ?? []).map(fact => [fact])]);
    },
  },
  processes: {
    usage: 'processes',
    summary: 'all processes and their threads',
    async run(_debuggee, { machine }) {
      const rows = (await machine.processes()).flatMap(process => [
        [`${process.id}`, process.kind, process.name, process.state, process.commandLine],
        ...process.threads.map(({ id, state, waitReason, rip }) => [`  [${id}]`, state, waitReason, hex(rip)]),
      ]);
      return columns(rows);
    },
  },
  modules: {
    usage: 'modules',
    summary: 'the files mapped into the process in view',
    async run(_debuggee, { machine }, { process }) {
      const modules = await machine.modules(process);
      return columns(modules.map(({ path, base, size }) => [`${hex(base)}-${hex(base + size)}`, path]));
    },
  },
  memory: {
    usage: 'memory ADDRESS [COUNT]',
    summary: 'bytes from ADDRESS on, 256 unless told',
    async run(debuggee, program, scope, words) {
      const [, where = '', count = '256'] = /^(.*?)(?:\s+(0x[0-9a-f]+|\d+))?$/i.exec(words) ?? [];
      if (where === '') throw cannotEvaluate(`Usage: ${COMMANDS.memory.usage}`);
      const address = Number(await evaluateInteger(program, scope, where, 64));
      const size = Math.min(Number(count), MOST_BYTES);
      return {
        result: `${size} bytes at ${hex(address)}`,
        variablesReference: containerReference(debuggee, { kind: 'memory', process: scope.process, address, size }),
        indexedVariables: memoryRowCount(size),
        memoryReference: memoryReference(scope.process, address),
      };
    },
  },
  input: {
    usage: 'input TEXT',
    summary: 'a line of standard input for the program',
    async run(_debuggee, { machine }, _scope, words) {
      await machine.input(new Uint8Array(Buffer.from(`${words}\n`)));
      return '';
    },
  },
  eof: {
    usage: 'eof',
    summary: 'the end of standard input',
    async run(_debuggee, { machine }) {
      await machine.input(undefined);
      return '';
    },
  },
  inject: {
    usage: 'inject [FAULT | none]',
    summary: 'the faults that are injected; adds one, or takes all away',
    async run(_debuggee, { machine }, _scope, words) {
      const list = await machine.injections();
      if (words !== '') {
        const [problem] = await setInjections(machine, words === 'none' ? [] : [...list, words]);
        if (problem) throw cannotEvaluate(`${words}: ${sentence(problem.message)}`);
      }
      return (await machine.injections()).join('\n') || 'Nothing is injected.';
    },
  },
  return: {
    usage: 'return [ERROR | VALUE]',
    summary: 'what the system call that comes next answers instead of being served',
    async run(debuggee, program, { thread }, words) {
      if (thread === undefined) throw noThreadInView();
      const { text, answer } = await answerPendingCall(debuggee, program, thread, words || undefined);
      return `${text}${answer ?? ' will be served'}`;
    },
  },
  position: {
    usage: 'position',
    summary: 'how many instructions have retired',
    async run(_debuggee, { machine }) {
      return `${await machine.position()}`;
    },
  },
  help: {
    usage: 'help',
    summary: 'this list',
    async run() {
      const rows = Object.values(COMMANDS).map(({ usage, summary }) => [usage, summary]);
      const expressions = [
        ['$rax, $eax, $zf', 'registers, their parts, flags; assign with ='],
        ['main, main+0x10', 'symbols'],
        ['u32($rsp+8), str($rdi)', 'memory as u8 … i64, f32, f64, str'],
        ['name == write && fd == 1', 'a condition, as breakpoints have them'],
      ];
      return columns([...rows, ...expressions]);
    },
  },
};

export const COMMAND_NAMES: readonly string[] = Object.keys(COMMANDS);

const MOST_BYTES = 0x10_0000;

/** Undefined if the text is no command. */
export async function runCommand(
  debuggee: Debuggee,
  program: Program,
  scope: Scope,
  text: string,
): Promise<Evaluated | undefined> {
  const [, word, rest] = /^(\w+)(?:\s+(.*))?$/s.exec(text) ?? [];
  // An own member: 'constructor' is no command.
  if (word === undefined || !Object.hasOwn(COMMANDS, word)) return undefined;
  const answer = await COMMANDS[word].run(debuggee, program, scope, rest ?? '');
  return typeof answer === 'string' ? { result: answer, variablesReference: 0 } : answer;
}
