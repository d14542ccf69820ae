/** V8's switches for the start of a machine. */

import type V8 from 'node:v8';

/**
 * Functions run six times as much bytecode as usual before V8 thinks of optimising them: until then a short run has
 * ended, which otherwise spends more on optimising the decoder than on decoding. And the young generation grows at once
 * to what it would reach step by step, with a collection at each. Hints tell V8 which branches of WebAssembly are hardly
 * ever taken.
 */
const START = '--interrupt-budget=400000 --semi-space-growth-factor=16 --experimental-wasm-branch-hinting';

/**
 * How much code V8 lets a WebAssembly function run before it optimises it, in bytes passed; a module keeps what was set
 * when it was made. Compiled code of a guest is hot already.
 */
const HOT = '--wasm-tiering-budget=1800000';
/**
 * The cold engine's loop of 90 KB would spend that within fifty instructions of the guest. Optimising it takes as long as
 * all the rest of a short run, which cannot end meanwhile; and looking at all that the build made takes long, too.
 */
const COLD = '--wasm-tiering-budget=2000000000 --wasm-lazy-validation';
const AFTER_COLD = '--no-wasm-lazy-validation';

/**
 * What `node:v8` has, which loads Node's streams: three milliseconds that a short run does not need. Later versions of
 * Node may lack this way.
 */
function flagSetter(): typeof V8.setFlagsFromString {
  const { binding, noDeprecation } = process as { binding?(name: string): typeof V8; noDeprecation?: boolean };
  try {
    process.noDeprecation = true;
    const setter = binding?.call(process, 'v8').setFlagsFromString;
    if (setter) return setter;
  } catch {
    // As if it were not there.
  } finally {
    process.noDeprecation = noDeprecation;
  }
  return (require('node:v8') as typeof V8).setFlagsFromString;
}

/** Electron may have frozen the flags. */
function setFlags(flags: string): void {
  if (process.versions.electron === undefined) flagSetter()(flags);
}

/** V8 takes code that it kept only with the same flags: they are set before it is asked for. */
export function setFlagsForStart(): void {
  setFlags(`${START} ${HOT}`);
}

/** What `make` returns, made of the cold engine that came with the build. */
export function withFlagsForInterpreter<T>(make: () => T): T {
  setFlags(COLD);
  const made = make();
  setFlags(`${HOT} ${AFTER_COLD}`);
  return made;
}
