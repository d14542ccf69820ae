/** The provider that a launch brings: compiled, checked, watched, and replaced when its author saves it. */

import { unwatchFile, watchFile } from 'node:fs';
import * as path from 'node:path';
import type { ProviderCompiler } from './compile.ts';
import { providerTrace, thrownProblem } from './trace.ts';
import type { Problem, ProviderCode, ProviderSource } from './providerCode.ts';

/** Files are asked whether they have changed, which works on every file system. */
const WATCH_MILLISECONDS = 200;

const CHECK_AFTER_MILLISECONDS = 500;

export interface OwnProviderHost {
  /** All that is wrong with the provider's files now. */
  publish(problems: readonly Problem[]): void;
  /** For the console. */
  say(sentence: string): void;
  /** Takes the new code into the machine; a sentence if it will not have it. */
  replace(code: ProviderCode): Promise<string | undefined>;
  /** The files were saved, and the new code runs, or a sentence why not. */
  reloaded(problem?: string): void;
}

/** By who has found them. */
interface Problems {
  readonly compiling: readonly Problem[];
  readonly types: readonly Problem[];
  readonly thrown: readonly Problem[];
}

export class OwnProvider {
  readonly source: ProviderSource;
  readonly #host: OwnProviderHost;
  readonly #compiler: ProviderCompiler;
  #code: ProviderCode | undefined;
  #watched: readonly string[] = [];
  #problems: Problems = { compiling: [], types: [], thrown: [] };
  /** Saves that come together are one; a save while the last one is worked on is worked on next. */
  #reloading: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(source: ProviderSource, compiler: ProviderCompiler, host: OwnProviderHost) {
    this.source = source;
    this.#compiler = compiler;
    this.#host = host;
  }

  /** The name by which sentences call it. */
  get name(): string {
    return path.basename(this.source.entry);
  }

  /** A text is the first problem's place and sentence. */
  async compile(): Promise<ProviderCode | string> {
    const { code, problems } = await this.#compiler.transpile(this.source);
    this.#publish({ compiling: problems });
    if (!code) return describe(problems);
    this.#code = { ...code, version: 0 };
    return this.#code;
  }

  /** Finds what is wrong with its types, in the background, and looks for changes from now on. */
  begin(): void {
    // Not while the editor asks for everything that its first stop shows.
    setTimeout(() => void this.#check(), CHECK_AFTER_MILLISECONDS).unref();
    this.#watch();
  }

  /** What code of the provider has thrown, and where. Answers with its stack in lines of the provider's files. */
  thrown(message: string, trace: string): string {
    if (!this.#code) return '';
    const problem = thrownProblem(message, trace, this.#code);
    if (problem) this.#publish({ thrown: [problem] });
    return providerTrace(trace, this.#code).text;
  }

  /** The same as the reason why a launch fails: with the place. */
  refusal(message: string, trace: string): string {
    const text = this.thrown(message, trace);
    const [, place] = /([^\\/]+:\d+:\d+)/.exec(text) ?? [];
    return place === undefined ? message : `${place}: ${message}`;
  }

  close(): void {
    this.#closed = true;
    for (const file of this.#watched) unwatchFile(file, this.#changed);
  }

  // --- inside ------------------------------------------------------------------------------------------------------

  readonly #changed = (now: { mtimeMs: number }, before: { mtimeMs: number }): void => {
    if (now.mtimeMs === before.mtimeMs || this.#closed) return;
    this.#reloading = this.#reloading.then(() => this.#reload()).catch(() => undefined);
  };

  #watch(): void {
    const files = this.#code?.modules.map(module => module.path) ?? [];
    for (const file of this.#watched) if (!files.includes(file)) unwatchFile(file, this.#changed);
    for (const file of files)
      if (!this.#watched.includes(file))
        watchFile(file, { interval: WATCH_MILLISECONDS, persistent: false }, this.#changed);
    this.#watched = files;
  }

  async #reload(): Promise<void> {
    const before = this.#code;
    if (this.#closed || !before) return;
    const { code, problems } = await this.#compiler.transpile(this.source);
    if (this.#closed) return;
    this.#publish({ compiling: problems });
    if (!code) {
      this.#tell(describe(problems));
      return;
    }
    if (isSame(code.modules, before.modules)) return;
    const next = { ...code, version: before.version + 1 };
    this.#code = next;
    this.#watch();
    const problem = await this.#host.replace(next);
    this.#publish({ thrown: [] });
    this.#tell(problem);
    void this.#check();
  }

  #tell(problem: string | undefined): void {
    this.#host.reloaded(problem);
    this.#host.say(
      problem === undefined
        ? `${this.name} was reloaded; the next call runs the new code. What the provider remembers has stayed.`
        : `${this.name} was not reloaded: ${problem}`,
    );
  }

  async #check(): Promise<void> {
    if (this.#closed) return;
    const types = await this.#compiler.check(this.source).catch(() => []);
    if (this.#closed) return;
    this.#publish({ types });
    if (types.length > 0)
      this.#host.say(
        types
          .map(problem => `${this.#place(problem)} - ${problem.severity} ${problem.code}: ${problem.message}`)
          .join('\n'),
      );
  }

  #place({ path: file, line, column }: Problem): string {
    return `${path.relative(path.dirname(this.source.entry), file)}:${line}:${column}`;
  }

  #publish(part: Partial<Problems>): void {
    this.#problems = { ...this.#problems, ...part };
    const { compiling, types, thrown } = this.#problems;
    this.#host.publish([...compiling, ...types, ...thrown]);
  }
}

function isSame(now: ProviderCode['modules'], before: ProviderCode['modules']): boolean {
  return JSON.stringify(now) === JSON.stringify(before);
}

/** `my-provider.ts:3:5: ';' expected.` */
function describe([first]: readonly Problem[]): string {
  const { path: file, line, column, message } = first;
  return `${path.basename(file)}:${line}:${column}: ${message}`;
}

export { ProviderCompiler } from './compile.ts';
