/**
 * What the emulator may ask of the world outside. Everything below the adapter is free of clocks, files, randomness and
 * consoles; whoever builds a machine hands these in. All calls are synchronous: the machine owns its thread.
 */

export interface HostFileStatus {
  readonly kind: 'file' | 'directory' | 'symlink' | 'other';
  readonly size: number;
  /** Permission bits, as in `st_mode & 0o7777`. */
  readonly mode: number;
  /** Milliseconds since 1970. */
  readonly modified: number;
  /** Identity of the file on the host: equal for hard links. */
  readonly inode: number;
}

export type HostErrorCode =
  | 'ENOENT'
  | 'EACCES'
  | 'ENOTDIR'
  | 'EISDIR'
  | 'EEXIST'
  | 'ENOTEMPTY'
  | 'ELOOP'
  | 'ENOSPC'
  | 'EIO'
  | 'EROFS';

/** Thrown by every {@link HostFiles} call that the host refuses. */
export class HostError extends Error {
  override readonly name = 'HostError';
  readonly code: HostErrorCode;
  constructor(code: HostErrorCode, path: string) {
    super(`${code}: ${path}`);
    this.code = code;
  }
}

/**
 * Files of the host, below one granted folder each call. `path` is the granted folder joined with names that the
 * caller has resolved itself: the host follows no symbolic link in its last component and none above it may leave the
 * granted folder, or the call fails with EACCES.
 */
export interface HostFiles {
  /** Undefined where there is nothing. */
  status(path: string): HostFileStatus | undefined;
  list(path: string): string[];
  readLink(path: string): string;
  /** Reads up to `into.length` bytes at `offset`; returns how many there were. */
  read(path: string, offset: number, into: Uint8Array): number;
  write(path: string, offset: number, bytes: Uint8Array): void;
  create(path: string, kind: 'file' | 'directory', mode: number): void;
  truncate(path: string, size: number): void;
  remove(path: string, kind: 'file' | 'directory'): void;
  rename(from: string, to: string): void;
}

/** Standard streams of the debug session. */
export interface HostConsole {
  /** `stream` 1 is standard output, 2 standard error. */
  write(stream: 1 | 2, bytes: Uint8Array): void;
}

/** Connections from outside to ports of the machine. */
export interface HostConnections {
  /** There are bytes to take or there is room to give some, or the connection has ended. */
  changed(connection: number): void;
}

export interface Host {
  readonly files: HostFiles;
  readonly console: HostConsole;
  /** Absent where no port is forwarded. */
  readonly connections?: HostConnections;
}
