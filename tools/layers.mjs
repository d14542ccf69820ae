// Which folder may import which: the one table, and a check of every import against it. `node tools/layers.mjs` prints
// what breaks it; test/tidy.test.ts fails on the same.

import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/**
 * Layer → what it may import of this project (its own folder is always allowed) and from outside. First match wins, so
 * the more special folders stand first. `face` files may be imported by anyone who may import the layer at all.
 */
export const LAYERS = [
  { folder: 'emulator/base', may: [], outside: [] },
  { folder: 'emulator/memory', may: ['emulator/base'], outside: [] },
  { folder: 'emulator/cpu/decode', may: ['emulator/base', 'emulator/memory', 'emulator/cpu'], outside: ['iced-x86'] },
  { folder: 'emulator/cpu', may: ['emulator/base', 'emulator/memory', 'emulator/cpu/decode'], outside: [] },
  { folder: 'emulator/formats', may: ['emulator/base'], outside: [] },
  // LZ4 for the store: synchronous, the same bytes everywhere, MIT (24 KB of WebAssembly, loaded when first used).
  {
    folder: 'emulator/kernel/sm',
    may: ['emulator/base', 'emulator/memory', 'emulator/kernel'],
    outside: ['lz4-wasm-nodejs'],
  },
  {
    folder: 'emulator/kernel',
    may: ['emulator/base', 'emulator/memory', 'emulator/cpu', 'emulator/formats', 'emulator/kernel/sm'],
    outside: [],
  },
  {
    folder: 'emulator/api',
    may: ['emulator/base', 'emulator/cpu', 'emulator/kernel'],
    outside: [],
  },
  {
    folder: 'emulator/providers/*',
    may: ['emulator/base', 'emulator/memory', 'emulator/cpu', 'emulator/formats', 'emulator/kernel', 'emulator/api'],
    outside: [],
  },
  {
    folder: 'emulator',
    may: [
      'emulator/base',
      'emulator/memory',
      'emulator/cpu',
      'emulator/formats',
      'emulator/kernel',
      'emulator/api',
      'emulator/providers/*',
    ],
    outside: [],
  },
  {
    folder: 'adapter',
    may: ['emulator/index.ts', 'emulator/formats'],
    outside: [
      'node:',
      '@jridgewell/trace-mapping',
      '@vscode/debugadapter',
      '@vscode/debugprotocol',
      'typescript-js',
      'zod',
    ],
  },
  // What Pico: New Provider writes into users' folders.
  { folder: 'extension/templates', may: [], outside: ['pico-provider'] },
  {
    folder: 'extension',
    may: ['adapter/index.ts'],
    outside: ['node:', 'vscode', '@vscode/debugprotocol', 'jsonc-parser'],
  },
];

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s[^'"]*?from\s+['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)|(?:^|\n)\s*import\s+['"]([^'"]+)['"]/g;

function layerOf(file) {
  return LAYERS.find(layer => {
    const pattern = layer.folder.replace(/\*/g, '[^/]+');
    return new RegExp(`^${pattern}/`).test(file);
  });
}

/** The part of `file`'s path that its layer's pattern matches: `emulator/providers/linux`. */
function instanceOf(layer, file) {
  return new RegExp(`^${layer.folder.replace(/\*/g, '[^/]+')}`).exec(file)[0];
}

/**
 * All .ts and .mjs files below `folder`, as paths from the project's root.
 * @param {string} folder
 * @returns {string[]}
 */
export function sourceFiles(folder) {
  const found = [];
  for (const entry of fs.readdirSync(path.join(ROOT, folder), { withFileTypes: true })) {
    const name = `${folder}/${entry.name}`;
    if (entry.isDirectory()) found.push(...sourceFiles(name));
    else if (/\.(ts|mjs)$/.test(entry.name)) found.push(name);
  }
  return found;
}

/**
 * One sentence for each import that breaks the table.
 * @returns {string[]}
 */
export function layerViolations() {
  const violations = [];
  for (const top of ['emulator', 'adapter', 'extension'])
    for (const file of sourceFiles(top)) {
      const layer = layerOf(file);
      const own = instanceOf(layer, file);
      const text = fs.readFileSync(path.join(ROOT, file), 'utf8');
      for (const match of text.matchAll(IMPORT)) {
        const target = match[1] ?? match[2] ?? match[3];
        if (target.startsWith('.')) {
          const resolved = path.posix.normalize(path.posix.join(path.posix.dirname(file), target));
          const inside = resolved.startsWith(`${own}/`) && layerOf(resolved) === layer;
          const allowed = layer.may.some(folder =>
            new RegExp(`^${folder.replace(/\*/g, '[^/]+')}(/|$)`).test(resolved),
          );
          // A face above its layers (emulator/index.ts) is part of `emulator`.
          if (!inside && !allowed) violations.push(`${file} imports ${resolved}, which ${layer.folder} may not`);
        } else if (
          !layer.outside.some(name => target === name || target.startsWith(name.endsWith(':') ? name : `${name}/`))
        )
          violations.push(`${file} imports ${target}, which ${layer.folder} may not`);
      }
    }
  return violations;
}

/**
 * Import cycles of files at run time (type-only imports do not count).
 * @returns {string[]}
 */
export function importCycles() {
  const graph = new Map();
  for (const top of ['emulator', 'adapter', 'extension'])
    for (const file of sourceFiles(top)) {
      const text = fs.readFileSync(path.join(ROOT, file), 'utf8');
      const targets = [];
      for (const match of text.matchAll(/(?:^|\n)\s*(import|export)\s+(?!type\b)[^'"]*?from\s+['"](\.[^'"]+)['"]/g))
        targets.push(path.posix.normalize(path.posix.join(path.posix.dirname(file), match[2])));
      graph.set(file, targets);
    }
  const cycles = [];
  const done = new Set();
  const visit = (file, trail) => {
    const at = trail.indexOf(file);
    if (at >= 0) return void cycles.push([...trail.slice(at), file].join(' → '));
    if (done.has(file)) return;
    for (const next of graph.get(file) ?? []) visit(next, [...trail, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  return cycles;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const problems = [...layerViolations(), ...importCycles().map(cycle => `import cycle: ${cycle}`)];
  for (const problem of problems) process.stdout.write(`${problem}\n`);
  process.exit(problems.length ? 1 : 0);
}
