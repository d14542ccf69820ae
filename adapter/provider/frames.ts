/** Frames of providers' code that the client may ask about until the thread goes on. */

import type { ProviderFrame } from './providerDebugger.ts';

/** Far above the numbers of guest frames, which stay the same over stops. */
const FIRST = 0x4000_0000;

export class ProviderFrames {
  #frames: ProviderFrame[] = [];

  reference(frame: ProviderFrame): number {
    const known = this.#frames.findIndex(({ call }) => call.callFrameId === frame.call.callFrameId);
    return FIRST + (known < 0 ? this.#frames.push(frame) - 1 : known);
  }

  get(reference: number): ProviderFrame | undefined {
    return this.#frames[reference - FIRST];
  }

  clear(): void {
    this.#frames = [];
  }
}
