/**
 * Code of a provider has thrown. Windows would stop with SYSTEM_SERVICE_EXCEPTION, for a provider is a driver; here the
 * call is undone and the machine stops, so that whoever writes the provider can mend it and go on.
 */
export class ProviderFailure extends Error {
  override readonly name = 'ProviderFailure';
  /** Where it happened, in the provider's own code: its stack as the engine gives it. */
  readonly trace: string;

  /** `what`: the call that was being served, or the routine. */
  constructor(what: string, cause: unknown) {
    const text = cause instanceof Error ? `${cause.name}: ${cause.message}` : `it threw ${String(cause)}`;
    super(`${what}: ${text}`, { cause });
    this.trace = cause instanceof Error ? (cause.stack ?? text) : text;
  }
}
