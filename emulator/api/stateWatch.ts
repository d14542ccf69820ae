/** Looks whether what handlers leave in a provider's state is plain data, at a cost that does not grow with the state. */

import { measure, NotPlainData } from '../base/clone.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { ProviderFailure } from '../kernel/ps/providerFailure.ts';
import type { Thread } from '../kernel/ps/thread.ts';

/** Parts of a state that a look may cost for each call that passes. */
const PARTS_PER_CALL = 8;

export class StateWatch {
  #left = 0;
  /** What was said already: the state may stay as it is. */
  #said: string | undefined;

  /** After a call of `thread`: `parts` by the names under which handlers know them. Stops the machine for what is new. */
  look(kernel: Kernel, thread: Thread, call: string, parts: Readonly<Record<string, unknown>>): void {
    if (this.#left-- > 0) return;
    try {
      let size = 0;
      for (const [name, part] of Object.entries(parts)) size += measure(part, name);
      this.#left = Math.floor(size / PARTS_PER_CALL);
      this.#said = undefined;
    } catch (error) {
      if (!(error instanceof NotPlainData)) throw error;
      if (this.#said === error.message) return;
      this.#said = error.message;
      kernel.debugPort?.providerFailed(new ProviderFailure(call, error), thread);
    }
  }
}
