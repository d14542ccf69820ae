/**
 * Entries: places where code may be entered so often that it is worth compiling. Backward branches, calls and indirect
 * jumps go by way of the entry of their target, a record that is no instruction: it counts, and leads to the target's
 * record; once the code is compiled it leads there instead.
 */

import { highWord, lowWord } from '../../base/words.ts';
import { ADDRESS, COUNTER, HANDLER } from '../record.ts';
import { ENTRY_HANDLER, FIRST_HOT_FUNCTION, GOTO_HANDLER } from './handlers.ts';

export interface Entry {
  readonly address: number;
  readonly record: number;
  /** Its place in the table of hot code; 0 until hot code refers to it. */
  slot: number;
  /** How often it has been passed in all the counts that are over. */
  passes: number;
  /** Length of the current count. */
  count: number;
  /** How often its compiled code became void. */
  losses: number;
}

/** Where a return leads is entered by its call already: only what returns there very often is worth code of its own. */
export type EntryKind = 'target' | 'return';

/** How often an entry is passed before its code is compiled. */
export interface Thresholds {
  readonly target: number;
  readonly return: number;
}

/** A count that no program reaches between two looks at it. */
export const NEVER = 0x7fff_ffff;

export class Entries {
  private readonly byAddress = new Map<number, Entry>();
  private readonly byRecord = new Map<number, Entry>();
  private readonly thresholds: Thresholds;

  constructor(thresholds: Thresholds) {
    this.thresholds = thresholds;
  }

  at(address: number): Entry | undefined {
    return this.byAddress.get(address);
  }

  ofRecord(record: number): Entry | undefined {
    return this.byRecord.get(record);
  }

  /** Makes `record`, whose link is set, the entry of `address`. */
  create(view: DataView, address: number, record: number, kind: EntryKind): Entry {
    const entry: Entry = { address, record, slot: 0, passes: 0, count: 0, losses: 0 };
    this.byAddress.set(address, entry);
    this.byRecord.set(record, entry);
    view.setInt32(record + ADDRESS, lowWord(address), true);
    view.setInt32(record + ADDRESS + 4, highWord(address), true);
    this.count(view, entry, this.thresholds[kind]);
    return entry;
  }

  /** How often an entry has been passed since it was made, or since its code became void. */
  passes(view: DataView, { record, passes, count }: Entry): number {
    return passes + count - view.getInt32(record + COUNTER, true);
  }

  /** Counts on until the entry has been passed `passes` times. */
  countTo(view: DataView, entry: Entry, passes: number): void {
    const so = this.passes(view, entry);
    this.count(view, entry, passes - so);
    entry.passes = so;
  }

  /** Begins to count anew; the code was compiled in vain. */
  countAgain(view: DataView, entry: Entry): void {
    entry.losses++;
    entry.passes = 0;
    this.count(view, entry, this.thresholds.target);
  }

  private count(view: DataView, entry: Entry, count: number): void {
    entry.count = Math.max(1, Math.min(count, NEVER));
    view.setUint16(entry.record + HANDLER, ENTRY_HANDLER, true);
    view.setInt32(entry.record + COUNTER, entry.count, true);
  }

  /** From now on the entry runs the hot function in its slot. */
  open(view: DataView, entry: Entry): void {
    view.setUint16(entry.record + HANDLER, FIRST_HOT_FUNCTION + entry.slot, true);
  }

  /** Stops counting: what is here cannot be compiled. */
  giveUp(view: DataView, entry: Entry): void {
    view.setUint16(entry.record + HANDLER, GOTO_HANDLER, true);
  }

  clear(): void {
    this.byAddress.clear();
    this.byRecord.clear();
  }
}
