/**
 * What `dist/pico.cjs` and its neighbours are: each runs the bundle beside it with the code that V8 has made of it
 * before. Reading and compiling half a megabyte of JavaScript takes longer than all the rest of a short run.
 *
 * V8's code is kept in `cache` beside the bundle, or where users keep such things if that folder cannot be written to.
 * It fits one version of V8 and one bundle; V8 itself rejects what it cannot use, and then it is made anew.
 */

import fs from 'node:fs';
import path from 'node:path';
import vm from 'node:vm';
import { cacheFolders } from './cacheFolders.ts';
import { setFlagsForStart } from './flags.ts';

/** The bundle's name and a digest of its contents, by the build; no digest while it keeps changing. */
declare const BUNDLE: string;
declare const DIGEST: string;

/** This file's, which becomes the bundle's. */
declare const module: { exports: Bundle };

interface Bundle {
  /** A bundle that does not come back has this: it calls `quiet` when it has nothing to do for the first time. */
  serve?(quiet: () => void): void;
}

/** By then a bundle that goes on running has started. */
const STARTED_MILLISECONDS = 2000;

/** What one run has not needed another may: so many of the first runs add what they have compiled. */
const IMPROVEMENTS = 4;
/** Before V8's data, whose place must be a multiple of 8; its first byte counts the runs that are in it. */
const HEADER = 8;

function* cacheFiles(): Iterable<string> {
  if (DIGEST === '') return;
  const name = `${BUNDLE}-${DIGEST}-${process.arch}-${process.versions.v8}`;
  for (const folder of cacheFolders(__dirname)) yield path.join(folder, name);
}

function read(files: Iterable<string>): Buffer | undefined {
  for (const file of files) {
    try {
      return fs.readFileSync(file);
    } catch {
      // Not here: perhaps in the next place.
    }
  }
  return undefined;
}

/** Others may do the same at the same time, so the file appears whole. What is older than this bundle goes. */
function write(files: Iterable<string>, code: Buffer): void {
  for (const file of files) {
    const folder = path.dirname(file);
    const draft = `${file}.${process.pid}`;
    try {
      fs.mkdirSync(folder, { recursive: true });
      for (const other of fs.readdirSync(folder))
        if (other.startsWith(`${BUNDLE}-`) && !other.startsWith(`${BUNDLE}-${DIGEST}`))
          fs.rmSync(path.join(folder, other));
      fs.writeFileSync(draft, code);
      fs.renameSync(draft, file);
      return;
    } catch {
      // Not here: perhaps in the next place. Without any the next start is as slow as this one.
    }
  }
}

function run(): void {
  setFlagsForStart();
  const file = path.join(__dirname, `${BUNDLE}.main.cjs`);
  const cache = read(cacheFiles());
  // The bundle is a function in ASCII, which latin1 reads without looking at it.
  const source = fs.readFileSync(file, 'latin1');
  const script = new vm.Script(source, { filename: file, cachedData: cache?.subarray(HEADER) });
  let runs = cache === undefined || script.cachedDataRejected ? 0 : cache[0];
  const save = (): void => {
    if (runs >= IMPROVEMENTS) return;
    write(cacheFiles(), Buffer.concat([Buffer.of(runs + 1, 0, 0, 0, 0, 0, 0, 0), script.createCachedData()]));
    runs = IMPROVEMENTS;
  };
  script.runInThisContext()(module.exports, require, module, file, __dirname);
  // Late, so that the functions that were needed are part of it; not only at the end, which may come by a signal.
  // From no frame of Node's: V8 would describe those at each stop of a debugger.
  if (module.exports.serve) return void setImmediate(module.exports.serve, save);
  process.once('exit', save);
  if (runs < IMPROVEMENTS) setTimeout(save, STARTED_MILLISECONDS).unref();
}

run();
