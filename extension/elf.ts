/** Telling Linux x86-64 programs from other files by their first bytes (System V ABI, ELF header). */

import { open } from 'node:fs/promises';
import * as vscode from 'vscode';

const HEADER_SIZE = 20;
const MAGIC = [0x7f, 0x45, 0x4c, 0x46];
const CLASS_64 = 2;
const TYPE_EXECUTABLE = 2;
const TYPE_SHARED = 3;
const MACHINE_X86_64 = 62;

/** Whether the file is an ELF executable for x86-64; false for files that cannot be read. */
export async function isProgram(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'r');
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

const SEARCH_LIMIT = 2000;
/** Names that programs do not have; spares reading most files of a source tree. */
const NOT_PROGRAMS = /\.(c|h|cc|cpp|hpp|s|S|ts|js|mjs|json|md|txt|py|rs|go|toml|ya?ml|o|a|so|png|svg|lock|map)$/;

/** Programs in the folder and below it, shortest paths first. */
export async function findPrograms(folder: vscode.WorkspaceFolder): Promise<vscode.Uri[]> {
  const pattern = new vscode.RelativePattern(folder, '**/*');
  const files = await vscode.workspace.findFiles(pattern, '**/{node_modules,.git,dist}/**', SEARCH_LIMIT);
  const candidates = files.filter(file => file.scheme === 'file' && !NOT_PROGRAMS.test(file.path));
  const programs = await Promise.all(candidates.map(async file => ((await isProgram(file.fsPath)) ? [file] : [])));
  return programs
    .flat()
    .sort((a, b) => a.path.split('/').length - b.path.split('/').length || a.path.localeCompare(b.path));
}
