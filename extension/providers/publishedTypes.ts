/** The copy of pico-provider.d.ts beside a user's provider: kept as the extension ships it. */

import { readFile, writeFile } from 'node:fs/promises';
import * as path from 'node:path';

/** First line of what the extension has written; other files are their authors'. */
const OURS = /^\/\/ pico-provider, version \d+: .* Made by Pico Process Debugger\.\r?\n/;

/** Whether the copy beside `provider` was another one, and is the shipped one now. */
export async function refreshTypes(provider: string, shipped: string): Promise<boolean> {
  const copy = path.join(path.dirname(provider), 'pico-provider.d.ts');
  const [before, now] = await Promise.all([readFile(copy, 'utf8').catch(() => ''), readFile(shipped, 'utf8')]);
  if (!OURS.test(before) || before === now) return false;
  await writeFile(copy, now);
  return true;
}
