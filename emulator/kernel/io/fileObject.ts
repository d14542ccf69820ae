/** FILE_OBJECT: an opened file, and closing it. */

import { assert } from '../../base/assert.ts';
import type { Kernel } from '../kernel.ts';
import { nextObject } from '../kernel.ts';
import { getDriver } from './driver.ts';

export interface FileObject {
  readonly id: number;
  /** File system driver, and its own name for the opened file. */
  readonly driver: string;
  readonly file: string;
  /** Name of its device, `\Device\HarddiskVolume1`, or ''. */
  readonly device: string;
  /** Path on its device, as it was opened: `\Windows\notepad.exe`. */
  readonly name: string;
  /** CurrentByteOffset. */
  position: number;
}

/** The record of a file that `driver` has opened; the body of a File object. */
export function createFileObject(
  kernel: Kernel,
  opened: { driver: string; file: string; device?: string; name: string },
): FileObject {
  const file: FileObject = { id: nextObject(kernel), device: '', ...opened, position: 0 };
  kernel.state.fileObjects.set(file.id, file);
  return file;
}

export function getFileObject(kernel: Kernel, id: number): FileObject {
  const file = kernel.state.fileObjects.get(id);
  assert(file, `there is no file object ${id}`);
  return file;
}

/** IopDeleteFile: the driver hears that the last reference is gone (IRP_MJ_CLOSE). */
export function closeFileObject(kernel: Kernel, id: number): void {
  const { driver, file } = getFileObject(kernel, id);
  kernel.state.fileObjects.delete(id);
  getDriver(kernel, driver).close?.(file);
}
