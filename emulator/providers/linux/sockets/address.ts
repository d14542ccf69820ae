/**
 * Internet addresses as the machine keeps them: 32 hexadecimal digits, version 4 mapped into version 6 (RFC 4291), so that
 * sockets of both families meet. The only network is the loopback: 127.0.0.0/8 and ::1.
 */

const MAPPED = '00000000000000000000ffff';
export const ANY_4 = `${MAPPED}00000000`;
export const ANY_6 = '0'.repeat(32);
export const LOOPBACK_4 = `${MAPPED}7f000001`;
export const LOOPBACK_6 = `${'0'.repeat(31)}1`;

export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');
}

export function bytesOf(address: string): Uint8Array {
  return Uint8Array.from({ length: address.length / 2 }, (_, index) =>
    Number.parseInt(address.slice(index * 2, index * 2 + 2), 16),
  );
}

/** The address of version 6 that stands for four bytes of version 4. */
export function mapped(bytes: Uint8Array): string {
  return MAPPED + hexOf(bytes);
}

export function isMapped(address: string): boolean {
  return address.startsWith(MAPPED);
}

export function isAny(address: string): boolean {
  return address === ANY_4 || address === ANY_6;
}

/** The addresses of the machine itself: every one of 127.0.0.0/8, and ::1. */
export function isOwn(address: string): boolean {
  return address === LOOPBACK_6 || address.startsWith(`${MAPPED}7f`);
}

/** 255.255.255.255 and the broadcast address of the loopback network. */
export function isBroadcast(address: string): boolean {
  return address === `${MAPPED}ffffffff` || address === `${MAPPED}7fffffff`;
}
