/** The tree is as ARCHITECTURE.md and the layer table say: names exist, imports go one way, files stay small. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { importCycles, layerViolations, sourceFiles } from '../tools/layers.mjs';

const ROOT = path.resolve(path.dirname(new URL(import.meta.url).pathname), '..');
const TOPS = ['emulator', 'adapter', 'extension', 'test', 'tools', 'bench'];
const LIMIT = 600;
/** Files that are pure rows may be longer; each with its reason. */
const ROWS: Readonly<Record<string, string>> = {};

function read(file: string): string {
  return fs.readFileSync(path.join(ROOT, file), 'utf8');
}

test('imports follow the layer table', () => assert.deepEqual(layerViolations(), []));

test('no file imports itself over others', () => assert.deepEqual(importCycles(), []));

test(`no file has more than ${LIMIT} lines`, () => {
  const long = TOPS.flatMap(sourceFiles).filter(file => read(file).split('\n').length > LIMIT && !ROWS[file]);
  assert.deepEqual(long, []);
});

test('nothing below the adapter asks for clock, chance, console, timers or Node', () => {
  const forbidden =
    /\b(Date\.now|new Date\(|Math\.random|setTimeout|setInterval|console\.|performance\.|process\.(env|argv|exit|platform)\b)|from 'node:/;
  const found = sourceFiles('emulator').flatMap(file =>
    read(file)
      .split('\n')
      .flatMap((line, index) =>
        forbidden.test(line) && !/^\s*(\*|\/\/|\/\*)/.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : [],
      ),
  );
  assert.deepEqual(found, []);
});

test('the kernel names no provider', () => {
  assert.deepEqual(
    sourceFiles('emulator/kernel').filter(file => /linux/i.test(read(file))),
    [],
  );
});

test('every source file begins by saying what it is', () => {
  const silent = ['emulator', 'adapter', 'extension']
    .flatMap(sourceFiles)
    .filter(file => !read(file).startsWith('/**'));
  assert.deepEqual(silent, []);
});

test('file names say a thing, not a heap', () => {
  const heaps = TOPS.flatMap(sourceFiles).filter(file =>
    /(^|\/)(utils?|helpers?|common|misc|types|manager)\.(ts|mjs)$/i.test(file),
  );
  assert.deepEqual(heaps, []);
});

test('every path in back-ticks of the documents exists', () => {
  const documents = [
    'ARCHITECTURE.md',
    'README.md',
    'emulator/cpu/README.md',
    'emulator/kernel/mm/README.md',
    'emulator/kernel/services/README.md',
    'emulator/providers/linux/README.md',
  ];
  const missing: string[] = [];
  for (const document of documents)
    for (const [, name] of read(document).matchAll(
      /`((?:emulator|adapter|extension|test|tools|samples|docs|syntaxes)\/[\w./*-]+)`/g,
    ))
      if (!fs.existsSync(path.join(ROOT, name))) missing.push(`${document}: ${name}`);
  assert.deepEqual(missing, []);
});

test('functions that ARCHITECTURE.md names are in the source', () => {
  const source = TOPS.flatMap(sourceFiles).map(read).join('\n');
  const names = [...read('ARCHITECTURE.md').matchAll(/`([a-z]\w+)`/g)].map(match => match[1]);
  assert.deepEqual(
    names.filter(name => !new RegExp(`\\b${name}\\b`).test(source)),
    [],
  );
});

test('every menu entry names a command, and every command has a title', () => {
  const { contributes } = JSON.parse(read('package.json')) as {
    contributes: { commands: { command: string; title: string }[]; menus: Record<string, { command: string }[]> };
  };
  const known = new Set(contributes.commands.map(entry => entry.command));
  assert.deepEqual(
    Object.values(contributes.menus)
      .flat()
      .filter(entry => !known.has(entry.command)),
    [],
  );
  const registered = read('extension/commands/register.ts');
  assert.deepEqual(
    [...known].filter(name => !registered.includes(`'${name}'`)),
    [],
  );
});
