/** Instructions as the debugger shows them. */

import { Decoder, DecoderOptions, FlowControl, Formatter, FormatterSyntax, Instruction, Mnemonic, OpKind } from 'iced-x86';
import { hex } from '../../base/pages.ts';
import { MNEMONICS } from './operands.ts';

export type DisassemblyFlow = 'next' | 'branch' | 'conditional' | 'call' | 'return' | 'systemCall' | 'interrupt' | 'invalid';

export interface DisassemblyRow {
  readonly address: number;
  readonly length: number;
  readonly bytes: Uint8Array;
  readonly text: string;
  readonly mnemonic: string;
  /** Where a direct branch goes, or what a RIP-relative operand names. */
  readonly target?: number;
  readonly flow: DisassemblyFlow;
}

const FLOWS: Readonly<Record<number, DisassemblyFlow>> = {
  [FlowControl.Next]: 'next',
  [FlowControl.UnconditionalBranch]: 'branch',
  [FlowControl.IndirectBranch]: 'branch',
  [FlowControl.ConditionalBranch]: 'conditional',
  [FlowControl.Call]: 'call',
  [FlowControl.IndirectCall]: 'call',
  [FlowControl.Return]: 'return',
  [FlowControl.Interrupt]: 'interrupt',
  [FlowControl.XbeginXabortXend]: 'conditional',
  [FlowControl.Exception]: 'interrupt',
};

function flowOf(instruction: Instruction): DisassemblyFlow {
  if (instruction.isInvalid) return 'invalid';
  const { mnemonic } = instruction;
  if (mnemonic === Mnemonic.Syscall || mnemonic === Mnemonic.Sysenter) return 'systemCall';
  return FLOWS[instruction.flowControl] ?? 'next';
}

function targetOf(instruction: Instruction): number | undefined {
  if (instruction.isInvalid) return undefined;
  if (instruction.op0Kind === OpKind.NearBranch64) return Number(instruction.nearBranchTarget);
  return instruction.isIpRelMemoryOperand ? Number(instruction.ipRelMemoryAddress) : undefined;
}

function formatterFor(style: 'intel' | 'gas'): Formatter {
  const formatter = new Formatter(style === 'gas' ? FormatterSyntax.Gas : FormatterSyntax.Intel);
  formatter.hexPrefix = '0x';
  formatter.hexSuffix = '';
  formatter.uppercaseHex = false;
  formatter.ripRelativeAddresses = false;
  formatter.spaceAfterOperandSeparator = true;
  formatter.smallHexNumbersInDecimal = false;
  formatter.branchLeadingZeros = false;
  return formatter;
}

/** Decodes all of `bytes`. What is no instruction becomes a row of one byte. */
export function disassemble(
  bytes: Uint8Array,
  address: number,
  style: 'intel' | 'gas',
  symbol?: (address: number) => string | undefined,
): DisassemblyRow[] {
  const rows: DisassemblyRow[] = [];
  const formatter = formatterFor(style);
  const instruction = new Instruction();
  let decoder = new Decoder(64, bytes, DecoderOptions.None);
  decoder.ip = BigInt(address);
  for (let offset = 0; offset < bytes.length; ) {
    decoder.decodeOut(instruction);
    const flow = flowOf(instruction);
    const length = flow === 'invalid' ? 1 : instruction.length;
    const at = address + offset;
    const raw = bytes.subarray(offset, offset + length);
    if (flow === 'invalid') {
      rows.push({ address: at, length, bytes: raw, text: `(bad) ${hex(raw[0], 2)}`, mnemonic: '(bad)', flow });
    } else {
      const target = targetOf(instruction);
      const text = withSymbol(formatter.format(instruction), target, symbol);
      rows.push({ address: at, length, bytes: raw, text, mnemonic: MNEMONICS[instruction.mnemonic], target, flow });
    }
    offset += length;
    if (flow === 'invalid' && length !== instruction.length) {
      decoder.free();
      decoder = new Decoder(64, bytes.subarray(offset), DecoderOptions.None);
      decoder.ip = BigInt(address + offset);
    }
  }
  decoder.free();
  instruction.free();
  formatter.free();
  return rows;
}

function withSymbol(text: string, target: number | undefined, symbol: ((address: number) => string | undefined) | undefined): string {
  if (target === undefined) return text;
  const name = symbol?.(target);
  return name === undefined ? text : `${text} <${name}>`;
}
