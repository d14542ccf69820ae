/** The thread that TypeScript runs in: it is large, and a check may take a second. */

import { parentPort, workerData } from 'node:worker_threads';
import { createChecker, type Declarations } from './check.ts';
import { cacheFolders } from '../../start/cacheFolders.ts';
import { keepIn } from './kept.ts';
import { transpile } from './transpile.ts';
import type { ProviderSource } from './providerCode.ts';

/** What the thread is started with. */
export interface CompilerParts extends Declarations {
  /** Folder of the bundles. */
  readonly bundles: string;
  /** Version of what translates. */
  readonly maker: string;
}

export type CompilerRequest = {
  readonly id: number;
  readonly what: 'transpile' | 'check';
  readonly source: ProviderSource;
};

export interface CompilerAnswer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

const { bundles, maker, ...declarations } = workerData as CompilerParts;
const kept = keepIn(cacheFolders(bundles), maker);
const check = createChecker(declarations);

parentPort?.on('message', ({ id, what, source }: CompilerRequest) => {
  try {
    const value = what === 'transpile' ? transpile(source, kept) : check(source.entry);
    parentPort?.postMessage({ id, value } satisfies CompilerAnswer);
  } catch (error) {
    parentPort?.postMessage({ id, error: (error as Error).stack ?? String(error) } satisfies CompilerAnswer);
  }
});
