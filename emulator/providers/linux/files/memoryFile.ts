/** /proc/<pid>/mem: the memory of a process by address, for those who may trace it (proc_pid_mem(5)). */

import { copyFromUser } from '../../../kernel/mm/copy.ts';
import { findProcess, type Process } from '../../../kernel/ps/process.ts';
import { EIO } from '../abi/errno.ts';
import { POLL_READY } from '../abi/poll.ts';
import { writeForeign } from '../process/foreignMemory.ts';
import type { Task } from '../task.ts';
import type { OpenFile } from './openFile.ts';
import type { FileOperations } from './operations.ts';

/** While it is there; a process that has ended has no memory. */
function processOf({ kernel }: Task, file: OpenFile): Process | undefined {
  const process = findProcess(kernel, file.object);
  return process?.state === 'running' ? process : undefined;
}

/** `object` of the file is the process. */
export const memoryOperations: FileOperations = {
  seekable: true,
  read(task, file, into, position) {
    const process = processOf(task, file);
    if (!process) return 0;
    return copyFromUser(task.kernel, process, position, into) || -EIO;
  },
  write(task, file, bytes, position) {
    const process = processOf(task, file);
    if (!process) return 0;
    return writeForeign(task.kernel, process, position, bytes) || -EIO;
  },
  poll: () => POLL_READY,
  events: () => [],
};
