/** Hot code under V8's debugger is compiled in another thread. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HotCompiler } from '../../adapter/machine/hotCompiler.ts';

/** (module (func (export "f") (result i32) i32.const 7)) */
const SEVEN = Uint8Array.from(
  Buffer.from('0061736d01000000 010501 6000017f 03020100 0705010166 0000 0a06010400 41070b'.replaceAll(' ', ''), 'hex'),
);

type Module = ReturnType<HotCompiler['compile']>;

function result(module: Module): unknown {
  const { exports } = new WebAssembly.Instance(module);
  return (exports as { f(): unknown }).f();
}

/** Whether the module is told apart from others of the same code, which V8 would take for the same. */
function isNumbered(module: Module): boolean {
  return WebAssembly.Module.customSections(module, 'n').length === 1;
}

test('here while nobody debugs, elsewhere meanwhile; what was compiled before is given up', () => {
  const compiler = new HotCompiler();
  const before = compiler.compile(SEVEN);
  assert.deepEqual([compiler.epoch, result(before), isNumbered(before)], [0, 7, false]);
  compiler.debugged = true;
  compiler.debugged = true;
  const meanwhile = compiler.compile(SEVEN);
  assert.deepEqual([compiler.epoch, result(meanwhile), isNumbered(meanwhile)], [1, 7, true]);
  const [one, other] = [compiler.compile(SEVEN), compiler.compile(SEVEN)].map(module =>
    new Uint8Array(WebAssembly.Module.customSections(module, 'n')[0]).join(),
  );
  assert.notEqual(one, other);
  compiler.debugged = false;
  assert.equal(result(compiler.compile(SEVEN)), 7);
  assert.equal(compiler.epoch, 1, 'what was compiled elsewhere stays');
});

test('a module that is none is refused as ever', () => {
  const compiler = new HotCompiler();
  compiler.debugged = true;
  assert.throws(() => compiler.compile(new Uint8Array([1, 2, 3])), /WebAssembly/);
});
