/**
 * Which memory accesses of a block can share one check. Accesses at constant distances from each other are checked
 * together, where the first of them is. Pages do not change while hot code runs, so what has been checked once stays
 * good for all blocks that come after it on every way.
 */

/** An access that is made on every way through the block, in the order of the checks; undefined for one that is not. */
export interface Access {
  readonly base: number;
  readonly offset: number;
  readonly size: number;
  readonly write: boolean;
}

/** Bytes `[from, to)`, counted from a base, that may be read, or read and written. */
export interface Span {
  readonly base: number;
  readonly from: number;
  readonly to: number;
  readonly write: boolean;
}

/** Accesses farther apart than this are checked apart: a longer span would more often touch the end of a mapping. */
const LONGEST_SPAN = 512;
/** Spans that are looked at: the last ones are those that matter. */
const MOST_SPANS = 24;

/** For each access the span to check with it. */
export function shareChecks(accesses: readonly (Access | undefined)[]): readonly (Span | undefined)[] {
  const groups = new Map<number, { from: number; to: number; write: boolean }[]>();
  const chosen = accesses.map(access => {
    if (!access) return undefined;
    const { base, offset, size, write } = access;
    const known = groups.get(base) ?? [];
    groups.set(base, known);
    for (const group of known) {
      const from = Math.min(group.from, offset);
      const to = Math.max(group.to, offset + size);
      if (to - from > LONGEST_SPAN) continue;
      Object.assign(group, { from, to, write: group.write || write });
      return group;
    }
    const group = { from: offset, to: offset + size, write };
    known.push(group);
    return group;
  });
  return chosen.map((group, i) => group && { base: accesses[i]?.base ?? 0, ...group });
}

/** A list that grows at its head; what has branched off before goes on with what it had. */
interface Link {
  readonly span: Span;
  readonly before: Link | undefined;
}

/** What has been checked on the way to a place. */
export class Checked {
  private readonly last: Link | undefined;

  constructor(last?: Link) {
    this.last = last;
  }

  covers(base: number, offset: number, size: number, write: boolean): boolean {
    let link = this.last;
    for (let count = 0; link && count < MOST_SPANS; count++, link = link.before) {
      const { span } = link;
      if (span.base === base && span.from <= offset && offset + size <= span.to && (span.write || !write)) return true;
    }
    return false;
  }

  with(span: Span): Checked {
    return new Checked({ span, before: this.last });
  }
}
