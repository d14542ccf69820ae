/** Whatever a program hands to services, they answer with a status: no call breaks the kernel, none goes on for ever. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { clone } from '../../../emulator/base/clone.ts';
import { serviceTable } from '../../../emulator/kernel/services/table.ts';
import { newTraditional } from '../../support/traditional.ts';

/** Values that mean something somewhere: handles, sizes, flags, places that can and that cannot be written. */
function interesting(memory: number, stack: number): fc.Arbitrary<number> {
  const places = [0, 8, 0x100, 0xe000, 0xfff8, 0xfffd].map(offset => memory + offset);
  return fc.oneof(
    fc.constantFrom(...places),
    fc.constantFrom(0, 1, 2, 3, 4, 5, 8, 12, 0x10, 0x14, 0x20, 0x30, 0x40, 64, 65, -1, -2, -3),
    fc.constantFrom(0x1000, 0x2000, 0x3000, 0x8000, 0x1_0000, 0x10_0000, 0x40_0000, 0x100_0000, 0x4000_0000),
    fc.constantFrom(0x7ffe_0000, stack, 0x1000_0000, 0x1001_0000, 0x7fff_ffff_0000, 0x8000_0000_0000, -0x1000),
    fc.constantFrom(0x1f_ffff, 0x1f_0003, 0xffff_ffff, 0x7fff_ffff, 2 ** 52, -(2 ** 52), 0x8000_0000),
    fc.integer({ min: -16, max: 4096 }),
  );
}

/** What lies in the memory that pointers lead to: structures, lengths, or nonsense. */
function fill(machine: ReturnType<typeof newTraditional>, values: readonly number[]): void {
  const { memory, putLong, attributes } = machine;
  values.forEach((value, index) => putLong(memory + 0x100 + index * 8, value));
  attributes('\\??\\C:\\nt\\hello.exe');
  putLong(memory, 0x30);
  putLong(memory + 0x10, memory + 0xe040);
}

test('random arguments', () => {
  const names = serviceTable().map(({ name }) => name);
  const { memory, thread, long } = newTraditional();
  const value = interesting(memory, long(thread.teb + 8) - 0x800);
  const step = fc.tuple(fc.constantFrom(...names), fc.array(value, { minLength: 11, maxLength: 11 }));
  fc.assert(
    fc.property(
      fc.array(value, { minLength: 16, maxLength: 16 }),
      fc.array(step, { maxLength: 25 }),
      (contents, steps) => {
        const machine = newTraditional();
        fill(machine, contents);
        for (const [name, values] of steps) {
          if (machine.thread.state === 'terminated') break;
          machine.run(machine.thread);
          let answer: number | undefined;
          try {
            answer = machine.call(name, values);
          } catch (error) {
            // The stack or the memory of the test itself has been freed: nothing more can be called.
            if (error instanceof assert.AssertionError && /^(writing|reading) /.test(error.message)) break;
            throw new Error(`${name}(${values.join(', ')}): ${(error as Error).stack}`);
          }
          if (answer === undefined) break; // it waits, or has ended
          assert.ok(answer >= 0 && answer <= 0xffff_ffff && Number.isInteger(answer), `${name}: ${answer}`);
        }
        clone(machine.kernel.state); // still plain data
      },
    ),
    { numRuns: 300 },
  );
});
