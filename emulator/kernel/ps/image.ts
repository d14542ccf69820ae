/** What a process is called and runs, as tools show it. */

import type { Kernel } from '../kernel.ts';
import type { Process } from './process.ts';

/** Records that the process runs another program from now on, as execve makes it do. */
export function replaceImage(kernel: Kernel, process: Process, imageFileName: string, commandLine: string): void {
  process.name = imageName(imageFileName);
  process.commandLine = commandLine;
  kernel.debugPort?.imageReplaced(process);
}

/** The last component of a path. */
export function imageName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
