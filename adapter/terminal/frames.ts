/** What `pico terminal` tells the adapter: frames of a kind, a length and that many bytes. The other way there is only output. */

/** `hello` carries the token, `size` rows and columns, `keys` what was typed. */
export const FRAME_KINDS = ['hello', 'size', 'keys'] as const;
export type FrameKind = (typeof FRAME_KINDS)[number];

export interface Frame {
  readonly kind: FrameKind;
  readonly bytes: Buffer;
}

/** The variable that carries the token: command lines can be read by everybody. */
export const TOKEN_VARIABLE = 'PICO_TERMINAL_TOKEN';

const HEADER = 5;
/** Nobody types or pastes more at a time. */
const LARGEST_FRAME = 0x10_0000;

export function encodeFrame(kind: FrameKind, bytes: Uint8Array): Buffer {
  const frame = Buffer.alloc(HEADER + bytes.length);
  frame.writeUInt8(FRAME_KINDS.indexOf(kind), 0);
  frame.writeUInt32LE(bytes.length, 1);
  frame.set(bytes, HEADER);
  return frame;
}

export function encodeSize({ rows, columns }: { rows: number; columns: number }): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt16LE(rows, 0);
  bytes.writeUInt16LE(columns, 2);
  return encodeFrame('size', bytes);
}

/** Undefined if these are no rows and columns. */
export function decodeSize(bytes: Buffer): { rows: number; columns: number } | undefined {
  return bytes.length === 4 ? { rows: bytes.readUInt16LE(0), columns: bytes.readUInt16LE(2) } : undefined;
}

/** Cuts a stream into frames. */
export class FrameReader {
  #pending: Buffer = Buffer.alloc(0);

  /** Undefined where the stream is none of frames: nothing more can be read from it. */
  push(chunk: Buffer): Frame[] | undefined {
    this.#pending = Buffer.concat([this.#pending, chunk]);
    const frames: Frame[] = [];
    while (this.#pending.length >= HEADER) {
      const kind = FRAME_KINDS[this.#pending.readUInt8(0)] as FrameKind | undefined;
      const length = this.#pending.readUInt32LE(1);
      if (kind === undefined || length > LARGEST_FRAME) return undefined;
      if (this.#pending.length < HEADER + length) break;
      frames.push({ kind, bytes: this.#pending.subarray(HEADER, HEADER + length) });
      this.#pending = this.#pending.subarray(HEADER + length);
    }
    return frames;
  }
}
