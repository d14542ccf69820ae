/** Compiles providers that users bring, in a thread of its own. */

import { statSync } from 'node:fs';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { CompilerAnswer, CompilerParts, CompilerRequest } from './compilerThread.ts';
import type { Compiled, Problem, ProviderSource } from './providerCode.ts';

/** Beside this file in source form, beside the bundle when built. */
const IS_SOURCE = import.meta.url.endsWith('.ts');
const THREAD = new URL(IS_SOURCE ? './compilerThread.ts' : './compilerThread.cjs', import.meta.url);
const BUILT = IS_SOURCE ? '../../../dist/' : './';

const BUNDLES = fileURLToPath(new URL(BUILT, import.meta.url));

function parts(): CompilerParts {
  const stamps = ['typescript.cjs', 'compilerThread.cjs'].map(name => statSync(path.join(BUNDLES, name)).mtimeMs);
  return {
    library: path.join(BUNDLES, 'typescript'),
    published: path.join(BUNDLES, 'pico-provider.d.ts'),
    bundles: BUNDLES,
    maker: stamps.join(' '),
  };
}

export class ProviderCompiler {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  #last = 0;

  constructor() {
    this.#worker = new Worker(THREAD, { workerData: parts(), name: 'pico provider compiler' });
    // Nobody waits for a check when the session is over.
    this.#worker.unref();
    this.#worker.on('message', ({ id, value, error }: CompilerAnswer) => {
      const call = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) call?.resolve(value);
      else call?.reject(new Error(error));
    });
    this.#worker.on('error', error => {
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    });
  }

  /** Quick: JavaScript, and problems of syntax and imports. */
  transpile(source: ProviderSource): Promise<Compiled> {
    return this.#ask('transpile', source) as Promise<Compiled>;
  }

  /** Problems of types; takes about a second the first time. */
  check(source: ProviderSource): Promise<Problem[]> {
    return this.#ask('check', source) as Promise<Problem[]>;
  }

  close(): void {
    void this.#worker.terminate();
  }

  #ask(what: CompilerRequest['what'], source: ProviderSource): Promise<unknown> {
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, what, source } satisfies CompilerRequest);
    });
  }
}
