/** Files of the host below granted folders, and nothing else of it. */

import * as fs from 'node:fs';
import * as path from 'node:path';
import {
  HostError,
  type HostErrorCode,
  type HostFileStatus,
  type HostFiles,
  type Mount,
} from '../../emulator/index.ts';

interface Grant {
  /** As the machine names it. */
  readonly folder: string;
  /** Where it really is: a granted folder may itself be a link, as /bin mostly is. */
  readonly place: string;
  readonly writable: boolean;
}

export function hostFiles(mounts: readonly Mount[]): HostFiles {
  const grants: Grant[] = mounts
    .map(({ host, mode }) => ({ folder: path.resolve(host), place: realPath(host), writable: mode === 'rw' }))
    // The innermost grant decides about a path.
    .sort((left, right) => right.folder.length - left.folder.length);

  /** The real place of `given`, which must lie in a granted folder with no symbolic link between the two. */
  function resolve(given: string, write: boolean): string {
    const file = path.resolve(given);
    const grant = grants.find(({ folder }) => isWithin(folder, file));
    if (!grant) throw new HostError('EACCES', given);
    if (write && !grant.writable) throw new HostError('EROFS', given);
    const names = path.relative(grant.folder, file).split(path.sep);
    let folder = grant.place;
    for (const name of names.slice(0, -1)) {
      folder = path.join(folder, name);
      const status = attempt(folder, () => fs.lstatSync(folder));
      if (status.isSymbolicLink()) throw new HostError('EACCES', given);
      if (!status.isDirectory()) throw new HostError('ENOTDIR', given);
    }
    return path.join(folder, names[names.length - 1]);
  }

  /** As {@link resolve}, for entries that come and go: the granted folder itself is none of them. */
  function resolveEntry(given: string): string {
    const file = resolve(given, true);
    if (grants.some(({ place }) => place === file)) throw new HostError('EACCES', given);
    return file;
  }

  /** Opens the last component itself: O_NOFOLLOW also closes the gap between check and use. */
  function withFile<Result>(given: string, flags: number, use: (descriptor: number) => Result): Result {
    const file = resolve(given, (flags & (fs.constants.O_WRONLY | fs.constants.O_RDWR)) !== 0);
    return attempt(given, () => {
      const descriptor = fs.openSync(file, flags | (fs.constants.O_NOFOLLOW ?? 0) | (fs.constants.O_NONBLOCK ?? 0));
      try {
        // Devices and pipes of the host are no business of the guest: reading them could block or have effects.
        if (!fs.fstatSync(descriptor).isFile()) throw new HostError('EACCES', given);
        return use(descriptor);
      } finally {
        fs.closeSync(descriptor);
      }
    });
  }

  return {
    status(given) {
      const file = resolve(given, false);
      // Programs look for much that is not there: an exception each time would be felt.
      const status = attempt(given, () => fs.lstatSync(file, { throwIfNoEntry: false }));
      return status && statusOf(status);
    },
    list(given) {
      const file = resolve(given, false);
      return attempt(given, () => {
        if (fs.lstatSync(file).isSymbolicLink()) throw new HostError('EACCES', given);
        return fs.readdirSync(file).sort();
      });
    },
    readLink(given) {
      const file = resolve(given, false);
      return attempt(given, () => fs.readlinkSync(file));
    },
    read(given, offset, into) {
      return withFile(given, fs.constants.O_RDONLY, descriptor => {
        let done = 0;
        while (done < into.length) {
          const count = fs.readSync(descriptor, into, done, into.length - done, offset + done);
          if (count === 0) break;
          done += count;
        }
        return done;
      });
    },
    write(given, offset, bytes) {
      withFile(given, fs.constants.O_WRONLY, descriptor => {
        let done = 0;
        while (done < bytes.length) {
          done += fs.writeSync(descriptor, bytes, done, bytes.length - done, offset + done);
        }
      });
    },
    create(given, kind, mode) {
      const file = resolveEntry(given);
      attempt(given, () => {
        if (kind === 'directory') fs.mkdirSync(file, mode);
        else fs.closeSync(fs.openSync(file, fs.constants.O_WRONLY | fs.constants.O_CREAT | fs.constants.O_EXCL, mode));
      });
    },
    truncate(given, size) {
      withFile(given, fs.constants.O_WRONLY, descriptor => fs.ftruncateSync(descriptor, size));
    },
    remove(given, kind) {
      const file = resolveEntry(given);
      attempt(given, () => (kind === 'directory' ? fs.rmdirSync(file) : fs.unlinkSync(file)));
    },
    rename(from, to) {
      const source = resolveEntry(from);
      const target = resolveEntry(to);
      attempt(from, () => fs.renameSync(source, target));
    },
  };
}

export function isWithin(folder: string, file: string): boolean {
  const relative = path.relative(folder, file);
  return relative === '' || (relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative));
}

function statusOf(status: fs.Stats): HostFileStatus {
  const kind = status.isFile()
    ? 'file'
    : status.isDirectory()
      ? 'directory'
      : status.isSymbolicLink()
        ? 'symlink'
        : 'other';
  return { kind, size: status.size, mode: status.mode & 0o7777, modified: status.mtimeMs, inode: status.ino };
}

function realPath(folder: string): string {
  try {
    return fs.realpathSync(folder);
  } catch {
    return path.resolve(folder);
  }
}

const CODES: Readonly<Record<string, HostErrorCode>> = {
  ENOENT: 'ENOENT',
  EACCES: 'EACCES',
  EPERM: 'EACCES',
  ENOTDIR: 'ENOTDIR',
  EISDIR: 'EISDIR',
  EEXIST: 'EEXIST',
  ENOTEMPTY: 'ENOTEMPTY',
  // What O_NOFOLLOW says of a symbolic link.
  ELOOP: 'EACCES',
  EMLINK: 'EACCES',
  ENOSPC: 'ENOSPC',
  EROFS: 'EROFS',
};

function attempt<Result>(given: string, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    if (error instanceof HostError) throw error;
    throw new HostError(CODES[(error as NodeJS.ErrnoException).code ?? ''] ?? 'EIO', given);
  }
}
