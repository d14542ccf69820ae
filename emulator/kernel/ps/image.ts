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

/** The whole path of what the process runs: of a pico process as its provider says (PsPicoGetAllocatedProcessImageName). */
export function imageFileName(kernel: Kernel, process: Process): string {
  const provider = process.picoContext === undefined ? undefined : kernel.providers[process.provider];
  return provider?.routines.getAllocatedProcessImageName(process) ?? process.name;
}
