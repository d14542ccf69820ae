/** Names of flag bits and of values, and how they print. */

export type FlagNames = readonly (readonly [number, string])[];

/** `A|B|0x40`: bits without a name as a number; `none` if there are none at all. */
export function flagText(value: number, names: FlagNames, none = '0'): string {
  const parts: string[] = [];
  let rest = value >>> 0;
  for (const [bit, name] of names) {
    const unsigned = bit >>> 0;
    if (unsigned === 0 || (rest & bit) >>> 0 !== unsigned) continue;
    parts.push(name);
    rest = (rest & ~bit) >>> 0;
  }
  if (rest !== 0) parts.push(`0x${rest.toString(16)}`);
  return parts.length > 0 ? parts.join('|') : none;
}

/** The name of exactly `value`, or the value itself. */
export function valueText(value: number, names: FlagNames): string {
  return names.find(([known]) => known === value)?.[1] ?? String(value);
}
