/** The integrated terminal in real VS Code: bash of the guest takes keys there while breakpoints stop it. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { HAS_ORACLE } from '../support/machine.ts';
import { VSCODE_MISSING, openWorkbench, packagedExtension } from '../support/vscode.ts';
import type { Workbench } from '../support/vscode.ts';

const ROOT = path.resolve(path.dirname(new URL(import.meta.url).pathname), '../..');
const why = VSCODE_MISSING || (HAS_ORACLE && fs.existsSync('/usr/bin/bash') ? false : 'needs x86-64 Linux with bash');

describe('a terminal of VS Code', { skip: why }, () => {
  let workbench: Workbench;

  before(async () => {
    const settings = {
      'terminal.integrated.gpuAcceleration': 'off',
      'terminal.integrated.shellIntegration.enabled': false,
    };
    workbench = await openWorkbench({ folder: path.join(ROOT, 'samples/hello'), vsix: packagedExtension(), settings });
    await workbench.vs(async vscode => {
      vscode.debug.addBreakpoints([new vscode.FunctionBreakpoint('syscall:chdir')]);
      const folders = ['/usr', '/etc', '/lib', '/lib64'];
      await vscode.debug.startDebugging(vscode.workspace.workspaceFolders?.[0], {
        type: 'pico',
        request: 'launch',
        name: 'shell',
        program: '/usr/bin/bash',
        args: ['--norc', '--noprofile', '-i'],
        env: { PS1: 'guest$ ', HISTFILE: '' },
        cwd: '/tmp',
        mounts: folders.map(folder => ({ host: folder, guest: folder, mode: 'ro' })),
        console: 'integratedTerminal',
        stopOnEntry: false,
      });
    });
  });

  after(async () => workbench?.close());

  const row = (text: string | RegExp) => workbench.page.locator('.xterm-rows > div').filter({ hasText: text }).last();

  test('keys go to bash, its output and its breakpoints come back', async () => {
    const { page } = workbench;
    await row('guest$').waitFor({ timeout: 60_000 });
    await page.locator('.terminal-wrapper.active .xterm-helper-textarea').focus();
    await page.keyboard.type('echo $((6*7)); tty; stty size\n');
    await row('42').waitFor();
    await row('/dev/pts/0').waitFor();
    const size = (await row(/^\d+\s\d+\s*$/).innerText()).trim();
    assert.notEqual(size.replace(/\s/, ' '), '24 80', "the terminal's own size");
    await page.keyboard.type('cd /usr\n');
    await page.locator('.debug-call-stack .monaco-list-row').filter({ hasText: 'chdir' }).first().waitFor();
    await workbench.screenshot('terminal-1-stopped');
    await workbench.vs(vscode => vscode.commands.executeCommand('workbench.action.debug.continue'));
    await page.locator('.terminal-wrapper.active .xterm-helper-textarea').focus();
    await page.keyboard.type('pwd; exit\n');
    await row('/usr').waitFor();
    await page.locator('.debug-toolbar').waitFor({ state: 'hidden', timeout: 30_000 });
    await row('The program has ended').waitFor();
    const screen = await page.locator('.terminal-wrapper.active .xterm-rows').innerText();
    assert.match(screen, /42[^]*\/usr[^]*exit[^]*The\sprogram\shas\sended/, 'nothing is written over');
    await workbench.screenshot('terminal-2-ended');
  });
});
