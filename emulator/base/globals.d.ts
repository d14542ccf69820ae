/** The text codecs of every JavaScript engine, which `lib: es2022` leaves out. */

declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean });
  decode(bytes?: ArrayBufferView): string;
}

declare class TextEncoder {
  encode(text?: string): Uint8Array;
}
