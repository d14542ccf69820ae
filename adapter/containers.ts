/** What unfolds in the variables view, as data behind references. */

import type { Debuggee } from './debuggee.ts';
import type { Frame } from './frames.ts';
import type { Lane } from './registers.ts';

export type { Page } from './provider/values.ts';

/** Something with children. All of it is data: the values are read when the client asks. */
export type Container =
  | { readonly kind: 'general' | 'flags' | 'segments' | 'sse' | 'x87'; readonly frame: Frame }
  | { readonly kind: 'vector'; readonly frame: Frame; readonly index: number }
  | { readonly kind: 'lanes'; readonly frame: Frame; readonly index: number; readonly lane: Lane }
  /** PEB, a TEB and such: what the process has under that title. */
  | { readonly kind: 'structure'; readonly process: number; readonly title: string }
  | { readonly kind: 'memory'; readonly process: number; readonly address: number; readonly size: number }
  /** An object of V8's, in a provider's code. */
  | {
      readonly kind: 'remote';
      readonly object: string;
      /** How many elements it has, if it is an array. */
      readonly indexed?: number;
      /** Of a scope: the frame, and its place in the frame's chain. */
      readonly scope?: { readonly frame: string; readonly number: number };
    };

export function containerReference(debuggee: Debuggee, container: Container): number {
  return debuggee.variables.reference(JSON.stringify(identity(container)), container);
}

/** A frame's registers keep their reference while the frame moves. */
function identity(container: Container): object {
  if (!('frame' in container)) return container;
  const { frame, ...rest } = container;
  return { ...rest, thread: frame.thread, level: frame.level };
}
