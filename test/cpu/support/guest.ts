/** A small machine for tests of the processor: code given in bytes, registers by name, one run at a time. */

import { Processor } from '../../../emulator/cpu/processor.ts';
import type { Exit } from '../../../emulator/cpu/exits.ts';
import { initialRegisters, Registers, RSP } from '../../../emulator/cpu/registers.ts';
import { STATE_BASE } from '../../../emulator/memory/layout.ts';
import { EXECUTE, PlainSpace, READ, WRITE } from './plainSpace.ts';

export const CODE = 0x1000_0000;
export const DATA = 0x1200_0000;
export const STACK_TOP = 0x1300_2000;

const standard = new Processor();

export class Guest {
  readonly space = new PlainSpace();
  readonly processor: Processor;
  readonly registers: Registers;

  constructor(code: string, at = CODE, processor = standard) {
    this.processor = processor;
    this.space.map(CODE, 0x3000, READ | WRITE | EXECUTE);
    this.space.map(DATA, 0x2000, READ | WRITE);
    this.space.map(STACK_TOP - 0x2000, 0x2000, READ | WRITE);
    this.space.window.bytes.set(initialRegisters().bytes, STATE_BASE);
    this.registers = new Registers(this.space.window.memory.buffer, STATE_BASE);
    this.registers.setNumber(RSP, STACK_TOP - 64);
    this.write(at, code);
    this.registers.rip = at;
  }

  /** Bytes in hexadecimal; blanks are for the reader. */
  write(at: number, hex: string): void {
    this.space.write(at, Buffer.from(hex.replaceAll(' ', ''), 'hex'));
  }

  run(budget: number, skipBreakpoint = false): Exit {
    return this.processor.run(this.space, budget, skipBreakpoint);
  }

  get retired(): number {
    return this.processor.retired;
  }

  get(register: number): number {
    return this.registers.number(register);
  }

  set(register: number, value: number): this {
    this.registers.setNumber(register, value);
    return this;
  }

  close(): void {
    this.processor.detach(this.space);
  }
}
