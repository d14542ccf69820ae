/** Telling programs from other files: Linux ELF files and Windows PE images, for x86-64. */

import type { Dirent } from 'node:fs';
import { type FileHandle, open, readdir } from 'node:fs/promises';
import * as path from 'node:path';
import * as vscode from 'vscode';

/** Whether the machine could run the file; false for files that cannot be read. */
export async function isProgram(name: string): Promise<boolean> {
  try {
    const file = await open(name, 'r');
    try {
      const header = await bytesAt(file, 0, 0x40);
      return isElfProgram(header) || (await isPeProgram(file, header));
    } finally {
      await file.close();
    }
  } catch {
    return false;
  }
}

/** `count` bytes; zeros behind the file's end. */
async function bytesAt(file: FileHandle, position: number, count: number): Promise<Buffer> {
  const bytes = Buffer.alloc(count);
  await file.read(bytes, 0, count, position);
  return bytes;
}

const ELF_MAGIC = Buffer.from('\x7fELF', 'latin1');
const ELF_CLASS_64 = 2;
const ELF_TYPES: readonly number[] = [2, 3]; // executable, shared
const ELF_X86_64 = 62;

/** System V ABI, ELF header. */
function isElfProgram(header: Buffer): boolean {
  return (
    ELF_MAGIC.equals(header.subarray(0, 4)) &&
    header[4] === ELF_CLASS_64 &&
    header.readUInt16LE(18) === ELF_X86_64 &&
    ELF_TYPES.includes(header.readUInt16LE(16))
  );
}

const PE_MAGIC = Buffer.from('PE\0\0', 'latin1');
const PE_AMD64 = 0x8664;
const PE_DLL = 0x2000;

/** "PE Format", Microsoft: the DOS header says where the PE header is. DLLs are no programs. */
async function isPeProgram(file: FileHandle, header: Buffer): Promise<boolean> {
  if (header.toString('latin1', 0, 2) !== 'MZ') return false;
  const found = await bytesAt(file, header.readUInt32LE(0x3c), 24);
  return (
    PE_MAGIC.equals(found.subarray(0, 4)) &&
    found.readUInt16LE(4) === PE_AMD64 &&
    (found.readUInt16LE(22) & PE_DLL) === 0
  );
}

/** How many files are looked at, and how deep below the folder. */
const MOST_FILES = 2000;
const MOST_LEVELS = 5;
const SKIPPED_FOLDERS = new Set(['node_modules', '.git', '.cache', 'dist', 'obj', '.vscode']);
/** Names that programs do not have; spares reading most files of a source tree. */
const NOT_PROGRAMS = /\.(c|h|cc|cpp|hpp|s|S|ts|js|mjs|json|md|txt|py|rs|go|toml|ya?ml|o|a|so|dll|png|svg|lock|map)$/;

/** Programs in the folder and below it, nearest first. */
export async function findPrograms(folder: vscode.WorkspaceFolder): Promise<vscode.Uri[]> {
  if (folder.uri.scheme !== 'file') return [];
  const programs: vscode.Uri[] = [];
  let level = [folder.uri.fsPath];
  let seen = 0;
  for (let depth = 0; depth < MOST_LEVELS && level.length > 0; depth++) {
    const next: string[] = [];
    for (const parent of level) {
      for (const entry of await entriesOf(parent)) {
        const file = path.join(parent, entry.name);
        if (entry.isDirectory() && !SKIPPED_FOLDERS.has(entry.name)) next.push(file);
        if (!entry.isFile() || NOT_PROGRAMS.test(entry.name)) continue;
        if (++seen > MOST_FILES) return programs;
        if (await isProgram(file)) programs.push(vscode.Uri.file(file));
      }
    }
    level = next;
  }
  return programs;
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.sort((a, b) => a.name.localeCompare(b.name));
  } catch {
    return [];
  }
}
