/** From a launch configuration to what the guest sees: mounts, and host paths as guest paths. */

import { statSync } from 'node:fs';
import * as path from 'node:path';
import type { Mount } from '../emulator/index.ts';
import { guestPathNotAbsolute, mountNotFound, programIsNoFile, programNotFound, programNotVisible } from './errors.ts';
import { isWithin } from './host/files.ts';

export interface ProgramRequest {
  /** A host path, or a guest path below one of the mounts. */
  readonly program: string;
  readonly cwd?: string;
  readonly mounts: readonly Mount[];
}

export interface ProgramPlace {
  readonly mounts: readonly Mount[];
  /** Guest path. */
  readonly program: string;
  /** Guest path. */
  readonly directory: string;
}

/**
 * Where the guest finds the program. Without a mount that shows it, its folder is mounted as an overlay, at the same
 * path on POSIX hosts and below `/workspace` elsewhere; if `cwd` holds the program, all of `cwd` is. Nothing else of
 * the host is visible unless `mounts` says so.
 */
export function placeProgram(request: ProgramRequest): ProgramPlace {
  const mounts = request.mounts.map(checkMount);
  const hostProgram = path.resolve(request.cwd && isFolder(request.cwd) ? request.cwd : '.', request.program);
  const guestProgram = path.posix.isAbsolute(request.program) ? path.posix.normalize(request.program) : undefined;
  const shown = toGuest(mounts, hostProgram);
  if (shown !== undefined && exists(hostProgram)) return place(mounts, shown, hostProgram, request.cwd);
  const behind = guestProgram === undefined ? undefined : toHost(mounts, guestProgram);
  if (guestProgram !== undefined && behind !== undefined && exists(behind)) {
    return place(mounts, guestProgram, behind, request.cwd);
  }
  if (!exists(hostProgram)) throw programNotFound(request.program);
  const added = defaultMount(hostProgram, request.cwd);
  if (mounts.some(mount => mount.guest === added.guest)) throw programNotVisible(request.program);
  const all = [...mounts, added];
  return place(all, toGuest(all, hostProgram) ?? '', hostProgram, request.cwd);
}

/** Places programs of one machine, in order: each may add a mount, and the machine boots with all of them. */
export function placePrograms(requests: readonly Omit<ProgramRequest, 'mounts'>[], mounts: readonly Mount[]): Places {
  let all = mounts;
  const places = requests.map(request => {
    const place = placeProgram({ ...request, mounts: all });
    all = place.mounts;
    return place;
  });
  return { places, mounts: all };
}

export interface Places {
  readonly places: readonly ProgramPlace[];
  readonly mounts: readonly Mount[];
}

/** `program` on the host, for a fresh look at what it is. */
function place(mounts: readonly Mount[], program: string, host: string, cwd: string | undefined): ProgramPlace {
  if (!statSync(host).isFile()) throw programIsNoFile(host);
  const folder = cwd === undefined ? undefined : (toGuest(mounts, path.resolve(cwd)) ?? cwd);
  return { mounts, program, directory: folder ?? path.posix.dirname(program) };
}

function defaultMount(program: string, cwd: string | undefined): Mount {
  const folder = path.dirname(program);
  const host = cwd !== undefined && isFolder(cwd) && isWithin(path.resolve(cwd), folder) ? path.resolve(cwd) : folder;
  const guest = path.sep === '/' ? host : path.posix.join('/workspace', path.basename(host));
  return { host, guest, mode: 'overlay' };
}

function checkMount(mount: Mount): Mount {
  if (!mount.guest.startsWith('/')) throw guestPathNotAbsolute(mount.guest);
  const host = path.resolve(mount.host);
  if (!isFolder(host)) throw mountNotFound(mount.host);
  return { host, guest: path.posix.normalize(mount.guest), mode: mount.mode };
}

/** The guest path of a host path through the innermost mount that shows it. */
function toGuest(mounts: readonly Mount[], host: string): string | undefined {
  const mount = mounts
    .filter(({ host: folder }) => isWithin(folder, host))
    .reduce<Mount | undefined>((best, each) => (best && best.host.length >= each.host.length ? best : each), undefined);
  if (!mount) return undefined;
  return path.posix.join(mount.guest, ...path.relative(mount.host, host).split(path.sep));
}

function toHost(mounts: readonly Mount[], guest: string): string | undefined {
  const mount = mounts
    .filter(({ guest: folder }) => folder === '/' || guest === folder || guest.startsWith(`${folder}/`))
    .reduce<Mount | undefined>(
      (best, each) => (best && best.guest.length >= each.guest.length ? best : each),
      undefined,
    );
  if (!mount) return undefined;
  return path.join(mount.host, ...path.posix.relative(mount.guest, guest).split('/'));
}

function exists(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false }) !== undefined;
}

function isFolder(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
