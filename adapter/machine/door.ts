/**
 * The door through which a debugger of the machine's thread (V8's inspector) reaches the machine: while V8 holds the
 * thread inside a provider's function, the thread's own loop cannot serve anybody. It is the only thing of ours that the
 * global object has.
 */

import { compileHitCondition, type MachineFace } from '../../emulator/index.ts';
import type { HotCompiler } from './hotCompiler.ts';

const NAME = 'pico.machine';

/** JavaScript that names the door. */
export const DOOR = `globalThis[Symbol.for(${JSON.stringify(NAME)})]`;

export interface Door {
  /** Serves the commands that have come. */
  serve(): void;
  handler: MachineFace['handler'];
  /** V8's debugger is turned on or off. */
  debugged(isDebugged: boolean): void;
  /** Counts a breakpoint's hit; whether it is to stop by its hit condition. */
  hit(breakpoint: number, condition: string): boolean;
  /** Says what a log point says; never stops. */
  log(message: () => string): false;
}

export function openDoor(
  machine: Pick<MachineFace, 'handler'>,
  compiler: HotCompiler,
  serve: () => void,
  log: (text: string) => void,
): void {
  const hits = new Map<number, number>();
  const door: Door = {
    serve,
    handler: (thread, what) => machine.handler(thread, what),
    debugged(isDebugged) {
      compiler.debugged = isDebugged;
    },
    hit(breakpoint, condition) {
      const count = (hits.get(breakpoint) ?? 0) + 1;
      hits.set(breakpoint, count);
      return compileHitCondition(condition)(count);
    },
    log(message) {
      try {
        log(message());
      } catch (error) {
        log(`log message: ${error instanceof Error ? error.message : String(error)}`);
      }
      return false;
    },
  };
  Object.defineProperty(globalThis, Symbol.for(NAME), { value: door, configurable: true });
}
