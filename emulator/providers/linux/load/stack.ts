/** The stack that a program finds: arguments, environment, auxiliary vector (System V ABI, x86-64, 3.4.1). */

import { fillRandom } from '../../../base/random.ts';
import { PAGE_SIZE, roundUp } from '../../../base/pages.ts';
import { SEGMENT_SIZE } from '../../../formats/elf.ts';
import {
  MEM_COMMIT,
  MEM_DOS_LIM,
  MEM_RESERVE,
  PAGE_EXECUTE_READWRITE,
  PAGE_READWRITE,
} from '../../../kernel/mm/protection.ts';
import { allocateVirtualMemory } from '../../../kernel/mm/virtualMemory.ts';
import { copyToUser } from '../../../kernel/mm/copy.ts';
import type { Process } from '../../../kernel/ps/process.ts';
import { succeeded } from '../../../kernel/status.ts';
import * as auxv from '../abi/auxv.ts';
import { E2BIG, ENOMEM } from '../abi/errno.ts';
import { USER_HZ } from '../abi/sched.ts';
import type { Linux } from '../instance.ts';
import type { Credentials } from '../task.ts';
import { encodeLongs, encodeText } from '../userMemory.ts';
import { LoadError } from './loadError.ts';
import type { LoadedElf } from './segments.ts';

/** Just below the place where mmap begins. */
export const STACK_TOP = 0x1fff_f000;
/** Committed from the start; the rest comes when it is touched. */
const INITIAL_STACK = 0x2_1000;
const DEFAULT_STACK_LIMIT = 0x80_0000;
const LARGEST_STACK = 0x400_0000;
/** Bytes that arguments and environment may have together: a quarter of the stack limit (execve(2)). */
const ARGUMENTS_SHARE = 4;

export interface StackContents {
  readonly arguments: readonly string[];
  readonly environment: readonly string[];
  readonly executedName: string;
  readonly main: LoadedElf;
  /** Base address of the dynamic linker, or 0. */
  readonly interpreterBase: number;
  readonly credentials: Credentials;
  readonly executable: boolean;
  /** Address of the vDSO, or 0. */
  readonly vdso: number;
}

export interface BuiltStack {
  readonly pointer: number;
  readonly bottom: number;
  /** Its words. */
  readonly auxiliaryVector: number[];
}

/** How far a stack with this limit may grow. */
export function stackSize(limit: number): number {
  return roundUp(
    Math.min(Number.isFinite(limit) ? Math.max(limit, INITIAL_STACK) : DEFAULT_STACK_LIMIT, LARGEST_STACK),
  );
}

export function buildStack(linux: Linux, process: Process, limit: number, contents: StackContents): BuiltStack {
  const size = stackSize(limit);
  const bottom = STACK_TOP - size;
  const texts = [...contents.arguments, ...contents.environment].map(text => encodeText(`${text}\0`));
  const textBytes = texts.reduce((sum, text) => sum + text.length, 0);
  if (textBytes > size / ARGUMENTS_SHARE)
    throw new LoadError('The arguments and the environment are too long for the stack.', E2BIG);

  const committed = Math.min(size, Math.max(INITIAL_STACK, roundUp(textBytes * 2 + texts.length * 16 + 2 * PAGE_SIZE)));
  const { status } = allocateVirtualMemory(linux.kernel, process, {
    base: STACK_TOP - committed,
    size: committed,
    type: MEM_RESERVE | MEM_COMMIT | MEM_DOS_LIM,
    protection: contents.executable ? PAGE_EXECUTE_READWRITE : PAGE_READWRITE,
    use: '[stack]',
    growsDownTo: bottom,
  });
  if (!succeeded(status)) throw new LoadError('There is no room for the stack.', ENOMEM);
  return { ...fillStack(linux, process, contents, texts), bottom };
}

function fillStack(
  linux: Linux,
  process: Process,
  contents: StackContents,
  texts: readonly Uint8Array[],
): Omit<BuiltStack, 'bottom'> {
  let at = STACK_TOP - 8;
  const push = (bytes: Uint8Array): number => {
    at -= bytes.length;
    copyToUser(linux.kernel, process, at, bytes);
    return at;
  };
  const executedName = push(encodeText(`${contents.executedName}\0`));
  const textAddresses: number[] = [];
  const textStart = at - texts.reduce((sum, text) => sum + text.length, 0);
  at = textStart;
  for (const text of texts) {
    copyToUser(linux.kernel, process, at, text);
    textAddresses.push(at);
    at += text.length;
  }
  at = textStart;
  const platform = push(encodeText(`${auxv.PLATFORM}\0`));
  const random = new Uint8Array(16);
  fillRandom(linux.kernel.state.random, random);
  at = Math.floor(at / 16) * 16;
  const randomAddress = push(random);

  const vector = auxiliaryVector(contents, executedName, platform, randomAddress);
  const argumentCount = contents.arguments.length;
  const words = [
    argumentCount,
    ...textAddresses.slice(0, argumentCount),
    0,
    ...textAddresses.slice(argumentCount),
    0,
    ...vector,
  ];
  const pointer = Math.floor((at - words.length * 8) / 16) * 16;
  copyToUser(linux.kernel, process, pointer, encodeLongs(words));
  return { pointer, auxiliaryVector: vector };
}

function auxiliaryVector(contents: StackContents, executedName: number, platform: number, random: number): number[] {
  const { main, credentials, vdso } = contents;
  const { uid, euid, gid, egid } = credentials;
  return [
    ...(vdso === 0 ? [] : [[auxv.AT_SYSINFO_EHDR, vdso]]),
    [auxv.AT_HWCAP, auxv.HWCAP],
    [auxv.AT_PAGESZ, PAGE_SIZE],
    [auxv.AT_CLKTCK, USER_HZ],
    [auxv.AT_PHDR, main.headers],
    [auxv.AT_PHENT, SEGMENT_SIZE],
    [auxv.AT_PHNUM, main.headerCount],
    [auxv.AT_BASE, contents.interpreterBase],
    [auxv.AT_FLAGS, 0],
    [auxv.AT_ENTRY, main.entry],
    [auxv.AT_UID, uid],
    [auxv.AT_EUID, euid],
    [auxv.AT_GID, gid],
    [auxv.AT_EGID, egid],
    [auxv.AT_SECURE, Number(uid !== euid || gid !== egid)],
    [auxv.AT_RANDOM, random],
    [auxv.AT_HWCAP2, 0],
    [auxv.AT_EXECFN, executedName],
    [auxv.AT_PLATFORM, platform],
    [auxv.AT_NULL, 0],
  ].flat();
}
