/** Everything that IPC remembers of a machine. */

import type { MessageQueue } from './messages.ts';
import { emptyTable, type IpcTable } from './object.ts';
import type { SemaphoreSet } from './semaphores.ts';
import type { SharedSegment } from './sharedMemory.ts';

export interface IpcState {
  segments: IpcTable<SharedSegment>;
  semaphores: IpcTable<SemaphoreSet>;
  queues: IpcTable<MessageQueue>;
}

export function freshIpc(): IpcState {
  return { segments: emptyTable(), semaphores: emptyTable(), queues: emptyTable() };
}
