// What authors of providers write against: pico-provider.d.ts, made of the sources that define it, and TypeScript's library.

import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { ROOT } from './setup/paths.mjs';

const require = createRequire(import.meta.url);
/** Without the DOM and other surroundings that providers do not have. */
const LIBRARY = /^lib\.(?:es(?:5|20(?:1\d|2[0-2])).*|decorators.*)\.d\.ts$/;

/** What providers find around them beside ECMAScript's own. */
const GLOBALS = `/** Writes to the debug console. */
declare const console: Readonly<Record<'log' | 'info' | 'warn' | 'error' | 'debug', (...values: unknown[]) => void>>;
declare class TextEncoder {
  encode(text?: string): Uint8Array;
}
declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
  decode(bytes?: Uint8Array, options?: { stream?: boolean }): string;
}
`;

/** @param {string} dist */
export async function writeDeclarations(dist) {
  const library = dirname(require.resolve('typescript-js'));
  mkdirSync(join(dist, 'typescript'), { recursive: true });
  for (const name of readdirSync(library).filter(each => LIBRARY.test(each)))
    copyFileSync(join(library, name), join(dist, 'typescript', name));
  writeFileSync(join(dist, 'pico-provider.d.ts'), await declarations());
}

/** @returns {Promise<string>} */
export async function declarations() {
  const ts = require('typescript-js');
  const parts = ['published.ts', 'define.ts'].map(name => {
    const text = readFileSync(join(ROOT, 'emulator/api', name), 'utf8');
    const { outputText } = ts.transpileDeclaration(text, {
      fileName: name,
      compilerOptions: { target: ts.ScriptTarget.ESNext },
    });
    return outputText.replace(/^import [^;]*;\n/gm, '').replace(/^\/\*\*[^]*?\*\/\n/, '');
  });
  const { callTypes, API_VERSION } = await emulator();
  const linux = `${callTypes()}/** The Linux provider, for \`extendProvider\`. */\nexport const linux: BuiltInProvider<LinuxSystemCalls>;\n`;
  const body = [...parts, linux]
    .join('\n')
    .replace(/^(export )declare /gm, '$1')
    .trimEnd();
  return [
    `// pico-provider, version ${API_VERSION}: what pico providers are written against. Made by Pico Process Debugger.`,
    '',
    "declare module 'pico-provider' {",
    ...body
      .split('\n')
      .map(line =>
        line === ''
          ? ''
          : `  ${line.replace(/^( +)/, spaces => ' '.repeat(Math.floor(spaces.length / 4) * 2 + (spaces.length % 4)))}`,
      ),
    '}',
    '',
    GLOBALS,
  ].join('\n');
}

/** What only the running sources know: the rows of the Linux provider. */
async function emulator() {
  const { outputFiles } = await build({
    stdin: {
      contents:
        "export { callTypes } from './emulator/providers/linux/syscalls/table.ts'; export { API_VERSION } from './emulator/api/define.ts';",
      resolveDir: ROOT,
    },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    write: false,
    logLevel: 'warning',
    external: ['iced-x86', 'lz4-wasm-nodejs'],
  });
  const module = { exports: {} };
  new Function('module', 'exports', 'require', outputFiles[0].text)(module, module.exports, require);
  return module.exports;
}
