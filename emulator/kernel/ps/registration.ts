/** PsRegisterPicoProvider: how a provider comes through the door. */

import type { Kernel } from '../kernel.ts';
import { STATUS_INFO_LENGTH_MISMATCH, STATUS_INVALID_PARAMETER, STATUS_SUCCESS, STATUS_TOO_LATE } from '../status.ts';
import type { NtStatus } from '../status.ts';
import { PICO_PROVIDER_ROUTINES_SIZE, PICO_ROUTINES_SIZE } from './pico.ts';
import type { PicoProviderRoutines, PicoRoutines } from './pico.ts';
import { picoRoutines } from './picoRoutines.ts';

export interface RegisteredProvider {
  readonly name: string;
  readonly routines: PicoProviderRoutines;
}

/** Only these access rights may be given away: bits above the standard rights are refused. */
const FORBIDDEN_ACCESS = 0xffe0_0000;

/**
 * Checks in Windows' order: sizes, access masks, then the gate that closes after boot. Registering the same name again
 * before the gate closes replaces the first table, as the single slot of Windows does; other names get slots of their
 * own, which Windows does not have (a process belongs to one provider).
 */
export function registerPicoProvider(
  kernel: Kernel,
  name: string,
  routines: PicoProviderRoutines,
  routinesSize = PICO_ROUTINES_SIZE,
): { status: NtStatus; routines?: PicoRoutines; id?: number } {
  if (routines.size !== PICO_PROVIDER_ROUTINES_SIZE || routinesSize !== PICO_ROUTINES_SIZE)
    return { status: STATUS_INFO_LENGTH_MISMATCH };
  if ((routines.openProcess | routines.openThread) & FORBIDDEN_ACCESS) return { status: STATUS_INVALID_PARAMETER };
  if (kernel.picoRegistrationDisabled) return { status: STATUS_TOO_LATE };
  let id = kernel.providers.findIndex(provider => provider.name === name);
  if (id < 0) id = kernel.providers.length;
  kernel.providers[id] = { name, routines };
  return { status: STATUS_SUCCESS, routines: picoRoutines(kernel, id), id };
}
