/** Providers of the user's own in the command line: run as they are, or only checked. */

import * as path from 'node:path';
import type { DefinedProvider } from '../../emulator/index.ts';
import { evaluateProvider, ProviderLoadError } from '../provider/code/evaluate.ts';
import type { Problem, ProviderCode } from '../provider/code/providerCode.ts';
import { providerTrace } from '../provider/code/trace.ts';
import { ERROR, write } from './output.ts';

/** The provider cannot be used: a sentence with its place. */
export class ProviderError extends Error {
  override readonly name = 'ProviderError';
}

export interface BroughtProvider {
  readonly defined: DefinedProvider;
  /** What its code has thrown, with the lines of its files that led there. */
  explain(message: string, trace: string): string;
}

export async function bringProvider(file: string, grants: readonly string[]): Promise<BroughtProvider> {
  const { ProviderCompiler } = await import('../provider/code/ownProvider.ts');
  const compiler = new ProviderCompiler();
  const { code, problems } = await compiler.transpile({ entry: path.resolve(file), grants });
  compiler.close();
  if (!code) throw new ProviderError(problems.map(problemLine).join('\n'));
  return evaluated({ ...code, version: 0 });
}

/** What is wrong with the provider's syntax, imports and types, a line each. */
export async function checkProvider(file: string, grants: readonly string[]): Promise<string[]> {
  const { ProviderCompiler } = await import('../provider/code/ownProvider.ts');
  const compiler = new ProviderCompiler();
  const source = { entry: path.resolve(file), grants };
  const { code, problems } = await compiler.transpile(source);
  const types = code ? await compiler.check(source) : [];
  compiler.close();
  return [...problems, ...types].map(problemLine);
}

function evaluated(code: ProviderCode): BroughtProvider {
  const explain = (message: string, trace: string): string =>
    [message, ...providerTrace(trace, code).text.split('\n').filter(Boolean)].join('\n  ');
  try {
    return { defined: evaluateProvider(code, sentence => void write(ERROR, `pico: ${sentence}\n`)), explain };
  } catch (error) {
    if (error instanceof ProviderLoadError) throw new ProviderError(explain(error.message, error.trace ?? ''));
    throw error;
  }
}

/** As compilers write it, so that editors find the place. */
function problemLine({ path: file, line, column, severity, code, message }: Problem): string {
  return `${path.relative('.', file)}:${line}:${column} - ${severity} ${code}: ${message}`;
}
