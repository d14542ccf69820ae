/** How the host's processor runs sequences. */

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { RESULT_SIZE, STATE_SIZE } from './arena.ts';
import type { Assembled } from './program.ts';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const BINARY = `${ROOT}.cache/sequence-oracle`;
const SOURCE = `${ROOT}test/cpu/native/sequences.c`;
const HEADER_SIZE = 16;
/** What sequences may use, as /proc/cpuinfo names it: a host without all of it is no oracle. */
const FEATURES = 'sse4_2 popcnt movbe bmi1 bmi2 adx abm fsgsbase avx2 aes sha_ni pclmulqdq'.split(' ');

/** A program and the states that its runs begin with, one behind the other. */
export interface Batch {
  readonly program: Assembled;
  readonly states: Uint8Array;
}

export function runsOf({ states }: Batch): number {
  return states.length / STATE_SIZE;
}

/** Builds the runner; false where that is impossible. */
export function hasNativeSequences(): boolean {
  if (process.arch !== 'x64' || process.platform !== 'linux') return false;
  const flags = new Set(/^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1].split(' '));
  if (FEATURES.some(feature => !flags.has(feature))) return false;
  try {
    if (existsSync(BINARY) && statSync(BINARY).mtimeMs > statSync(SOURCE).mtimeMs) return true;
    mkdirSync(`${ROOT}.cache`, { recursive: true });
    // Others may be running the old one.
    execFileSync('gcc', ['-O1', '-o', `${BINARY}-${process.pid}`, SOURCE], { stdio: 'pipe' });
    renameSync(`${BINARY}-${process.pid}`, BINARY);
  } catch {
    return existsSync(BINARY);
  }
  return true;
}

/** Results of all runs, {@link RESULT_SIZE} bytes each. */
export function runNatively(batches: readonly Batch[]): Buffer {
  const runs = batches.reduce((sum, batch) => sum + runsOf(batch), 0);
  const size = batches.reduce((sum, { program, states }) => sum + HEADER_SIZE + program.code.length + states.length, 0);
  const input = Buffer.alloc(size);
  let at = 0;
  for (const batch of batches) {
    const { program, states } = batch;
    input.writeUInt32LE(runsOf(batch), at);
    input.writeUInt32LE(program.code.length, at + 4);
    input.writeBigUInt64LE(BigInt(program.entry), at + 8);
    input.set(program.code, at + HEADER_SIZE);
    input.set(states, at + HEADER_SIZE + program.code.length);
    at += HEADER_SIZE + program.code.length + states.length;
  }
  const { stdout, status, signal, error } = spawnSync(BINARY, [], { input, maxBuffer: 1 << 30 });
  if (error) throw error;
  if (status !== 0 || stdout.length !== runs * RESULT_SIZE)
    throw new Error(`the native runner ended with ${status ?? signal} after ${stdout.length / RESULT_SIZE} of ${runs}`);
  return stdout;
}
