/** Turns for what must not run beside its like: one VS Code with its browser is as much as a small computer bears. */

import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const CACHE = path.resolve(path.dirname(new URL(import.meta.url).pathname), '../../.cache');
const PATIENCE_MILLISECONDS = 200;

/** Waits until nobody else has the turn; the answer gives it back. Who has died has given it back, too. */
export async function takeTurn(name: string): Promise<() => void> {
  const file = path.join(CACHE, `${name}.turn`);
  fs.mkdirSync(CACHE, { recursive: true });
  for (;;) {
    try {
      fs.writeFileSync(file, String(process.pid), { flag: 'wx' });
      return () => fs.rmSync(file, { force: true });
    } catch {
      if (!isAlive(Number(readIfThere(file)))) fs.rmSync(file, { force: true });
      else await sleep(PATIENCE_MILLISECONDS);
    }
  }
}

function readIfThere(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function isAlive(pid: number): boolean {
  if (!pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
