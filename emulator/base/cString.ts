/** Bytes as C source has them. */

const ESCAPES: Readonly<Record<number, string>> = {
  9: '\\t',
  10: '\\n',
  11: '\\v',
  12: '\\f',
  13: '\\r',
  34: '\\"',
  92: '\\\\',
};

/** A C string literal; other bytes than printable ASCII in octal, as strace has them. */
export function quote(found: Uint8Array, cut: boolean): string {
  let text = '';
  for (let i = 0; i < found.length; i++) {
    const byte = found[i];
    const next = found[i + 1];
    const isDigitNext = next >= 0x30 && next <= 0x39;
    if (ESCAPES[byte] !== undefined) text += ESCAPES[byte];
    else if (byte >= 32 && byte < 127) text += String.fromCharCode(byte);
    else text += `\\${byte.toString(8).padStart(isDigitNext ? 3 : 1, '0')}`;
  }
  return `"${text}"${cut ? '…' : ''}`;
}
