/** What goes over the wire, as text that a person can read: for tests, for `npm start`, and for logs. */

import type { DebugProtocol as Dap } from '@vscode/debugprotocol';

/** One message: an arrow for its direction, what it is, then its contents as an outline. */
export function messageText(message: Dap.ProtocolMessage): string {
  switch (message.type) {
    case 'request': {
      const { command, arguments: given } = message as Dap.Request;
      return `→ ${command}${outline(given, 1)}`;
    }
    case 'response': {
      const { command, success, message: problem, body } = message as Dap.Response;
      return success ? `← ${command}${outline(body, 1)}` : `← ${command} failed: ${problem}${outline(body?.error, 1)}`;
    }
    default: {
      const { event, body } = message as Dap.Event;
      return `  ${event}${outline(body, 1)}`;
    }
  }
}

/** `: value` for plain ones, indented lines for the rest; small objects and lists stay on one line. */
function outline(value: unknown, depth: number): string {
  if (value === undefined) return '';
  const line = inline(value);
  if (line.length <= WIDTH - depth * INDENT) return line === '' ? '' : ` ${line}`;
  const indent = ' '.repeat(depth * INDENT);
  if (typeof value === 'string') {
    const lines = value.replace(/\n$/, '').split('\n');
    return lines.length === 1 ? ` ${line}` : lines.map(each => `\n${indent}| ${each}`).join('');
  }
  if (Array.isArray(value)) return value.map(each => `\n${indent}-${outline(each, depth + 1)}`).join('');
  return Object.entries(value as object)
    .filter(([, member]) => member !== undefined)
    .map(([name, member]) => `\n${indent}${name}:${outline(member, depth + 1)}`)
    .join('');
}

const WIDTH = 110;
const INDENT = 4;

function inline(value: unknown): string {
  if (typeof value === 'string') return /^[^\s"'{},:[\]][^"'{},[\]\n]*$/.test(value) ? value : JSON.stringify(value);
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return value.length === 0 ? '[]' : `[${value.map(inline).join(', ')}]`;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return members.length === 0 ? '' : `{${members.map(([name, member]) => `${name}: ${inline(member)}`).join(', ')}}`;
}
