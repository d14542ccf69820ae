/** 64-bit guest words as JavaScript numbers: two 32-bit halves, without BigInt on hot paths. */

/** The unsigned value of `high:low`; exact up to 2^53, beyond that the nearest double. */
export function unsigned64(low: number, high: number): number {
  return (high >>> 0) * 0x1_0000_0000 + (low >>> 0);
}

/** The two's complement value of `high:low`; exact within ±2^53. */
export function signed64(low: number, high: number): number {
  return (high | 0) * 0x1_0000_0000 + (low >>> 0);
}

/** The lower 32 bits of `value`, signed. */
export function lowWord(value: number): number {
  return value | 0;
}

/** The upper 32 bits of `value` as a two's complement 64-bit integer. */
export function highWord(value: number): number {
  return Math.floor(value / 0x1_0000_0000) | 0;
}

/**
 * The signed 32-bit word that lies in the bytes, little-endian. A DataView says the same, but the buffer it needs costs
 * more than a small array does.
 */
export function wordAt(bytes: Uint8Array, at: number): number {
  return bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
}

/** Puts the lower 32 bits of `value` there. */
export function setWordAt(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >> 8;
  bytes[at + 2] = value >> 16;
  bytes[at + 3] = value >> 24;
}
