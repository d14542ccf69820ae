/** What is known of a file, under the names that the structures of ntifs.h have for it. */

import type { FileInformation } from '../io/driver.ts';
import { FILETIME_EPOCH } from '../ke/sharedUserData.ts';

const FILE_ATTRIBUTE_READONLY = 0x1;
const FILE_ATTRIBUTE_DIRECTORY = 0x10;
const FILE_ATTRIBUTE_NORMAL = 0x80;
const CLUSTER = 4096;
const UNITS_PER_MS = 10_000;
export const TIMES = ['CreationTime', 'LastAccessTime', 'LastWriteTime', 'ChangeTime'] as const;

/** Each layout takes those that it has. */
export function fieldsOf({ kind, size, isReadOnly, modified, identity }: FileInformation): Record<string, number> {
  const time = FILETIME_EPOCH + Math.floor(modified * UNITS_PER_MS);
  const isDirectory = kind === 'directory';
  const flags =
    (isDirectory ? FILE_ATTRIBUTE_DIRECTORY : 0) | (isReadOnly && !isDirectory ? FILE_ATTRIBUTE_READONLY : 0);
  return {
    ...Object.fromEntries(TIMES.map(name => [name, time])),
    FileAttributes: flags || FILE_ATTRIBUTE_NORMAL,
    AllocationSize: Math.ceil(size / CLUSTER) * CLUSTER,
    EndOfFile: size,
    NumberOfLinks: 1,
    Directory: Number(isDirectory),
    IndexNumber: identity,
  };
}
