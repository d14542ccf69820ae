/** Types of registry values, and texts and numbers as their data (winnt.h, REG_*). */

export const REG_NONE = 0;
export const REG_SZ = 1;
export const REG_EXPAND_SZ = 2;
export const REG_BINARY = 3;
export const REG_DWORD = 4;
export const REG_LINK = 6;
export const REG_MULTI_SZ = 7;
export const REG_QWORD = 11;

const NAMES: Readonly<Record<number, string>> = {
  [REG_NONE]: 'REG_NONE',
  [REG_SZ]: 'REG_SZ',
  [REG_EXPAND_SZ]: 'REG_EXPAND_SZ',
  [REG_BINARY]: 'REG_BINARY',
  [REG_DWORD]: 'REG_DWORD',
  [REG_LINK]: 'REG_LINK',
  [REG_MULTI_SZ]: 'REG_MULTI_SZ',
  [REG_QWORD]: 'REG_QWORD',
};

export function valueTypeName(type: number): string {
  return NAMES[type] ?? `type ${type}`;
}

/** UTF-16, with a terminator where the type wants one (links have none). */
export function textData(text: string, terminated = true): Uint8Array {
  const view = new DataView(new ArrayBuffer((text.length + (terminated ? 1 : 0)) * 2));
  for (let i = 0; i < text.length; i++) view.setUint16(i * 2, text.charCodeAt(i), true);
  return new Uint8Array(view.buffer);
}

/** The text of UTF-16 data up to its terminator or end. */
export function textOf(data: Uint8Array): string {
  let text = '';
  for (let at = 0; at + 1 < data.length; at += 2) {
    const code = data[at] | (data[at + 1] << 8);
    if (code === 0) break;
    text += String.fromCharCode(code);
  }
  return text;
}

export function wordData(value: number): Uint8Array {
  return Uint8Array.of(value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, value >>> 24);
}
