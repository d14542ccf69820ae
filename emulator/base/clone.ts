/**
 * Deep copies of machine state. State is plain data (numbers, strings, booleans, bigints, typed arrays, Maps, Sets,
 * arrays, records), so a snapshot is a copy of it. Whatever is not plain data is a mistake and is named by its path.
 */

export class NotPlainData extends Error {
  override readonly name = 'NotPlainData';
}

/** A copy of `value` that shares nothing with it. Shared references and cycles inside stay shared in the copy. */
export function clone<T>(value: T, path = 'state'): T {
  return copy(value, path, new Map()) as T;
}

/** How much `value` holds, in objects (1 KB of bytes counts as one). Fails as {@link clone} does where it is not plain data. */
export function measure(value: unknown, path: string): number {
  const seen = new Map<object, unknown>();
  copy(value, path, seen);
  let size = seen.size;
  for (const part of seen.keys()) if (ArrayBuffer.isView(part)) size += part.byteLength >> 10;
  return size;
}

function copy(value: unknown, path: string, seen: Map<object, unknown>): unknown {
  if (typeof value === 'function' || typeof value === 'symbol')
    throw new NotPlainData(`${path} holds a ${typeof value}; machine state must be plain data so that it can be saved`);
  if (typeof value !== 'object' || value === null) return value;
  const known = seen.get(value);
  if (known !== undefined) return known;
  if (ArrayBuffer.isView(value)) {
    const array = value as Uint8Array;
    const duplicate = array.slice();
    seen.set(value, duplicate);
    return duplicate;
  }
  if (Array.isArray(value)) {
    const duplicate: unknown[] = [];
    seen.set(value, duplicate);
    for (let i = 0; i < value.length; i++) duplicate.push(copy(value[i], `${path}[${i}]`, seen));
    return duplicate;
  }
  if (value instanceof Map) {
    const duplicate = new Map<unknown, unknown>();
    seen.set(value, duplicate);
    for (const [key, item] of value)
      duplicate.set(copy(key, `${path} key`, seen), copy(item, `${path}.get(${String(key)})`, seen));
    return duplicate;
  }
  if (value instanceof Set) {
    const duplicate = new Set<unknown>();
    seen.set(value, duplicate);
    for (const item of value) duplicate.add(copy(item, `${path} item`, seen));
    return duplicate;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null)
    throw new NotPlainData(
      `${path} holds a ${value.constructor.name}; machine state must be plain data so that it can be saved`,
    );
  const duplicate: Record<string, unknown> = {};
  seen.set(value, duplicate);
  for (const key of Object.keys(value))
    duplicate[key] = copy((value as Record<string, unknown>)[key], `${path}.${key}`, seen);
  return duplicate;
}
