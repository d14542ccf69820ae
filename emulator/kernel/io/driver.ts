/** Drivers as the kernel sees them: where pages of file sections come from, and how files are opened, read and written. */

import { assert } from '../../base/assert.ts';
import type { Kernel } from '../kernel.ts';
import type { NtStatus } from '../status.ts';

export interface FileSystemDriver {
  /** Fills `into` (one page) with page number `page` of `file`; zero behind the file's end. Throws if it cannot. */
  readPage(file: string, page: number, into: Uint8Array): void;
  /** The last reference to an opened file is gone. */
  close?(file: string): void;
  /** IRP_MJ_CREATE and what follows it, of devices that user code may open. */
  readonly files?: FileOperations;
}

export interface OpenRequest {
  /** Path on the device, with its leading backslash, or ''. */
  readonly path: string;
  readonly caseInsensitive: boolean;
  /** FILE_SUPERSEDE to FILE_OVERWRITE_IF. */
  readonly disposition: number;
  readonly wantsWrite: boolean;
  /** FILE_DIRECTORY_FILE, FILE_NON_DIRECTORY_FILE. */
  readonly options: number;
}

export interface OpenedFile {
  readonly status: NtStatus;
  /** The driver's own name for the file. */
  readonly file?: string;
  /** FILE_OPENED, FILE_CREATED, … */
  readonly information?: number;
}

export interface FileInformation {
  readonly kind: 'file' | 'directory' | 'console';
  /** Bytes. */
  readonly size: number;
  readonly isReadOnly: boolean;
  /** Milliseconds since 1970. */
  readonly modified: number;
  readonly identity: number;
}

export interface Transfer {
  readonly status: NtStatus;
  /** Bytes. */
  readonly count: number;
  /** With STATUS_PENDING: the event to wait for before trying again, and what for. */
  readonly event?: number;
  readonly reason?: string;
}

/** What a driver does for opened files. Files are named as {@link OpenedFile} has them. */
export interface FileOperations {
  open(request: OpenRequest): OpenedFile;
  /** `at` is a position in bytes. */
  read(file: string, at: number, into: Uint8Array): Transfer;
  write(file: string, at: number, bytes: Uint8Array): Transfer;
  information(file: string): FileInformation | undefined;
  /** Names in a directory, sorted, with what they are. */
  list(file: string): { name: string; information: FileInformation }[] | undefined;
  /** Sets the size of a file; what is new reads as zero. */
  resize(file: string, size: number): NtStatus;
  /** The section that holds its contents, for all who read, write or map it; undefined if it is no file. */
  section?(file: string): number | undefined;
}

export function registerFileSystemDriver(kernel: Kernel, name: string, driver: FileSystemDriver): void {
  kernel.drivers.set(name, driver);
}

export function getDriver(kernel: Kernel, name: string): FileSystemDriver {
  const driver = kernel.drivers.get(name);
  assert(driver, `no file system driver is called ${name}`);
  return driver;
}
