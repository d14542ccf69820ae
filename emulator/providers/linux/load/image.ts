/** Putting a program into an empty address space: its segments, its dynamic linker, heap and stack. */

import { PAGE_SIZE } from '../../../base/pages.ts';
import { ET_DYN, PF_X, PT_GNU_STACK } from '../../../formats/elfConstants.ts';
import { initialRegisters, type Registers, RSP } from '../../../cpu/registers.ts';
import { findFreeRange, MAP_HIGH, MAP_LOW } from '../../../kernel/mm/place.ts';
import { MEM_DOS_LIM, MEM_RESERVE, PAGE_READWRITE } from '../../../kernel/mm/protection.ts';
import { allocateVirtualMemory } from '../../../kernel/mm/virtualMemory.ts';
import type { Process } from '../../../kernel/ps/process.ts';
import { succeeded } from '../../../kernel/status.ts';
import { CODE_CACHE_BASE } from '../../../memory/layout.ts';
import { ENOMEM } from '../abi/errno.ts';
import type { Linux } from '../instance.ts';
import type { Credentials, MemoryLayout } from '../task.ts';
import { LoadError } from './loadError.ts';
import type { ElfProgram, Program } from './program.ts';
import { reading } from './program.ts';
import { imageRange, type LoadedElf, mapElf, PIE_BASE } from './segments.ts';
import { mapVdso, VDSO_NAME } from './vdso.ts';
import { buildStack, STACK_TOP, stackSize } from './stack.ts';

export interface LoadedImage {
  readonly registers: Registers;
  readonly memory: MemoryLayout;
}

/** Room that is kept for the heap above the program, at most. */
const LARGEST_HEAP = 0x0800_0000;

export function loadImage(
  linux: Linux,
  process: Process,
  program: Program,
  environment: readonly string[],
  credentials: Credentials,
  stackLimit: number,
): LoadedImage {
  const main = loadMain(linux, process, program.main);
  const interpreter = program.interpreter && loadInterpreter(linux, process, program.interpreter);
  const vdso = mapVdso(linux, process);
  const stack = buildStack(linux, process, stackLimit, {
    arguments: program.arguments,
    environment,
    executedName: program.executedName,
    main,
    interpreterBase: interpreter?.base ?? 0,
    credentials,
    executable: wantsExecutableStack(program.main),
    vdso,
  });
  // All zero but these: RDX in particular, which programs take for a function to call at exit if it is not.
  const registers = initialRegisters();
  registers.rip = interpreter?.entry ?? main.entry;
  registers.setNumber(RSP, stack.pointer);
  const modules = [main, ...(interpreter ? [interpreter] : [])].map(({ path, base, end, bias }) => ({
    path,
    base,
    size: end - base,
    bias,
  }));
  if (vdso !== 0) modules.push({ path: VDSO_NAME, base: vdso, size: PAGE_SIZE, bias: vdso });
  return {
    registers,
    memory: {
      ...layOutHeap(linux, process, main, stackLimit),
      stackTop: STACK_TOP,
      stackBottom: stack.bottom,
      auxiliaryVector: stack.auxiliaryVector,
      locksFuture: false,
      modules,
    },
  };
}

function loadMain(linux: Linux, process: Process, { file, inode, path }: ElfProgram): LoadedElf {
  const bias = file.header.type === ET_DYN ? PIE_BASE - reading(path, () => imageRange(file)).low : 0;
  return reading(path, () => mapElf(linux, process, file, inode, path, bias));
}

function loadInterpreter(linux: Linux, process: Process, { file, inode, path }: ElfProgram): LoadedElf {
  const { low, high } = reading(path, () => imageRange(file));
  const place = findFreeRange(process, high - low, { low: MAP_LOW, high: MAP_HIGH, topDown: false });
  if (place === undefined) throw new LoadError(`${path}: there is no room for the dynamic linker.`, ENOMEM);
  return reading(path, () => mapElf(linux, process, file, inode, path, file.header.type === ET_DYN ? place - low : 0));
}

/** Without PT_GNU_STACK a program is from the time when stacks were executable; new toolchains always write it. */
function wantsExecutableStack({ file }: ElfProgram): boolean {
  const segment = file.segments.find(({ type }) => type === PT_GNU_STACK);
  return segment !== undefined && (segment.flags & PF_X) !== 0;
}

/**
 * The heap is reserved above the program and committed as brk(2) asks for it. Programs linked low keep it below the
 * processor's tables, where memory is fast; when it is full, allocators go on with mmap(2).
 */
function layOutHeap(
  linux: Linux,
  process: Process,
  main: LoadedElf,
  stackLimit: number,
): Pick<MemoryLayout, 'breakStart' | 'break' | 'breakLimit' | 'breakCommitted'> {
  const start = main.end + PAGE_SIZE;
  const ceiling = start < CODE_CACHE_BASE ? CODE_CACHE_BASE : STACK_TOP - stackSize(stackLimit) - 0x10_0000;
  const limit = start < ceiling ? Math.min(ceiling, start + LARGEST_HEAP) : start;
  const fits =
    limit > start &&
    succeeded(
      allocateVirtualMemory(linux.kernel, process, {
        base: start,
        size: limit - start,
        type: MEM_RESERVE | MEM_DOS_LIM,
        protection: PAGE_READWRITE,
        use: '[heap]',
      }).status,
    );
  return { breakStart: start, break: start, breakLimit: fits ? limit : start, breakCommitted: start };
}
