/** Debian's static busybox in the machine prints exactly what it prints natively. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { HAS_ORACLE, runInMachine, runNatively } from '../support/machine.ts';

const BUSYBOX = '/usr/bin/busybox';
const available = HAS_ORACLE && fs.existsSync(BUSYBOX);
const why = available ? false : 'needs x86-64 Linux and busybox-static';

const text = Array.from({ length: 400 }, (_, i) => `${(i * 7919) % 1000} word${i % 13} ${Math.sin(i).toFixed(3)}`).join(
  '\n',
);

const commands: readonly (readonly [string, readonly string[], string?])[] = [
  ['echo', ['echo', 'hello', 'world']],
  [
    'a shell script over /etc',
    [
      'sh',
      '-c',
      'for f in /etc/*.conf; do wc -c $f; done | sort -rn | head -5; echo $((6*7)); cat /proc/self/maps | head -3 >/dev/null; find /etc -name "h*" | wc -l',
    ],
  ],
  [
    'awk',
    [
      'sh',
      '-c',
      `awk '{ s[$2] += $1; t += $3 } END { for (w in s) print w, s[w]; printf "%.3f %d %s\\n", t, NR, length($0) }' | sort`,
    ],
    text,
  ],
  [
    'awk arithmetic',
    ['awk', 'BEGIN { for (i = 1; i < 20; i++) printf "%s %.10g %.3e\\n", sqrt(i), exp(i / 3), sin(i) * atan2(i, 3) }'],
  ],
  ['sed', ['sed', '-n', '-e', 's/word\\([0-9]*\\)/[\\1]/g', '-e', '/9/p'], text],
  ['sort', ['sort', '-n', '-k', '1,1'], text],
  ['sha256sum', ['sha256sum'], text.repeat(20)],
  ['md5sum', ['md5sum'], text.repeat(20)],
  ['gzip and back', ['sh', '-c', 'gzip -c | gunzip -c | md5sum'], text.repeat(50)],
  ['grep', ['grep', '-c', 'word[37]'], text],
  ['tr, cut, uniq', ['sh', '-c', "tr a-z A-Z | cut -d' ' -f2 | sort | uniq -c | sort -rn | head -4"], text],
  ['bc', ['bc'], '2^100; scale=20; 1/7; sqrt(2)\n'],
  [
    'variables, functions, here-documents',
    [
      'sh',
      '-c',
      'f() { local x=$1; [ $x -gt 0 ] && { echo $x; f $((x-1)); }; return 3; }; f 4; echo $?; cat <<E\n$((3*3)) ${PATH%%:*}\nE\ntrap "echo bye" EXIT; kill -0 $$ && echo alive',
    ],
  ],
  [
    'temporary files',
    [
      'sh',
      '-c',
      'cd /tmp && mkdir -p d && echo one > d/a && echo two >> d/a && mv d/a d/b && ln -s b d/c && cat d/c && ls d && rm -r d && ls d 2>&1; echo $?',
    ],
  ],
  ['exit status', ['sh', '-c', 'exit 7']],
  ['a signal', ['sh', '-c', 'kill -9 $$']],
  ['tar', ['sh', '-c', 'cd /tmp && mkdir -p t && echo x > t/f && tar cf - t | tar tf - && rm -r t']],
  ['xargs and find', ['sh', '-c', 'find /etc -maxdepth 1 -name "p*" -type f | sort | xargs -n 1 basename']],
  ['env and printf', ['sh', '-c', 'printf "%s %5d %x %o\\n" a 42 255 8; env | sort']],
  [
    'diff',
    [
      'sh',
      '-c',
      'printf "a\\nb\\n" > /tmp/1; printf "a\\nc\\n" > /tmp/2; diff /tmp/1 /tmp/2 | tail -n +3; rm /tmp/1 /tmp/2',
    ],
  ],
];

for (const [name, args, input] of commands)
  test(`busybox: ${name}`, { skip: why }, () => {
    const program = { program: BUSYBOX, arguments: args, input, folders: ['/etc'] };
    const native = runNatively(program);
    const ours = runInMachine(program);
    assert.equal(ours.output, native.output);
    assert.equal(ours.errors, native.errors);
    assert.equal(ours.code, native.code);
  });
