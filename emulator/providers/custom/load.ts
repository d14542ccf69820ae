/** Loading for providers that do not do it themselves: static ELF files, with the stack of the System V ABI. */

import { hex, PAGE_SIZE, roundDown, roundUp } from '../../base/pages.ts';
import { ET_DYN, PF_R, PF_W, PF_X, PT_INTERP, PT_LOAD } from '../../formats/elfConstants.ts';
import { checkExecutable, isElf, readElf, type ElfFile, type ElfSegment } from '../../formats/elf.ts';
import { FormatError } from '../../formats/formatError.ts';
import type { GuestModule } from '../../kernel/ps/pico.ts';
import type { PicoProcess, Program, ProgramEntry, Protection } from '../../api/published.ts';

/** Where position-independent programs go. */
const PIE_BASE = 0x1000_0000;
const STACK_TOP = 0x1fff_f000;
const STACK_SIZE = 0x10_0000;
const AT_NULL = 0;
const AT_PAGESZ = 6;
const AT_ENTRY = 9;

/** Maps the program and fills its stack; a sentence says why that cannot be done. */
export function loadStaticElf(process: PicoProcess, program: Program): ProgramEntry | string {
  try {
    const file = readElf(program.contents);
    checkExecutable(file);
    if (file.segments.some(({ type }) => type === PT_INTERP))
      return `${program.path} wants a dynamic linker, and this provider loads static programs only. Link it with -static, or write the provider's load.`;
    const bias = biasOf(file);
    for (const segment of loadsOf(file)) {
      const problem = mapSegment(process, segment, program, bias);
      if (problem !== undefined) return problem;
    }
    const entry = file.header.entry + bias;
    const stack = fillStack(process, program, entry);
    if (stack === undefined) return `${program.path}: the arguments and the environment are too long for the stack.`;
    return { registers: { rip: entry, rsp: stack } };
  } catch (error) {
    if (error instanceof FormatError) return `${program.path}: ${error.message}`;
    throw error;
  }
}

/** The program as debuggers look for its symbols; nothing where it is no ELF file. */
export function moduleOf({ path, contents }: Program): GuestModule[] {
  if (!isElf(contents)) return [];
  try {
    const file = readElf(contents);
    const bias = biasOf(file);
    const loads = loadsOf(file);
    const low = roundDown(loads[0].address);
    const high = Math.max(...loads.map(({ address, memorySize }) => address + memorySize));
    return [{ path, base: low + bias, size: roundUp(high) - low, bias }];
  } catch {
    return [];
  }
}

function loadsOf(file: ElfFile): ElfSegment[] {
  return file.segments.filter(({ type }) => type === PT_LOAD);
}

function biasOf({ header }: ElfFile): number {
  return header.type === ET_DYN ? PIE_BASE : 0;
}

function mapSegment(
  { memory }: PicoProcess,
  { address, offset, fileSize, memorySize, flags }: ElfSegment,
  { path, contents }: Program,
  bias: number,
): string | undefined {
  if (memorySize === 0) return undefined;
  const start = roundDown(address + bias);
  const size = roundUp(address + bias + memorySize) - start;
  if (memory.allocate(size, { address: start, use: path }) !== start)
    return `${path}: there is no room at ${hex(start)} for one of its segments.`;
  memory.write(address + bias, contents.subarray(offset, offset + fileSize));
  memory.protect(start, size, protectionOf(flags));
  return undefined;
}

function protectionOf(flags: number): Protection {
  if (flags & PF_X) return flags & PF_W ? 'rwx' : 'rx';
  if (flags & PF_W) return 'rw';
  return flags & PF_R ? 'r' : 'none';
}

/** Arguments, environment, auxiliary vector (System V ABI, x86-64, 3.4.1); RSP, or undefined where they do not fit. */
function fillStack({ memory }: PicoProcess, program: Program, entry: number): number | undefined {
  const bottom = memory.allocate(STACK_SIZE, { address: STACK_TOP - STACK_SIZE, use: '[stack]' });
  if (bottom === undefined) return undefined;
  const encoder = new TextEncoder();
  const texts = [
    program.path,
    ...program.arguments,
    ...Object.entries(program.environment).map(([name, value]) => `${name}=${value}`),
  ].map(text => encoder.encode(`${text}\0`));
  let at = STACK_TOP;
  const addresses = texts.map(text => {
    at -= text.length;
    return at;
  });
  const count = 1 + program.arguments.length;
  const auxiliary = [AT_PAGESZ, PAGE_SIZE, AT_ENTRY, entry, AT_NULL, 0];
  const words = [count, ...addresses.slice(0, count), 0, ...addresses.slice(count), 0, ...auxiliary];
  const pointer = roundDown(at - words.length * 8, 16);
  if (pointer < bottom) return undefined;
  texts.forEach((text, index) => memory.write(addresses[index], text));
  memory.write(pointer, new Uint8Array(BigUint64Array.from(words, word => BigInt(word)).buffer));
  return pointer;
}
