/** A program that touches four times as much memory as may be resident does what it does natively. */

import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { build, finish, HAS_ORACLE, launch, newMachine, runInMachine, runNatively } from '../support/machine.ts';

const SOURCE = path.join(path.dirname(new URL(import.meta.url).pathname), 'pressure/pressure.c');
const MEBIBYTES = 4;
const resident = (MEBIBYTES / 4) * 0x10_0000;
const options = { limits: { resident } };
const program = HAS_ORACLE ? build(SOURCE, 'gcc', ['-O1', '-static', '-w']) : undefined;
const skip = program ? false : 'needs x86-64 Linux and gcc';
const run = { program: program ?? '', arguments: [`${MEBIBYTES}`] };

test('it prints the same, with pages compressed and brought back on the way', { skip }, () => {
  const native = runNatively(run);
  assert.match(native.output, /\nok\n$/);
  const machine = newMachine(run, [], options);
  const ours = runInMachine(run, machine);
  assert.deepEqual([ours.output, ours.errors, ours.code], [native.output, native.errors, native.code]);
  const store = machine.compressionStore();
  assert.ok(store);
  assert.ok(store.statistics.storedPages > 1000, `${store.statistics.storedPages} pages were stored`);
  assert.ok(store.statistics.compressionFaults > 1000, `${store.statistics.compressionFaults} came back`);
  assert.ok(store.statistics.pages < 10, 'what is left when all have ended are small files in memory');
});

test('in the middle: the store holds pages, debuggers read them, and nothing the guest could see changes', {
  skip,
}, () => {
  const machine = newMachine(run, [], options);
  const { process } = launch(machine, run);
  machine.input(undefined);
  while (!machine.takeNotices().some(notice => notice.kind === 'output')) machine.run(200_000);
  const store = machine.compressionStore();
  assert.ok(store);
  const { statistics, regions } = store;
  assert.ok(statistics.pages > 500 && statistics.zeroPages > 0 && statistics.rawPages > 0);
  assert.ok(statistics.ratio > 2, `ratio ${statistics.ratio}`);
  const records = regions.flatMap(region => region.records);
  assert.equal(records.length + store.zeroRecords.length, statistics.pages);
  for (const { base, size, used, live, records: held } of regions) {
    assert.ok(live <= used && used <= size && base >= 2 ** 32);
    for (const { offset, size: length } of held) assert.ok(offset % 16 === 0 && offset + length <= used);
  }
  const compression = machine.processes().find(each => each.id === store.process);
  assert.deepEqual([compression?.name, compression?.kind, compression?.threads], ['Memory Compression', 'minimal', []]);
  const uses = machine.addressSpace(store.process)?.allocations.map(({ use, size }) => [use, size]);
  assert.deepEqual(uses?.[0], ['Store region', 0x2_0000]);

  const before = machine.processes().find(each => each.id === process);
  const compressed = machine
    .addressSpace(process)
    ?.allocations.flatMap(each => each.regions)
    .find(region => region.entries.pageFile > 0x10_0000);
  assert.ok(compressed, 'a region has pages in the store');
  const bytes = machine.readMemory(process, compressed.base, compressed.size);
  assert.equal(bytes.length, compressed.size);
  assert.equal(Buffer.from(bytes.subarray(3 * 4096 + 16, 3 * 4096 + 32)).toString(), 'sixteen letters ');
  const after = machine.processes().find(each => each.id === process);
  assert.deepEqual(after, before, 'no fault was counted, no page came back');
  assert.deepEqual(machine.compressionStore(), store);
});

test('snapshots in the middle: runs from them are equal, to the last fault', { skip }, () => {
  const whole = runInMachine(run, newMachine(run, [], options));
  for (const part of [0.4, 0.7]) {
    const machine = newMachine(run, [], options);
    launch(machine, run);
    machine.input(undefined);
    machine.run(Math.floor(whole.instructions * part));
    const earlier = machine.takeNotices();
    const snapshot = machine.snapshot();
    const first = finish(machine);
    const firstStore = machine.compressionStore();
    assert.equal(machine.restore(snapshot), undefined);
    const second = finish(machine);
    assert.deepEqual([second.output, second.instructions], [first.output, first.instructions]);
    assert.deepEqual(machine.compressionStore(), firstStore);
    const said = earlier.flatMap(notice => (notice.kind === 'output' ? [Buffer.from(notice.bytes).toString()] : []));
    assert.equal(said.join('') + first.output, whole.output);
  }
});

test('what does not fit even compressed ends the program with a sentence, not the machine', { skip }, () => {
  const large = { ...run, arguments: ['64'] };
  const ours = runInMachine(large, newMachine(large, [], { limits: { resident: 0x10_0000 } }));
  assert.notEqual(ours.code, 0);
  assert.match(ours.log.join('\n'), /out of memory/);
});
