/** Which forms the processor has: it says itself of those that it does not. */

import { Processor } from '../../../../emulator/cpu/processor.ts';
import { CODE, Guest } from '../guest.ts';

export class ImplementedForms {
  private readonly guest = new Guest('90', CODE, new Processor({ cpu: 'x86-64-v3' }));
  /** Each form is asked for once. */
  private readonly known = new Map<string, boolean>();

  /** `bytes` are some instruction of the form. */
  has(form: string, bytes: Uint8Array): boolean {
    const known = this.known.get(form);
    if (known !== undefined) return known;
    const { guest } = this;
    guest.space.write(CODE, bytes);
    guest.registers.rip = CODE;
    const exit = guest.run(1);
    const answer = !(exit.kind === 'fault' && exit.vector === 6);
    this.known.set(form, answer);
    return answer;
  }
}
