/**
 * The vDSO (vdso(7)): a small shared object that every process finds mapped, so that asking for the time is no system
 * call. Its one page is made with the machine's boot time in it; the time since boot is the time stamp counter.
 */

import { assert } from '../../../base/assert.ts';
import { PAGE_SIZE } from '../../../base/pages.ts';
import { ET_DYN, EM_X86_64, PF_R, PF_X, PT_LOAD, SHT_DYNSYM } from '../../../formats/elfConstants.ts';
import { ELF_HEADER_SIZE, SEGMENT_SIZE } from '../../../formats/elf.ts';
import { MEM_DOS_LIM, PAGE_EXECUTE_READ } from '../../../kernel/mm/protection.ts';
import { createSection, readSection, writeSection } from '../../../kernel/mm/section.ts';
import { mapViewOfSection } from '../../../kernel/mm/view.ts';
import type { Process } from '../../../kernel/ps/process.ts';
import { succeeded } from '../../../kernel/status.ts';
import { type Linux, stateOf } from '../instance.ts';
import { STACK_TOP } from './stack.ts';
import { encodeFunction, VDSO_FUNCTIONS } from './vdsoCode.ts';

export const VDSO_NAME = '[vdso]';
/** The page between the stack and the place where mmap begins. */
export const VDSO_BASE = STACK_TOP;

const PT_DYNAMIC = 2;
const SHT_STRTAB = 3;
const SYMBOL_SIZE = 24;
const SECTION_HEADER_SIZE = 64;
/** STB_GLOBAL, STT_FUNC. */
const GLOBAL_FUNCTION = 0x12;
/** DT_HASH 4, DT_STRTAB 5, DT_SYMTAB 6, DT_STRSZ 10, DT_SYMENT 11, DT_SONAME 14. */
const [DT_HASH, DT_STRTAB, DT_SYMTAB, DT_STRSZ, DT_SYMENT, DT_SONAME] = [4, 5, 6, 10, 11, 14];
const [DT_VERSYM, DT_VERDEF, DT_VERDEFNUM] = [0x6fff_fff0, 0x6fff_fffc, 0x6fff_fffd];
const SONAME = 'linux-vdso.so.1';
/** What x86-64 functions of a vDSO have as their version (vdso(7)). Go's runtime reads the definitions unasked. */
const VERSION = 'LINUX_2.6';
/** In the order of their indices, which begin with 1: the first is that of the file itself. */
const VERSIONS = [SONAME, VERSION];
const VERSION_SIZE = 28;
const VER_FLG_BASE = 1;
const TEXT = 0x800;
/** In front of the code. */
const BOOT_TIME = TEXT - 8;
const CODE_ALIGNMENT = 16;

/** Maps it into a process; 0 where there is no room, and programs make system calls instead. */
export function mapVdso(linux: Linux, process: Process): number {
  const state = stateOf(linux);
  state.vdso ||= createVdso(linux);
  const { status, base } = mapViewOfSection(linux.kernel, process, {
    section: state.vdso,
    base: VDSO_BASE,
    size: PAGE_SIZE,
    offset: 0,
    protection: PAGE_EXECUTE_READ,
    writeCopy: true,
    use: VDSO_NAME,
    type: MEM_DOS_LIM,
  });
  return succeeded(status) ? base : 0;
}

/** Its bytes, for readers of symbols. */
export function vdsoContents(linux: Linux): Uint8Array | undefined {
  const { vdso } = stateOf(linux);
  if (vdso === 0) return undefined;
  const bytes = new Uint8Array(PAGE_SIZE);
  readSection(linux.kernel, vdso, 0, bytes);
  return bytes;
}

function createVdso(linux: Linux): number {
  const section = createSection(linux.kernel, { size: PAGE_SIZE });
  writeSection(linux.kernel, section, 0, vdsoImage(BigInt(linux.kernel.state.bootTime)));
  return section;
}

/** The ELF file, linked at 0. `bootTime`: ns since 1970. */
export function vdsoImage(bootTime: bigint): Uint8Array {
  const image = new Uint8Array(PAGE_SIZE);
  const view = new DataView(image.buffer);
  const names = Object.keys(VDSO_FUNCTIONS);
  const strings = new TextEncoder().encode(`\0${VERSIONS.join('\0')}\0${names.map(name => `${name}\0`).join('')}`);
  const nameAt = (name: string): number => new TextDecoder().decode(strings).indexOf(`\0${name}\0`) + 1;

  const functions: { name: string; at: number; bytes: Uint8Array }[] = [];
  let at = TEXT;
  for (const [name, lines] of Object.entries(VDSO_FUNCTIONS)) {
    const bytes = encodeFunction(lines, at, BOOT_TIME);
    functions.push({ name, at, bytes });
    image.set(bytes, at);
    at = Math.ceil((at + bytes.length) / CODE_ALIGNMENT) * CODE_ALIGNMENT;
  }
  view.setBigUint64(BOOT_TIME, bootTime, true);

  const symbols = ELF_HEADER_SIZE + 2 * SEGMENT_SIZE;
  const symbolCount = functions.length + 1;
  functions.forEach(({ name, at: value, bytes }, index) => {
    const entry = symbols + (index + 1) * SYMBOL_SIZE;
    view.setUint32(entry, nameAt(name), true);
    image[entry + 4] = GLOBAL_FUNCTION;
    // Any section: there is none of the code's own.
    view.setUint16(entry + 6, 1, true);
    view.setBigUint64(entry + 8, BigInt(value), true);
    view.setBigUint64(entry + 16, BigInt(bytes.length), true);
  });
  const hash = symbols + symbolCount * SYMBOL_SIZE;
  // One bucket, and the symbols in a row behind it (System V ABI, 5, Hash Table).
  const chain = functions.map((_, index) => (index + 2 < symbolCount ? index + 2 : 0));
  const hashWords = [1, symbolCount, 1, 0, ...chain];
  hashWords.forEach((word, index) => view.setUint32(hash + index * 4, word, true));
  const versions = hash + hashWords.length * 4;
  VERSIONS.forEach((name, index) => {
    writeVersion(view, versions + index * VERSION_SIZE, index, name, nameAt(name));
  });
  const versionOfSymbols = versions + VERSIONS.length * VERSION_SIZE;
  functions.forEach((_, index) => view.setUint16(versionOfSymbols + (index + 1) * 2, VERSIONS.length, true));
  const dynamic = Math.ceil((versionOfSymbols + symbolCount * 2) / 8) * 8;
  const stringsAt = dynamic + 10 * 16;
  const entries = [
    [DT_SONAME, nameAt(SONAME)],
    [DT_HASH, hash],
    [DT_STRTAB, stringsAt],
    [DT_SYMTAB, symbols],
    [DT_STRSZ, strings.length],
    [DT_SYMENT, SYMBOL_SIZE],
    [DT_VERSYM, versionOfSymbols],
    [DT_VERDEF, versions],
    [DT_VERDEFNUM, VERSIONS.length],
    [0, 0],
  ];
  writeWords(view, dynamic, entries.flat());
  image.set(strings, stringsAt);
  const sections = Math.ceil((stringsAt + strings.length) / 8) * 8;
  assert(sections + 3 * SECTION_HEADER_SIZE <= BOOT_TIME, 'the tables of the vDSO do not fit in front of its code');
  writeHeader(view, sections);
  writeSegment(view, ELF_HEADER_SIZE, PT_LOAD, PF_R | PF_X, 0, PAGE_SIZE);
  writeSegment(view, ELF_HEADER_SIZE + SEGMENT_SIZE, PT_DYNAMIC, PF_R, dynamic, entries.length * 16);
  // Null, the symbols, their names.
  writeSection64(view, sections + SECTION_HEADER_SIZE, SHT_DYNSYM, symbols, symbolCount * SYMBOL_SIZE, 2, SYMBOL_SIZE);
  writeSection64(view, sections + 2 * SECTION_HEADER_SIZE, SHT_STRTAB, stringsAt, strings.length, 0, 0);
  return image;
}

/** A version definition with its one name (LSB 10.7.2). */
function writeVersion(view: DataView, at: number, index: number, name: string, nameAt: number): void {
  const isBase = index === 0;
  const isLast = index === VERSIONS.length - 1;
  const halves = [1, isBase ? VER_FLG_BASE : 0, index + 1, 1];
  halves.forEach((half, place) => view.setUint16(at + place * 2, half, true));
  const words = [elfHash(name), 20, isLast ? 0 : VERSION_SIZE, nameAt, 0];
  words.forEach((word, place) => view.setUint32(at + 8 + place * 4, word, true));
}

/** System V ABI, 5, Hash Table. */
function elfHash(name: string): number {
  let hash = 0;
  for (const byte of new TextEncoder().encode(name)) {
    hash = ((hash << 4) + byte) >>> 0;
    const high = hash & 0xf000_0000;
    hash = (hash ^ (high >>> 24)) & ~high;
  }
  return hash >>> 0;
}

function writeWords(view: DataView, at: number, words: readonly number[]): void {
  words.forEach((word, index) => view.setBigUint64(at + index * 8, BigInt(word), true));
}

function writeHeader(view: DataView, sections: number): void {
  new Uint8Array(view.buffer).set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, ET_DYN, true);
  view.setUint16(18, EM_X86_64, true);
  view.setUint32(20, 1, true);
  writeWords(view, 24, [TEXT, ELF_HEADER_SIZE, sections]);
  // The names of sections, all empty, are in the table of the symbols.
  const sizes = [ELF_HEADER_SIZE, SEGMENT_SIZE, 2, SECTION_HEADER_SIZE, 3, 2];
  sizes.forEach((size, index) => view.setUint16(52 + index * 2, size, true));
}

function writeSegment(view: DataView, at: number, type: number, flags: number, offset: number, size: number): void {
  view.setUint32(at, type, true);
  view.setUint32(at + 4, flags, true);
  writeWords(view, at + 8, [offset, offset, offset, size, size, type === PT_LOAD ? PAGE_SIZE : 8]);
}

function writeSection64(
  view: DataView,
  at: number,
  type: number,
  offset: number,
  size: number,
  link: number,
  entrySize: number,
): void {
  view.setUint32(at + 4, type, true);
  writeWords(view, at + 16, [offset, offset, size]);
  view.setUint32(at + 40, link, true);
  // Of symbols: the first that is not local.
  view.setUint32(at + 44, type === SHT_DYNSYM ? 1 : 0, true);
  writeWords(view, at + 48, [8, entrySize]);
}
