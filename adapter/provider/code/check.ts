/** Types of a provider's files, checked against the published types and what its own tsconfig.json asks for. */

import * as path from 'node:path';
import * as ts from 'typescript-js';
import { diagnosticProblem } from './diagnostics.ts';
import { type Problem, PROVIDER_MODULE_NAME } from './providerCode.ts';

/** As the template's tsconfig.json says it. */
const DEFAULTS: ts.CompilerOptions = {
  strict: true,
  target: ts.ScriptTarget.ES2022,
  lib: ['lib.es2022.d.ts'],
  types: [],
};

const FIXED: ts.CompilerOptions = {
  noEmit: true,
  allowJs: true,
  skipLibCheck: true,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  allowImportingTsExtensions: true,
  resolveJsonModule: true,
};

/** Where TypeScript's library and the published types lie. */
export interface Declarations {
  readonly library: string;
  readonly published: string;
}

/** A function that finds the problems of types in the files that `entry` leads to; others' packages are not looked at. */
export function createChecker({ library, published }: Declarations): (entry: string) => Problem[] {
  let last: ts.Program | undefined;
  return entry => {
    const options: ts.CompilerOptions = { ...DEFAULTS, ...userOptions(entry), ...FIXED };
    const host = ts.createCompilerHost(options);
    host.getDefaultLibLocation = () => library;
    host.getDefaultLibFileName = wanted => path.join(library, ts.getDefaultLibFileName(wanted));
    last = ts.createProgram([published, entry], options, host, last);
    return problemsOf(last);
  };
}

function problemsOf(program: ts.Program): Problem[] {
  const own = program
    .getSourceFiles()
    .filter(file => !program.isSourceFileFromExternalLibrary(file) && !program.isSourceFileDefaultLibrary(file))
    .filter(({ fileName }) => path.basename(fileName) !== `${PROVIDER_MODULE_NAME}.d.ts`);
  return own.flatMap(file => program.getSemanticDiagnostics(file)).map(diagnosticProblem);
}

function userOptions(entry: string): ts.CompilerOptions {
  const file = ts.findConfigFile(path.dirname(entry), ts.sys.fileExists);
  if (file === undefined) return {};
  const { config } = ts.readConfigFile(file, ts.sys.readFile) as { config?: object };
  const { options } = ts.parseJsonConfigFileContent(
    { ...config, files: [entry], include: [] },
    ts.sys,
    path.dirname(file),
  );
  return options;
}
