/** Instructions as text, for people. */

import { Decoder, DecoderOptions, FlowControl, Formatter, FormatterSyntax, Instruction, OpKind } from 'iced-x86';

export type Flow = 'next' | 'branch' | 'conditional' | 'call' | 'return' | 'systemCall' | 'interrupt' | 'invalid';

export interface DisassembledRow {
  readonly address: number;
  readonly length: number;
  readonly bytes: Uint8Array;
  readonly text: string;
  /** Where a branch goes or a RIP-relative operand points. */
  readonly target: number | undefined;
  readonly flow: Flow;
}

/** Gives an address a name, such as `main+0x10`. */
export type SymbolName = (address: number) => string | undefined;

/** All instructions of `bytes`, which lie at `address`. Bytes that are no instruction are rows with flow `invalid`. */
export function disassemble(
  bytes: Uint8Array,
  address: number,
  style: 'intel' | 'gas',
  symbol?: SymbolName,
): DisassembledRow[] {
  const decoder = new Decoder(64, bytes.slice(), DecoderOptions.None);
  const formatter = new Formatter(style === 'gas' ? FormatterSyntax.Gas : FormatterSyntax.Intel);
  const instruction = new Instruction();
  try {
    formatter.hexPrefix = '0x';
    formatter.hexSuffix = '';
    formatter.uppercaseHex = false;
    formatter.smallHexNumbersInDecimal = false;
    formatter.showBranchSize = false;
    formatter.branchLeadingZeros = false;
    formatter.spaceAfterOperandSeparator = true;
    formatter.ripRelativeAddresses = true;
    decoder.ip = BigInt(address);
    const rows: DisassembledRow[] = [];
    while (decoder.canDecode) {
      const start = decoder.position;
      decoder.decodeOut(instruction);
      // What is no instruction is shown byte by byte, as every disassembler does.
      if (instruction.isInvalid) {
        decoder.position = start + 1;
        decoder.ip = BigInt(address + start + 1);
      }
      const length = decoder.position - start;
      const target = targetOf(instruction);
      const text = instruction.isInvalid ? '(bad)' : formatter.format(instruction);
      rows.push({
        address: address + start,
        length,
        bytes: bytes.slice(start, start + length),
        text: named(text, target, symbol),
        target,
        flow: flowOf(instruction, text),
      });
    }
    return rows;
  } finally {
    instruction.free();
    formatter.free();
    decoder.free();
  }
}

function named(text: string, target: number | undefined, symbol: SymbolName | undefined): string {
  const name = target === undefined ? undefined : symbol?.(target);
  return name === undefined ? text : `${text} <${name}>`;
}

function targetOf(instruction: Instruction): number | undefined {
  if (instruction.isInvalid) return undefined;
  if (instruction.opCount > 0 && instruction.opKind(0) === OpKind.NearBranch64)
    return Number(instruction.nearBranchTarget);
  return instruction.isIpRelMemoryOperand ? Number(instruction.ipRelMemoryAddress) : undefined;
}

function flowOf(instruction: Instruction, text: string): Flow {
  if (instruction.isInvalid) return 'invalid';
  if (text === 'syscall') return 'systemCall';
  switch (instruction.flowControl) {
    case FlowControl.UnconditionalBranch:
    case FlowControl.IndirectBranch:
      return 'branch';
    case FlowControl.ConditionalBranch:
      return 'conditional';
    case FlowControl.Call:
    case FlowControl.IndirectCall:
      return 'call';
    case FlowControl.Return:
      return 'return';
    case FlowControl.Interrupt:
    case FlowControl.Exception:
      return 'interrupt';
    default:
      return 'next';
  }
}
