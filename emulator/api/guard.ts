/** The boundary around code that users wrote: what it throws and what it answers is checked here. */

import { ProviderFailure } from '../kernel/ps/providerFailure.ts';
import { UNANSWERED } from './define.ts';

/** Runs a provider's function; what it throws is the provider's failure while it did `what`. */
export function guarded<T>(what: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw error instanceof ProviderFailure ? error : new ProviderFailure(what, error);
  }
}

/** RAX as a handler has answered it. */
export function checkAnswer(name: string, answer: unknown): number {
  if (typeof answer === 'number' && Number.isSafeInteger(answer)) return answer;
  const shown =
    typeof answer === 'object' && answer !== null ? `an ${Array.isArray(answer) ? 'array' : 'object'}` : String(answer);
  throw new ProviderFailure(
    name,
    new TypeError(`the handler answered ${shown}; it must answer an integer for RAX, or UNANSWERED (${UNANSWERED})`),
  );
}
