/** Stacks of V8's in a provider's code, in the lines of the files that its author wrote. */

import { originalPositionFor, TraceMap } from '@jridgewell/trace-mapping';
import { fileURLToPath } from 'node:url';
import type { Problem, ProviderCode } from './providerCode.ts';

const PLACE = /(file:\/\/[^\s()]+?)(?:\?v=\d+)?:(\d+):(\d+)/g;

interface Place {
  readonly path: string;
  readonly line: number;
  /** From 1 on. */
  readonly column: number;
}

/** The lines of a stack that are the provider's, innermost first, as `at openat (/x/my-provider.ts:3:5)`. */
export function providerTrace(trace: string, code: ProviderCode): { text: string; places: readonly Place[] } {
  const maps = new Map(code.modules.map(({ path, map }) => [path, map]));
  const places: Place[] = [];
  const lines = trace.split('\n').flatMap(line => {
    let isOurs = false;
    const mapped = line.replaceAll(PLACE, (whole, url: string, row: string, column: string) => {
      const path = fileURLToPath(url);
      const map = maps.get(path);
      if (map === undefined) return whole;
      isOurs = true;
      const place = original(path, map, Number(row), Number(column));
      places.push(place);
      return `${place.path}:${place.line}:${place.column}`;
    });
    return isOurs ? [mapped.trim()] : [];
  });
  return { text: lines.join('\n'), places };
}

function original(path: string, map: string, line: number, column: number): Place {
  if (map === '') return { path, line, column };
  const found = originalPositionFor(new TraceMap(map), { line, column: column - 1 });
  return found.line === null ? { path, line, column } : { path, line: found.line, column: found.column + 1 };
}

/** What was thrown, as a problem at the line that threw it; undefined where no line of the provider's is in the stack. */
export function thrownProblem(message: string, trace: string, code: ProviderCode): Problem | undefined {
  const [place] = providerTrace(trace, code).places;
  if (!place) return undefined;
  return { ...place, endLine: place.line, endColumn: place.column + 1, severity: 'error', code: 'thrown', message };
}
