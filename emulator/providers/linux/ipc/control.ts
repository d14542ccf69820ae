/** What shmctl(2), semctl(2) and msgctl(2) do alike: telling of an object, and giving it to another owner or taking it away. */

import { EFAULT, EINVAL, EPERM, isError, type Errno } from '../abi/errno.ts';
import { IPC_SET } from '../abi/ipc.ts';
import type { Task } from '../task.ts';
import { giveBytes, readView } from '../userMemory.ts';
import { checkOwner, findObject, type IpcObject, type IpcTable } from './object.ts';

/** Where a status goes, and how an object's is written. */
export interface StatusRequest<T extends IpcObject> {
  readonly address: number;
  readonly encode: (object: T) => Uint8Array;
}

/** IPC_STAT: of the object with this id. */
export function giveStatus<T extends IpcObject>(
  task: Task,
  table: IpcTable<T>,
  id: number,
  { address, encode }: StatusRequest<T>,
): number {
  const found = findObject(task, table, id, 4);
  return isError(found) ? found : giveBytes(task, address, encode(found));
}

/** XXX_STAT, and for all objects whoever asks XXX_STAT_ANY: by index; answers with the id. */
export function giveStatusAt<T extends IpcObject>(
  task: Task,
  table: IpcTable<T>,
  index: number,
  isForAnybody: boolean,
  { address, encode }: StatusRequest<T>,
): number {
  const object = table.objects.get(index);
  if (!object) return -EINVAL;
  const found = isForAnybody ? object : findObject(task, table, object.id, 4);
  return isError(found) ? found : giveBytes(task, address, encode(found)) || found.id;
}

/** What an owner changes; `view` is the structure of `size` bytes that IPC_SET brings, and is undefined for other commands. */
export interface Administered<T extends IpcObject> {
  readonly object: T;
  readonly view: DataView | undefined;
}

/** The object for IPC_SET, IPC_RMID and their like, which are for its owner, its creator and root. */
export function findToAdminister<T extends IpcObject>(
  task: Task,
  table: IpcTable<T>,
  id: number,
  command: number,
  address: number,
  size: number,
): Administered<T> | Errno {
  const object = findObject(task, table, id, 0);
  if (isError(object)) return object;
  const view = command === IPC_SET ? readView(task, address, size) : undefined;
  if (command === IPC_SET && !view) return -EFAULT;
  return checkOwner(task, object) < 0 ? -EPERM : { object, view };
}
