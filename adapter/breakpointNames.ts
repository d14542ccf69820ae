/** Names of function breakpoints: a symbol, an address, or something the machine dispatches. */

import { breakpointBadAddress, breakpointBadName } from './errors.ts';
import { parseInteger } from './registers.ts';

export type BreakpointName =
  | { readonly kind: 'systemCall'; readonly name: string; readonly when: 'entry' | 'exit' | 'failed' }
  | { readonly kind: 'exception'; readonly name: string }
  | { readonly kind: 'signal'; readonly name: string }
  | { readonly kind: 'address'; readonly address: number }
  | { readonly kind: 'symbol'; readonly name: string; readonly offset: number }
  | { readonly kind: 'unusable'; readonly message: string };

const SYSTEM_CALL = /^syscall:(\*|\w+)(?::(entry|exit|failed))?$/;
const EXCEPTION = /^exception:(\*|#?\w+)$/;
const SIGNAL = /^signal:(\*|\w+)$/;
const SYMBOL = /^(.+?)(?:\s*\+\s*(0x[0-9a-f]+|\d+))?$/i;

export function parseBreakpointName(text: string): BreakpointName {
  const name = text.trim();
  const call = SYSTEM_CALL.exec(name);
  if (call) return { kind: 'systemCall', name: call[1], when: (call[2] ?? 'entry') as 'entry' | 'exit' | 'failed' };
  const exception = EXCEPTION.exec(name);
  if (exception) return { kind: 'exception', name: exceptionName(exception[1]) };
  const signal = SIGNAL.exec(name);
  if (signal) return { kind: 'signal', name: signalName(signal[1]) };
  if (/^(syscall|exception|signal):/.test(name)) return { kind: 'unusable', message: breakpointBadName(name) };
  if (name.startsWith('*')) {
    const address = parseInteger(name.slice(1), 64);
    return address === undefined
      ? { kind: 'unusable', message: breakpointBadAddress(name.slice(1)) }
      : { kind: 'address', address: Number(address) };
  }
  const symbol = SYMBOL.exec(name);
  if (!symbol) return { kind: 'unusable', message: breakpointBadName(name) };
  return { kind: 'symbol', name: symbol[1], offset: Number(symbol[2] ?? 0) };
}

/** The manual writes `#PF`; people also write `pf`. Traditional processes know exceptions by their status. */
function exceptionName(name: string): string {
  return name === '*' || name.startsWith('STATUS_') ? name : `#${name.replace('#', '').toUpperCase()}`;
}

function signalName(name: string): string {
  if (name === '*') return name;
  const upper = name.toUpperCase();
  return upper.startsWith('SIG') ? upper : `SIG${upper}`;
}
