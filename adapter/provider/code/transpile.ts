/** A provider's files as JavaScript: its own file and what it imports of the user's, one module each. */

import { existsSync, readFileSync, statSync } from 'node:fs';
import * as path from 'node:path';
import * as ts from 'typescript-js';
import { diagnosticProblem } from './diagnostics.ts';
import type { Kept, Transpiled } from './kept.ts';
import {
  type Compiled,
  type Problem,
  PROVIDER_MODULE_NAME,
  type ProviderModule,
  type ProviderSource,
} from './providerCode.ts';

/** A function, so that TypeScript is loaded only where something is translated. */
const OPTIONS = (): ts.CompilerOptions => ({
  module: ts.ModuleKind.CommonJS,
  target: ts.ScriptTarget.ES2022,
  esModuleInterop: true,
  isolatedModules: true,
  sourceMap: true,
});

/** What may stand behind an import's words. */
const ENDINGS = ['', '.ts', '.mts', '.js', '.mjs', '.json', '/index.ts', '/index.js'];

/** Checks nothing but syntax and imports. `kept` saves TypeScript, which takes long to load, for files that have changed. */
export function transpile({ entry, grants }: ProviderSource, kept: Kept): Compiled {
  const modules = new Map<string, ProviderModule>();
  const problems: Problem[] = [];
  const waiting = [entry];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (modules.has(file)) continue;
    const text = readText(file);
    if (text === undefined) {
      problems.push(problemAt(file, '', 0, 0, 'file', `The file '${file}' does not exist, or cannot be read.`));
      continue;
    }
    const { code, map, imported, mistakes } = kept(`${path.extname(file)}\0${text}`, () => transpileText(file, text));
    const { imports, refused } = resolveImports(file, text, imported, grants);
    problems.push(...mistakes.map(problem => ({ ...problem, path: file })), ...refused);
    modules.set(file, { path: file, code, map, imports });
    waiting.push(...Object.values(imports));
  }
  const broken = problems.some(({ severity }) => severity === 'error');
  return { code: broken ? undefined : { entry, modules: [...modules.values()] }, problems };
}

function transpileText(file: string, text: string): Transpiled {
  if (file.endsWith('.json')) return { code: `module.exports = ${text};`, map: '', imported: [], mistakes: [] };
  const options = { compilerOptions: OPTIONS(), fileName: file, reportDiagnostics: true };
  const { outputText, sourceMapText = '', diagnostics = [] } = ts.transpileModule(text, options);
  return {
    code: outputText.replace(/\/\/# sourceMappingURL=.*\s*$/, ''),
    map: sourceMapText,
    imported: ts
      .preProcessFile(text, true, true)
      .importedFiles.filter(({ pos }) => !isTypeOnly(text, pos))
      .map(({ fileName, pos }) => ({ words: fileName, position: pos })),
    mistakes: diagnostics.map(diagnosticProblem),
  };
}

function resolveImports(
  file: string,
  text: string,
  imported: Transpiled['imported'],
  grants: readonly string[],
): { imports: Record<string, string>; refused: Problem[] } {
  const imports: Record<string, string> = {};
  const refused: Problem[] = [];
  for (const { words, position } of imported) {
    if (words === PROVIDER_MODULE_NAME || grants.includes(words)) continue;
    const found = words.startsWith('.') ? resolve(file, words) : undefined;
    if (found !== undefined) {
      imports[words] = found;
      continue;
    }
    const message = words.startsWith('.')
      ? `There is no file '${words}' beside ${path.basename(file)}.`
      : `'${words}' is not granted to this provider: it reaches beyond the machine. If that is meant, add it to "providerImports" in the launch configuration.`;
    refused.push(problemAt(file, text, position, position + words.length + 2, 'import', message));
  }
  return { imports, refused };
}

/** `import type … from 'x'`: gone when the file runs. */
function isTypeOnly(text: string, position: number): boolean {
  const statement = text.slice(text.lastIndexOf('import', position), position);
  return /^import\s+type\b/.test(statement);
}

function resolve(from: string, words: string): string | undefined {
  const wanted = path.resolve(path.dirname(from), words);
  // TypeScript's own rule: what is imported as .js may be written as .ts.
  const candidates = [...ENDINGS.map(ending => wanted + ending), wanted.replace(/\.(m?)js$/, '.$1ts')];
  return candidates.find(candidate => existsSync(candidate) && statSync(candidate).isFile());
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function problemAt(file: string, text: string, from: number, to: number, code: string, message: string): Problem {
  const [start, end] = [from, to].map(position => {
    const before = text.slice(0, position).split('\n');
    return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
  });
  return {
    path: file,
    line: start.line,
    column: start.column,
    endLine: end.line,
    endColumn: end.column,
    severity: 'error',
    code,
    message,
  };
}
