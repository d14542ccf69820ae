/** Breakpoints in providers' files as V8 has them. */

import { DOOR } from '../machine/door.ts';
import type { Inspector, Position } from './inspector.ts';
import type { ProviderScript } from './script.ts';
import type { ProviderSources } from './sources.ts';

/** A breakpoint in a provider's file. */
export interface ProviderBreakpoint {
  /** The client's number of it. */
  readonly id: number;
  readonly path: string;
  readonly line: number;
  /** JavaScript; evaluated where the breakpoint is. */
  readonly condition?: string;
  readonly hitCondition?: string;
  readonly logMessage?: string;
}

/** V8 has one breakpoint at a place, whoever asks for it. */
interface Place {
  readonly url: string;
  readonly position: Position;
  readonly wanted: { readonly script: ProviderScript; readonly breakpoint: ProviderBreakpoint }[];
}

export class ProviderBreakpoints {
  readonly #sources: () => ProviderSources;
  readonly #urlOf: (script: ProviderScript) => string;
  #list: readonly ProviderBreakpoint[] = [];
  /** The client's numbers by V8's. */
  #set = new Map<string, readonly number[]>();

  /** `urlOf`: V8's own name of a script. */
  constructor(sources: () => ProviderSources, urlOf: (script: ProviderScript) => string) {
    this.#sources = sources;
    this.#urlOf = urlOf;
  }

  get isEmpty(): boolean {
    return this.#list.length === 0;
  }

  /** Takes effect with {@link place}. */
  replace(list: readonly ProviderBreakpoint[]): void {
    this.#list = list;
  }

  /**
   * Sets them all: in the scripts that run, in those that are not loaded yet, and in those that only old frames run. By
   * address, so that V8 has them before a script's first statement.
   */
  async place(inspector: Inspector): Promise<void> {
    const old = [...this.#set.keys()];
    this.#set.clear();
    for (const breakpointId of old) await inspector.send('Debugger.removeBreakpoint', { breakpointId });
    for (const { url, position, wanted } of this.#places()) {
      const condition = conditionOf(wanted.map(({ script, breakpoint }) => inScript(script, breakpoint)));
      const { breakpointId } = await inspector.send('Debugger.setBreakpointByUrl', { url, ...position, condition });
      this.#set.set(
        breakpointId,
        wanted.map(({ breakpoint }) => breakpoint.id),
      );
    }
  }

  /** V8's debugger is off, and with it all that it had. */
  forget(): void {
    this.#set.clear();
  }

  /** The client's numbers. */
  hit(ids: readonly string[]): number[] {
    return ids.flatMap(id => this.#set.get(id) ?? []);
  }

  #places(): Iterable<Place> {
    const places = new Map<string, Place>();
    for (const breakpoint of this.#list) {
      for (const script of this.#sources().scriptsOf(breakpoint.path)) {
        const position = script.generated(breakpoint.path, breakpoint.line);
        if (!position) continue;
        const url = this.#urlOf(script);
        const key = `${url} ${position.lineNumber} ${position.columnNumber}`;
        const place = places.get(key) ?? { url, position, wanted: [] };
        place.wanted.push({ script, breakpoint });
        places.set(key, place);
      }
    }
    return places.values();
  }
}

function inScript(script: ProviderScript, breakpoint: ProviderBreakpoint): ProviderBreakpoint {
  const { condition, logMessage } = breakpoint;
  return {
    ...breakpoint,
    condition: condition && script.translate(condition, breakpoint),
    logMessage: logMessage?.replaceAll(/\{([^{}]*)\}/g, (_, part: string) => `{${script.translate(part, breakpoint)}}`),
  };
}

/** One expression of V8's that stops when one of them is to stop; every one counts and says what it has to. */
function conditionOf(breakpoints: readonly ProviderBreakpoint[]): string | undefined {
  const parts = breakpoints.map(partOf);
  if (parts.length === 1) return parts[0];
  return parts.map(part => `!!(${part ?? true})`).join(' | ');
}

/** An expression that is true when the breakpoint is to stop; log points never do. */
function partOf({ id, condition, hitCondition, logMessage }: ProviderBreakpoint): string | undefined {
  const parts = [
    ...(condition ? [`(${condition})`] : []),
    ...(hitCondition ? [`${DOOR}.hit(${id}, ${JSON.stringify(hitCondition)})`] : []),
    ...(logMessage ? [`${DOOR}.log(() => ${template(logMessage)})`] : []),
  ];
  return parts.length === 0 ? undefined : parts.join(' && ');
}

/** `fd is {fd}` as a template literal. */
function template(message: string): string {
  const text = message.replaceAll(/[`\\]|\$(?=\{)/g, '\\$&').replaceAll('{', '${');
  return `\`${text}\``;
}
