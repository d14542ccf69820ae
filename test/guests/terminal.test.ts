/** Programs that want a terminal have one: shells with job control, editors, a REPL. The keys are those of a person. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { describe, test } from 'node:test';
import type { MachineFace } from '../../emulator/index.ts';
import { HAS_ORACLE, launch, newMachine } from '../support/machine.ts';

const BASH = '/usr/bin/bash';
const FOLDERS = ['/usr', '/etc', '/lib', '/lib64', '/bin'];
const ENVIRONMENT = { PATH: '/usr/bin:/bin', TERM: 'xterm', HOME: '/tmp', LC_ALL: 'C', PS1: '$ ', HISTFILE: '' };
const why = HAS_ORACLE && fs.existsSync(BASH) ? false : 'needs x86-64 Linux with bash';
const whyBusybox = why || (fs.existsSync('/usr/bin/busybox') ? false : 'needs busybox-static');
const whyPython = why || (fs.existsSync('/usr/bin/python3') ? false : 'needs python3');

/** A person before the screen. */
class Screen {
  readonly machine: MachineFace;
  code: number | undefined;
  #text = '';

  constructor(program: string, args: string[] = []) {
    const start = { program, arguments: args, environment: ENVIRONMENT, folders: FOLDERS, directory: '/tmp' };
    this.machine = newMachine(start, [], { terminal: true });
    launch(this.machine, start);
    this.#settle();
  }

  /** Presses keys; what has come onto the screen by the time that everything waits again. */
  type(keys: string): string {
    this.machine.input(new TextEncoder().encode(keys));
    return this.look();
  }

  look(): string {
    this.#settle();
    const text = this.#text;
    this.#text = '';
    return text;
  }

  close(): void {
    this.machine.input(undefined);
    this.#settle();
  }

  #settle(): void {
    for (let slices = 0; this.code === undefined; slices++) {
      assert.ok(slices < 200, 'the guest does not come to rest');
      const result = this.machine.run(20_000_000);
      for (const notice of this.machine.takeNotices())
        if (notice.kind === 'output') this.#text += new TextDecoder().decode(notice.bytes);
      if (result.kind === 'ended') this.code = result.code;
      if (result.kind === 'idle') return;
      assert.notEqual(result.kind, 'stopped');
    }
  }
}

describe('a terminal', { skip: why }, () => {
  test('bash has job control: echo, ^C, ^Z, fg, its exit status', () => {
    const screen = new Screen(BASH, ['--norc', '--noprofile', '-i']);
    assert.match(screen.look(), /\$ $/, 'without complaints of a missing terminal');
    assert.match(screen.type('tty; echo $((6*7))\r'), /\/dev\/pts\/0\r\n42\r\n/);
    assert.match(screen.type('cat\r'), /cat\r\n/);
    assert.equal(screen.type('twice\r'), 'twice\r\ntwice\r\n');
    assert.match(screen.type('\x1a'), /\^Z[\s\S]*Stopped\s+cat/);
    assert.match(screen.type('jobs\r'), /\[1\]\+ {2}Stopped\s+cat/);
    screen.type('fg\r');
    assert.match(screen.type('\x03'), /\^C/);
    assert.match(screen.type('echo "was $?"\r'), /was 130/);
    screen.type('exit 5\r');
    assert.equal(screen.code, 5);
  });

  test('a resize is a SIGWINCH for who is in the foreground', () => {
    const screen = new Screen(BASH, ['--norc', '--noprofile', '-i']);
    assert.match(screen.type('stty size\r'), /24 80/);
    screen.type(`perl -MPOSIX -e '$SIG{WINCH} = sub { system "stty size"; exit }; pause while 1'\r`);
    assert.equal(screen.machine.resizeTerminal({ rows: 50, columns: 132 }), true);
    assert.match(screen.look(), /50 132/);
  });

  test('a terminal that is closed ends its session with SIGHUP', () => {
    const screen = new Screen(BASH, ['--norc', '--noprofile', '-c', 'trap "echo unseen; exit 3" HUP; read line']);
    screen.close();
    assert.equal(screen.code, 3);
    assert.doesNotMatch(screen.look(), /unseen/, 'nobody is there to see it');
  });

  test('keys and screen come back with a snapshot', () => {
    const screen = new Screen(BASH, ['--norc', '--noprofile', '-i']);
    screen.type('stty -echo; x=half');
    screen.type('\r');
    const snapshot = screen.machine.snapshot();
    const look = (): string => screen.type('echo $x; stty -a | grep -c -e -echo\r');
    const before = look();
    assert.match(before, /half/);
    screen.type('x=whole; stty echo\r');
    screen.machine.restore(snapshot);
    assert.equal(look(), before);
  });

  test('vi draws its screen, takes keys as they come, and writes the file', { skip: whyBusybox }, () => {
    const screen = new Screen(BASH, ['--norc', '--noprofile', '-i']);
    assert.match(screen.type('busybox vi /tmp/note\r'), /~[\s\S]*~/);
    screen.type('ihello\x1b');
    screen.type('yyp:s/hello/there/\r:wq\r');
    assert.match(screen.type('cat /tmp/note\r'), /hello\r\nthere\r\n/);
  });

  test('less shows a page at a time', { skip: whyBusybox }, () => {
    const screen = new Screen(BASH, ['--norc', '--noprofile', '-i']);
    const first = screen.type('seq 100 | busybox less\r');
    assert.match(first, /23/);
    assert.doesNotMatch(first, /40/);
    assert.match(screen.type(' '), /40\r\n/);
    assert.match(screen.type('q'), /\$ $/);
  });

  test("Python's prompt edits lines", { skip: whyPython }, () => {
    const screen = new Screen('/usr/bin/python3', ['-q']);
    assert.match(screen.look(), />>> /);
    assert.match(screen.type('6*\x7f*8\r'), /\n48\r\n/);
    assert.match(screen.type('import sys; sys.stdin.isatty()\r'), /True/);
    screen.type('\x04');
    assert.equal(screen.code, 0);
  });
});
