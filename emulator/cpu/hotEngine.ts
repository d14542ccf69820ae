/**
 * The hot engine of one address space as the processor has it. It is made when code becomes hot for the first time, which
 * loads the compiler (`compiler.ts`); until then there is only what will be needed of what happens before.
 */

import type { AddressSpaceFace } from '../memory/addressSpaceFace.ts';
import type { CodeCache } from './cold/codeCache.ts';
import { endingByKey } from './cold/endings.ts';
import type { HandlerTable } from './cold/handlers.ts';
import type { HotCode } from './hot/hotCode.ts';
import { HANDLER } from './record.ts';

export class HotEngine {
  private readonly space: AddressSpaceFace;
  private readonly handlers: HandlerTable;
  private readonly make: () => HotCode;
  private code: HotCode | undefined;
  /** Where the jumps at records went that were looked up so far. */
  private readonly jumps = new Map<number, Set<number>>();

  constructor(space: AddressSpaceFace, cache: CodeCache, handlers: HandlerTable, make: () => HotCode) {
    this.space = space;
    this.handlers = handlers;
    // What is made takes the place of both.
    cache.guard = (test, stop, go) => {
      this.load();
      return cache.guard?.(test, stop, go) ?? 0;
    };
    cache.onClear = () => this.jumps.clear();
    this.make = make;
  }

  private load(): HotCode {
    if (this.code) return this.code;
    const code = this.make();
    for (const [from, targets] of this.jumps) for (const target of targets) code.noteJump(from, target);
    this.jumps.clear();
    this.code = code;
    return code;
  }

  /** As of {@link HotCode}: the instruction at the record `from` has gone to `target`; false for a return. */
  noteJump(from: number, target: number): boolean {
    if (this.code) return this.code.noteJump(from, target);
    const key = this.handlers.keyAt(this.space.window.view.getUint16(from + HANDLER, true));
    const ending = key && endingByKey(key);
    if (ending === 'jumpIndirect' || ending === 'callIndirect') {
      const known = this.jumps.get(from);
      if (known) known.add(target);
      else this.jumps.set(from, new Set([target]));
    }
    return ending !== 'return';
  }

  heat(record: number): void {
    this.load().heat(record);
  }

  dropAll(): void {
    this.code?.dropAll();
  }

  compileWaiting(): void {
    this.code?.compileWaiting();
  }
}
