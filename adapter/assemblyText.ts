/** Instructions as the text of an assembly document: one line each, labels between them, targets by name. */

import type { Disassembled } from '../emulator/index.ts';
import type { MachineCalls } from './machine/client.ts';
import { hex } from './memoryReferences.ts';
import { type Symbols, withOffset } from './symbols/symbols.ts';

export interface AssemblyText {
  readonly text: string;
  /** The address of each line that is an instruction; line 1 is at index 0. */
  readonly addresses: readonly (number | undefined)[];
  /** The line of each instruction, from 1. */
  readonly lines: ReadonlyMap<number, number>;
}

export interface Shown {
  readonly start: number;
  readonly end: number;
  readonly label: string;
  readonly module: string;
}

const ROWS_AT_A_TIME = 512;
/** A guess that is mostly enough at once, and never asks for much more than there is. */
const BYTES_PER_ROW = 3;
/** Longer instructions are rare; their last bytes are left out rather than every line widened. */
const MOST_BYTES_SHOWN = 10;

export async function renderAssembly(
  machine: Pick<MachineCalls, 'disassemble'>,
  symbols: Symbols,
  process: number,
  shown: Shown,
): Promise<AssemblyText> {
  const rows = await instructions(machine, process, shown, await symbols.anchors(process, shown.start, shown.end));
  const texts = [`; ${shown.module} · ${shown.label} · process ${process} · ${hex(shown.start)} to ${hex(shown.end)}`];
  const addresses: (number | undefined)[] = [undefined];
  const lines = new Map<number, number>();
  for (const row of rows) {
    const symbol = await symbols.at(process, row.address);
    if (symbol?.offset === 0) {
      texts.push(`${symbol.name}:`);
      addresses.push(undefined);
    }
    const target = row.target === undefined ? undefined : await symbols.at(process, row.target);
    texts.push(instructionLine(row, target ? withOffset(target) : ''));
    addresses.push(row.address);
    lines.set(row.address, texts.length);
  }
  return { text: `${texts.join('\n')}\n`, addresses, lines };
}

/** `  0x401000  48 c7 c0 01 00 00 00           mov rax, 1` */
function instructionLine(row: Disassembled, target: string): string {
  const bytes = [...row.bytes].map(byte => byte.toString(16).padStart(2, '0'));
  const dump =
    bytes.length > MOST_BYTES_SHOWN ? `${bytes.slice(0, MOST_BYTES_SHOWN - 1).join(' ')} …` : bytes.join(' ');
  const text = row.valid ? row.text : '(bad)';
  return `  ${hex(row.address)}  ${dump.padEnd(MOST_BYTES_SHOWN * 3 - 1)}  ${text}${target ? `  ; ${target}` : ''}`.trimEnd();
}

async function instructions(
  machine: Pick<MachineCalls, 'disassemble'>,
  process: number,
  { start, end }: Shown,
  anchors: readonly number[],
): Promise<Disassembled[]> {
  const rows: Disassembled[] = [];
  for (let address = start; address < end; ) {
    const count = Math.min(ROWS_AT_A_TIME, Math.ceil((end - address) / BYTES_PER_ROW));
    const chunk = await machine.disassemble(process, address, 0, count, anchors);
    const inside = chunk.filter(row => row.address < end && row.bytes.length > 0);
    rows.push(...inside);
    const last = inside.at(-1);
    if (!last || inside.length < chunk.length) break;
    address = last.address + last.bytes.length;
  }
  return rows;
}
