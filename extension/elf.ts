/** Telling Linux x86-64 programs from other files by their first bytes (System V ABI, ELF header). */

import type { Dirent } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import * as path from 'node:path';
import * as vscode from 'vscode';

const HEADER_SIZE = 20;
const MAGIC = [0x7f, 0x45, 0x4c, 0x46];
const CLASS_64 = 2;
const TYPE_EXECUTABLE = 2;
const TYPE_SHARED = 3;
const MACHINE_X86_64 = 62;

/** Whether the file is an ELF executable for x86-64; false for files that cannot be read. */
export async function isProgram(name: string): Promise<boolean> {
  try {
    const file = await open(name, 'r');
    try {
      const header = Buffer.alloc(HEADER_SIZE);
      const { bytesRead } = await file.read(header, 0, HEADER_SIZE, 0);
      if (bytesRead < HEADER_SIZE || MAGIC.some((byte, index) => header[index] !== byte)) return false;
      const type = header.readUInt16LE(16);
      return (
        header[4] === CLASS_64 &&
        header.readUInt16LE(18) === MACHINE_X86_64 &&
        (type === TYPE_EXECUTABLE || type === TYPE_SHARED)
      );
    } finally {
      await file.close();
    }
  } catch {
    return false;
  }
}

/** How many files are looked at, and how deep below the folder. */
const MOST_FILES = 2000;
const MOST_LEVELS = 5;
const SKIPPED_FOLDERS = new Set(['node_modules', '.git', '.cache', 'dist', 'obj', '.vscode']);
/** Names that programs do not have; spares reading most files of a source tree. */
const NOT_PROGRAMS = /\.(c|h|cc|cpp|hpp|s|S|ts|js|mjs|json|md|txt|py|rs|go|toml|ya?ml|o|a|so|png|svg|lock|map)$/;

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
