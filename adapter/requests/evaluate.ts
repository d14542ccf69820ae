/** Expressions in watches, hovers and the console, and what the console completes. */

import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { COMMAND_NAMES, runCommand } from '../commands.ts';
import type { Debuggee } from '../debuggee.ts';
import { unknownFrame } from '../errors.ts';
import { assign, evaluateExpression } from '../evaluation.ts';
import type { Scope } from '../expressions.ts';
import { evaluateInProvider } from '../providerValues.ts';
import type { Body } from '../protocol.ts';
import { registerNames } from '../registers.ts';

/** `target = value`, but none of the comparisons that conditions have. */
const ASSIGNMENT = /^([^=<>!~]+[^=<>!~\s])\s*=(?![=~])\s*(.+)$/;

export async function evaluate(
  debuggee: Debuggee,
  { expression, frameId, context }: Dap.EvaluateArguments,
): Promise<Body<'evaluate'>> {
  const program = debuggee.needProgram('evaluate');
  const inProvider = debuggee.providerFrames.get(frameId ?? 0);
  const text = expression.trim();
  if (inProvider) return evaluateInProvider(debuggee, program, inProvider, text, context);
  const scope = scopeOf(debuggee, frameId);
  if (context !== 'repl') return evaluateExpression(program, scope, text);
  const output = await runCommand(debuggee, program, scope, text);
  if (output) return output;
  const assignment = ASSIGNMENT.exec(text);
  return assignment
    ? assign(debuggee, program, scope, assignment[1], assignment[2])
    : evaluateExpression(program, scope, text);
}

export async function setExpression(
  debuggee: Debuggee,
  { expression, value, frameId }: Dap.SetExpressionArguments,
): Promise<Body<'setExpression'>> {
  const program = debuggee.needProgram('setExpression');
  const inProvider = debuggee.providerFrames.get(frameId ?? 0);
  if (inProvider) {
    const assignment = `${expression} = (${value})`;
    const { result: shown, ...others } = await evaluateInProvider(debuggee, program, inProvider, assignment, undefined);
    return { value: shown, ...others };
  }
  const { result, ...rest } = await assign(debuggee, program, scopeOf(debuggee, frameId), expression, value);
  return { value: result, ...rest };
}

function scopeOf(debuggee: Debuggee, frameId: number | undefined): Scope {
  if (frameId === undefined) return { process: debuggee.processInView(), thread: debuggee.threadInView() };
  const frame = debuggee.frames.get(frameId);
  if (!frame) throw unknownFrame(frameId);
  return frame;
}

const MOST_TARGETS = 100;
const BREAK_CALL = 'syscall:';

export async function completions(
  debuggee: Debuggee,
  { text, column, line = debuggee.firstLine, frameId }: Dap.CompletionsArguments,
): Promise<Body<'completions'>> {
  const program = debuggee.needProgram('completions');
  const before = (text.split('\n')[line - debuggee.firstLine] ?? '').slice(0, column - debuggee.firstColumn);
  const word = /[$%]?[\w.:]*$/.exec(before)?.[0] ?? '';
  const start = before.length - word.length;
  const targets = [...(await candidates(debuggee, program.process, word, start === 0, frameId))]
    .filter(({ label }) => label.startsWith(word) && label !== word)
    .slice(0, MOST_TARGETS);
  return { targets: targets.map(target => ({ ...target, start, length: word.length })) };
}

async function candidates(
  debuggee: Debuggee,
  process: number,
  word: string,
  first: boolean,
  frameId: number | undefined,
): Promise<Iterable<Dap.CompletionItem>> {
  const program = debuggee.needProgram('completions');
  const sign = word[0];
  if (sign === '$' || sign === '%') {
    return [...registerNames()].map(name => ({ label: sign + name, type: 'variable' as const }));
  }
  const calls = await program.machine.systemCalls();
  if (word.startsWith(BREAK_CALL)) {
    return calls.map(({ name }) => ({ label: BREAK_CALL + name, type: 'function' as const }));
  }
  const inView = debuggee.frames.get(frameId ?? 0)?.process ?? process;
  return [
    ...(first ? COMMAND_NAMES.map(label => ({ label, type: 'keyword' as const })) : []),
    ...(await program.symbols.names(inView)).map(label => ({ label, type: 'function' as const })),
    ...calls.map(({ name }) => ({ label: name, type: 'value' as const })),
  ];
}
