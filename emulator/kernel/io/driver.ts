/** File systems as the kernel sees them: where pages of file sections come from, and who hears of closed files. */

import { assert } from '../../base/assert.ts';
import type { Kernel } from '../kernel.ts';

export interface FileSystemDriver {
  /** Fills `into` (one page) with page number `page` of `file`; zero behind the file's end. Throws if it cannot. */
  readPage(file: string, page: number, into: Uint8Array): void;
  /** The last reference to an opened file is gone. */
  close?(file: string): void;
}

export function registerFileSystemDriver(kernel: Kernel, name: string, driver: FileSystemDriver): void {
  kernel.drivers.set(name, driver);
}

export function getDriver(kernel: Kernel, name: string): FileSystemDriver {
  const driver = kernel.drivers.get(name);
  assert(driver, `no file system driver is called ${name}`);
  return driver;
}
