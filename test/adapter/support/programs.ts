/** Guests of these tests, assembled from `programs/` when they are first asked for. */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const SOURCES = fileURLToPath(new URL('../programs/', import.meta.url));
const BUILT = fileURLToPath(new URL('../../../.cache/adapter/', import.meta.url));

/** Host path of the program. */
export function program(name: string): string {
  const source = `${SOURCES}${name}.S`;
  const built = `${BUILT}${name}`;
  if (existsSync(built) && statSync(built).mtimeMs > statSync(source).mtimeMs) return built;
  mkdirSync(BUILT, { recursive: true });
  // Several test files may build at once.
  const draft = `${built}.${process.pid}`;
  execFileSync('gcc', ['-nostdlib', '-static', '-no-pie', '-Wl,--build-id=none', '-o', draft, source]);
  renameSync(draft, built);
  return built;
}

/** Where `launching` shows the program to the guest. */
export function guestPath(name: string): string {
  program(name);
  return `/guest/${name}`;
}

/** The part of a launch configuration that shows `name` to the guest as `/guest/name`, wherever it lies on the host. */
export function launching(name: string): { program: string; mounts: object[]; seed: number } {
  return { program: program(name), mounts: [{ host: BUILT, guest: '/guest', mode: 'ro' }], seed: 1 };
}
