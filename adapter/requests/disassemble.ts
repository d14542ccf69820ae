/** Instructions around an address, always as many rows as asked for. */

import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import type { Disassembled } from '../../emulator/index.ts';
import type { Debuggee, Program } from '../debuggee.ts';
import { malformedArguments, tooMuch } from '../errors.ts';
import { memoryPlace } from '../memoryPlaces.ts';
import { hex } from '../memoryReferences.ts';
import type { Body } from '../protocol.ts';
import { withOffset } from '../symbols/symbols.ts';

const MOST_ROWS = 10_000;
const LONGEST_INSTRUCTION = 15;

export async function disassemble(
  debuggee: Debuggee,
  {
    memoryReference,
    offset = 0,
    instructionOffset = 0,
    instructionCount,
    resolveSymbols = true,
  }: Dap.DisassembleArguments,
): Promise<Body<'disassemble'>> {
  const program = debuggee.needProgram('disassemble');
  if (instructionCount < 0) throw malformedArguments('disassemble', "'instructionCount' must not be negative.");
  if (instructionCount > MOST_ROWS) throw tooMuch('disassemble', MOST_ROWS);
  const place = await memoryPlace(debuggee, program, memoryReference);
  const address = place.address + offset;
  const { process } = place;
  const reach = (Math.abs(instructionOffset) + instructionCount) * LONGEST_INSTRUCTION;
  const anchors = await program.symbols.anchors(process, Math.max(0, address - reach), address + reach);
  const rows = await program.machine.disassemble(process, address, instructionOffset, instructionCount, anchors);
  const instructions = await Promise.all(
    rows.map((row, index) => {
      if (outside(row, index, rows)) return OUTSIDE;
      return resolveSymbols ? withNames(program, process, row) : plain(row);
    }),
  );
  return { instructions };
}

function plain({ address, bytes, text, valid }: Disassembled): Dap.DisassembledInstruction {
  const instructionBytes = [...bytes].map(byte => byte.toString(16).padStart(2, '0')).join(' ');
  return {
    address: hex(address),
    instruction: valid ? text : '(bad)',
    ...(instructionBytes ? { instructionBytes } : {}),
    ...(valid ? {} : { presentationHint: 'invalid' }),
  };
}

/**
 * With the symbol where one starts, and branch targets by name. VS Code's disassembly view shows nothing but the text
 * of an instruction (microsoft/vscode#286322), so the target's name is part of that.
 */
async function withNames(program: Program, process: number, row: Disassembled): Promise<Dap.DisassembledInstruction> {
  const symbol = await program.symbols.at(process, row.address);
  const target = row.target === undefined ? undefined : await program.symbols.at(process, row.target);
  const instruction = plain(row);
  return {
    ...instruction,
    instruction: target ? `${instruction.instruction}  ; ${withOffset(target)}` : instruction.instruction,
    ...(symbol?.offset === 0 ? { symbol: symbol.name } : {}),
  };
}

/**
 * Rows beyond the ends of the address space all have its last address there. VS Code orders rows by address and passes
 * over those at -1 (its disassembly view, 1.138).
 */
function outside(row: Disassembled, index: number, rows: readonly Disassembled[]): boolean {
  if (row.valid) return false;
  return row.address === 0 ? rows[index + 1]?.address === 0 : rows[index - 1]?.address === row.address;
}

const OUTSIDE: Dap.DisassembledInstruction = { address: '-1', instruction: '', presentationHint: 'invalid' };
