/**
 * Finding out what a path that is to be executed really is: an ELF program, perhaps with a dynamic linker, or a script
 * whose first line names its interpreter (execve(2)).
 */

import { type ElfFile, interpreterPath, isElf, readElf } from '../../../formats/elf.ts';
import { FormatError } from '../../../formats/formatError.ts';
import { EACCES, ELIBBAD, ELOOP, ENOENT, ENOEXEC, errorName, isError } from '../abi/errno.ts';
import { readContents } from '../files/contents.ts';
import { type Inode, isDirectory, isRegular } from '../files/inode.ts';
import { mayAccess, walk, walkedPath, workingDirectory } from '../files/walk.ts';
import type { Task } from '../task.ts';
import { decodeText } from '../userMemory.ts';
import { LoadError } from './loadError.ts';

export interface ElfProgram {
  readonly inode: Inode;
  readonly path: string;
  readonly file: ElfFile;
}

export interface Program {
  readonly main: ElfProgram;
  readonly interpreter: ElfProgram | undefined;
  /** As the program will get them: for scripts with the interpreter's words in front. */
  readonly arguments: readonly string[];
  /** AT_EXECFN: the name as it was given. */
  readonly executedName: string;
}

/** Scripts that name scripts (execve(2)). */
const SCRIPT_DEPTH = 4;
/** Where the headers of a program and the name of its dynamic linker are: linkers put them first. */
const HEADERS = 0x1_0000;
/** Bytes of a first line that count (BINPRM_BUF_SIZE). */
const SCRIPT_LINE = 256;

export function findProgram(
  task: Task,
  name: string,
  words: readonly string[],
  start = workingDirectory(task),
): Program {
  let path = name;
  let given = words;
  for (let depth = 0; depth <= SCRIPT_DEPTH; depth++) {
    const { inode, path: found } = findExecutable(task, path, depth === 0 ? start : workingDirectory(task));
    const line = scriptLine(task, inode);
    if (line === undefined) return { ...elfProgram(task, inode, found), arguments: given, executedName: name };
    const [interpreter, argument] = parseScriptLine(line, path);
    given = [interpreter, ...(argument === '' ? [] : [argument]), path, ...given.slice(1)];
    path = interpreter;
  }
  throw new LoadError(`${name}: scripts call scripts too deeply.`, ELOOP);
}

function findExecutable(task: Task, path: string, start: Inode): { inode: Inode; path: string } {
  const walked = walk(task, start, path, true);
  if (isError(walked)) throw new LoadError(`${path} cannot be reached in the guest (${errorName(-walked)}).`, -walked);
  const { inode } = walked;
  if (!inode) throw new LoadError(`${path} does not exist in the guest. Mount the host folder that has it.`, ENOENT);
  if (isDirectory(inode)) throw new LoadError(`${path} is a directory, not a program.`, EACCES);
  if (!isRegular(inode)) throw new LoadError(`${path} is not a regular file.`, EACCES);
  if (!mayAccess(task, inode, 1))
    throw new LoadError(`${path} may not be executed: give it execute permission (chmod +x).`, EACCES);
  return { inode, path: walkedPath(task, walked) };
}

function scriptLine(task: Task, inode: Inode): string | undefined {
  const head = new Uint8Array(SCRIPT_LINE);
  const count = readContents(task.linux, inode, 0, head);
  if (count < 2 || head[0] !== 0x23 || head[1] !== 0x21) return undefined;
  const end = head.indexOf(10);
  return decodeText(head.subarray(2, end < 0 ? count : end));
}

/** Interpreter and at most one argument, which may contain spaces. */
function parseScriptLine(line: string, path: string): [string, string] {
  const match = /^[ \t]*(\S+)[ \t]*(.*?)[ \t\r]*$/.exec(line);
  if (!match) throw new LoadError(`${path} begins with #! but names no interpreter.`, ENOEXEC);
  return [match[1], match[2]];
}

function elfProgram(task: Task, inode: Inode, path: string): { main: ElfProgram; interpreter: ElfProgram | undefined } {
  const main = readProgram(task, inode, path);
  const wanted = reading(path, () => interpreterPath(main.bytes, main.file));
  if (wanted === undefined) return { main, interpreter: undefined };
  const walked = walk(task, workingDirectory(task), wanted, true);
  if (isError(walked) || !walked.inode)
    throw new LoadError(
      `${path} needs the dynamic linker ${wanted}, which does not exist in the guest. Mount a root file system that has it, or link the program with -static.`,
      ENOENT,
    );
  const interpreter = readProgram(task, walked.inode, walkedPath(task, walked));
  return { main, interpreter };
}

/** Reads as much of a file as says how to load it; the rest comes page by page when it is touched. */
function readProgram(task: Task, inode: Inode, path: string): ElfProgram & { bytes: Uint8Array } {
  const bytes = new Uint8Array(Math.min(inode.size, HEADERS));
  readContents(task.linux, inode, 0, bytes);
  if (!isElf(bytes) && bytes.length > 0)
    throw new LoadError(`${path} is neither an ELF program nor a script with a #! line.`, ENOEXEC);
  return { inode, path, bytes, file: reading(path, () => readElf(bytes, inode.size)) };
}

/** Format errors name the file they are about. */
export function reading<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof FormatError)
      throw new LoadError(`${path}: ${error.message}`, error.message.includes('dynamic linker') ? ELIBBAD : ENOEXEC);
    throw error;
  }
}
