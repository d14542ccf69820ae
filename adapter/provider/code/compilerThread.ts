/** The thread that TypeScript runs in: it is large, and a check may take a second. */

import { parentPort, workerData } from 'node:worker_threads';
import { createChecker, type Declarations } from './check.ts';
import { transpile } from './transpile.ts';
import type { ProviderSource } from './providerCode.ts';

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

const check = createChecker(workerData as Declarations);

parentPort?.on('message', ({ id, what, source }: CompilerRequest) => {
  try {
    const value = what === 'transpile' ? transpile(source) : check(source.entry);
    parentPort?.postMessage({ id, value } satisfies CompilerAnswer);
  } catch (error) {
    parentPort?.postMessage({ id, error: (error as Error).stack ?? String(error) } satisfies CompilerAnswer);
  }
});
