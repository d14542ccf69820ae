// One script of many modules in which each has a scope of its own. At each stop V8 describes the scopes of every frame with
// all of their variables: of a bundle in one scope those are thousands for each frame, which takes longer than all else.

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { sectionsOf } from './sections.mjs';

/** What the modules before have made, by their numbers: a module names what it takes of that. */
const MADE = 'made';
/** As esbuild writes them without spaces. */
const IMPORT = /^import(?:(\{[^}]*\}| [\w$]+ |\*as [\w$]+ )from)?"([^"]+)";/;
const EXPORT = /export\{([^}]*)\};\s*(?:\/\/# sourceMappingURL=\S+\s*)?$/;

/**
 * esbuild's options that make of `file` the script `name` with its source map beside it. The banner and the footer of
 * `options` are put around the whole.
 */
export async function inScopes(name, file, { banner, footer, ...options }) {
  const { metafile } = await build({ ...options, entryPoints: [file], write: false });
  return {
    ...options,
    // Of entries that import each other esbuild makes a chunk for each, or one of several that need each other.
    entryPoints: Object.keys(metafile.inputs).filter(input => !input.includes(':')),
    splitting: true,
    format: 'esm',
    entryNames: '[hash]',
    chunkNames: '[hash]',
    write: false,
    plugins: [...options.plugins, joined(path.join(options.outdir, name), file, [banner.js, footer.js])],
  };
}

/** Joins the chunks whenever they are made. */
function joined(output, file, [before, behind]) {
  return {
    name: 'a scope for each module',
    setup({ initialOptions: { absWorkingDir }, onEnd }) {
      onEnd(({ errors, metafile, outputFiles }) => {
        if (errors.length > 0) return;
        const texts = new Map(outputFiles.map(each => [each.path, each.text]));
        const [entry] = Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint === file);
        const { lines, sections } = join(path.resolve(absWorkingDir, entry), texts, before);
        const map = `${path.basename(output)}.map`;
        writeFileSync(output, [...lines, behind, `//# sourceMappingURL=${map}\n`].join('\n'));
        writeFileSync(path.join(path.dirname(output), map), JSON.stringify({ version: 3, sections }));
      });
    },
  };
}

/** The lines of all that `entry` needs, what is imported before what imports it, and the sections of their source map. */
function join(entry, texts, before) {
  const lines = [before, `const ${MADE}=[];`];
  const sections = [];
  const numbers = new Map();
  const add = file => {
    if (numbers.has(file)) return;
    const { imports, code, exports, skipped } = read(texts.get(file), file);
    for (const { from } of imports) if (isOurs(from)) add(from);
    const consts = imports
      .filter(({ names }) => names !== undefined)
      .map(
        ({ names, from }) => `const${names}=${isOurs(from) ? `${MADE}[${numbers.get(from)}]` : `require("${from}")`};`,
      );
    const number = numbers.size;
    numbers.set(file, number);
    lines.push(`${MADE}[${number}]=(function module(){${consts.join('')}`);
    const first = lines.length;
    const move = ({ line, column }) => {
      if (line > 0) return { line: first + line, column };
      return column < skipped ? undefined : { line: first, column: column - skipped };
    };
    const map = texts.get(`${file}.map`);
    if (map) sections.push(...sectionsOf(map, move));
    lines.push(...code.split('\n'), `return{${exports}}})();`);
  };
  add(entry);
  lines.push(`Object.assign(exports,${MADE}[${numbers.get(entry)}]);`);
  return { lines, sections };
}

/** A chunk's parts: imports, code, exports. `skipped`: characters before the code. */
function read(text, file) {
  const imports = [];
  let code = text;
  for (let found = IMPORT.exec(code); found; found = IMPORT.exec(code)) {
    const [all, names, from] = found;
    imports.push({
      names: names?.replace('*as', '').replaceAll(' as ', ':'),
      from: from.startsWith('.') ? path.resolve(path.dirname(file), from) : from,
    });
    code = code.slice(all.length);
  }
  if (/^import\b/.test(code)) throw new Error(`${file}: an import that is written in a way of its own`);
  const skipped = text.length - code.length;
  const end = EXPORT.exec(code);
  const exports = end?.[1].replaceAll(/([\w$]+) as ([\w$]+)/g, '$2:$1') ?? '';
  return { imports, code: code.slice(0, end?.index).trimEnd(), exports, skipped };
}

/** Not one of Node's. */
function isOurs(from) {
  return path.isAbsolute(from);
}
