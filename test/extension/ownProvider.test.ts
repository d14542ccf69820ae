/**
 * A provider of the user's own in real VS Code, with the packaged extension: Pico: New Provider…, F5, a step from the
 * guest's system call into the handler, new code while the guest stands still, a handler that throws and is mended. With
 * UPDATE=1 the pictures of docs/writing-a-provider.md are taken anew.
 */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Locator } from 'playwright-core';
import { VSCODE_MISSING, openWorkbench, packagedExtension } from '../support/vscode.ts';
import type { Workbench } from '../support/vscode.ts';

const ROOT = path.resolve(path.dirname(new URL(import.meta.url).pathname), '../..');

describe('a provider of the user’s own', { skip: VSCODE_MISSING }, () => {
  let workbench: Workbench;
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'pico-own-')));
  const provider = path.join(folder, 'my-system/my-system.ts');

  const callStack = (text: string | RegExp): Locator =>
    workbench.page.locator('.debug-call-stack .monaco-list-row').filter({ hasText: text }).first();
  const command = (name: string): Promise<unknown> =>
    workbench.vs((vscode, _store, id) => vscode.commands.executeCommand(id as string), name);
  const statusBar = (text: string | RegExp): Locator =>
    workbench.page.locator('.statusbar-item').filter({ hasText: text }).first();

  /** Changes the provider as in its editor, and saves it. */
  const replace = (before: string, now: string): Promise<void> =>
    workbench.vs(
      async (vscode, _store, file, from, to) => {
        const uri = vscode.Uri.file(file as string);
        const document = await vscode.workspace.openTextDocument(uri);
        const start = document.getText().indexOf(from as string);
        if (start < 0) throw new Error(`there is no ${from as string}`);
        const edit = new vscode.WorkspaceEdit();
        const end = start + (from as string).length;
        edit.replace(uri, new vscode.Range(document.positionAt(start), document.positionAt(end)), to as string);
        await vscode.workspace.applyEdit(edit);
        await document.save();
      },
      provider,
      before,
      now,
    );

  /** The same, until the machine has the new code. */
  async function reload(before: string, now: string): Promise<void> {
    await workbench.vs((vscode, store) => {
      store.reloaded = new Promise<void>(resolve => {
        const listener = vscode.debug.onDidReceiveDebugSessionCustomEvent(({ event }) => {
          if (event !== 'pico/providerReloaded') return;
          listener.dispose();
          resolve();
        });
      });
    });
    await replace(before, now);
    await workbench.vs(async (_vscode, store) => {
      await store.reloaded;
    });
  }

  /** Problems that this extension shows, as `my-system.ts:27 thrown: message`. */
  const problems = (): Promise<string[]> =>
    workbench.vs(vscode =>
      vscode.languages
        .getDiagnostics()
        .flatMap(([uri, found]) =>
          found
            .filter(({ source }) => source === 'pico')
            .map(
              ({ range, code, message }) =>
                `${uri.path.split('/').at(-1)}:${range.start.line + 1} ${String(code)}: ${message}`,
            ),
        ),
    );

  async function untilProblems(check: (found: string[]) => boolean): Promise<string[]> {
    for (let waited = 0; ; waited += 100) {
      const found = await problems();
      if (check(found)) return found;
      assert.ok(waited < 20_000, found.join('\n') || 'no problems');
      await workbench.page.waitForTimeout(100);
    }
  }

  /** A slow VS Code asks twice for the stack, and then misses that its frame is that of the exception. */
  async function exceptionWidget(words: string): Promise<void> {
    const widget = workbench.page.locator('.exception-widget');
    await workbench.page.locator('.pane-header', { hasText: words }).waitFor({ timeout: 30_000 });
    for (let tries = 0; tries < 10 && (await widget.count()) === 0; tries++) {
      await workbench.page.waitForTimeout(1000);
      if ((await widget.count()) === 0) await command('workbench.action.debug.callStackTop');
    }
    await widget.waitFor();
  }

  async function output(text: string | RegExp): Promise<void> {
    await command('workbench.debug.action.focusRepl');
    await workbench.page
      .locator('.repl .monaco-list-row')
      .filter({ hasText: text })
      .first()
      .waitFor({ timeout: 20_000 });
  }

  async function picture(name: string, isInDocument = false): Promise<void> {
    await workbench.screenshot(`own-${name}`);
    if (process.env.UPDATE && isInDocument)
      await workbench.page.screenshot({ path: path.join(ROOT, `docs/images/own-provider-${name}.png`) });
  }

  before(async () => {
    workbench = await openWorkbench({
      folder,
      vsix: packagedExtension(),
      // The server that tests run on comes without TypeScript.
      settings: { 'typescript.tsdk': path.join(ROOT, 'node_modules/typescript-js/lib') },
    });
  });

  after(async () => {
    await workbench?.close();
    fs.rmSync(folder, { recursive: true });
  });

  test('New Provider asks what and where, and writes it with a launch configuration', async () => {
    const { page } = workbench;
    await workbench.vs((vscode, store) => {
      store.written = vscode.commands.executeCommand('pico.newProvider');
    });
    const input = page.locator('.quick-input-widget');
    await input.locator('.monaco-list-row', { hasText: 'A system of its own' }).waitFor({ timeout: 30_000 });
    await picture('kinds');
    await input.locator('.monaco-list-row', { hasText: 'A system of its own' }).click();
    await input.getByText('Its name').waitFor();
    await page.keyboard.press('Enter');
    await page.locator('.tab.active', { hasText: 'my-system.ts' }).waitFor({ timeout: 30_000 });
    await workbench.vs(async (_vscode, store) => {
      await store.written;
    });
    await page.locator('.notification-toast', { hasText: 'my-system is ready: press F5.' }).waitFor();
    // It fades in, and the Explorer lists the files.
    await page.locator('.explorer-folders-view').getByText('tsconfig.json').waitFor();
    await page.waitForTimeout(500);
    await picture('written', true);
    const launch = JSON.parse(fs.readFileSync(path.join(folder, '.vscode/launch.json'), 'utf8')) as object;
    assert.deepEqual(launch, {
      version: '0.2.0',
      configurations: [
        {
          type: 'pico',
          request: 'launch',
          name: 'my-system',
          program: '${workspaceFolder}/my-system/guest',
          provider: '${workspaceFolder}/my-system/my-system.ts',
          stopOnEntry: true,
        },
      ],
    });
  });

  test('F5 right after it stands at the program’s entry point', async () => {
    const { page } = workbench;
    await page.locator('.tab.active').click();
    await page.keyboard.press('F5');
    await page.locator('.debug-toolbar').waitFor({ timeout: 60_000 });
    await callStack('_start').waitFor({ timeout: 30_000 });
    await command('notifications.clearAll');
    await picture('entry');
  });

  test('Step Into at a system call stands in the handler, with the arguments as locals', async () => {
    const { page } = workbench;
    await workbench.vs(async vscode => {
      const breakpoint = new vscode.FunctionBreakpoint('syscall:print');
      vscode.debug.addBreakpoints([breakpoint]);
      for (let tries = 0; tries < 40; tries++) {
        if (await vscode.debug.activeDebugSession?.getDebugProtocolBreakpoint(breakpoint)) break;
        await new Promise(resolve => setTimeout(resolve, 50));
      }
    });
    await command('workbench.action.debug.continue');
    await callStack('print').waitFor({ timeout: 30_000 });
    await command('workbench.action.debug.stepInto');
    await callStack(/handler.*my-system\.ts/s).waitFor({ timeout: 30_000 });
    for (const frame of ['kernel · provider dispatch', '_start', 'user mode']) await callStack(frame).waitFor();
    await page
      .locator('.debug-variables .monaco-list-row')
      .filter({ hasText: /^line.*Hello from the guest/ })
      .waitFor();
    await command('notifications.clearAll');
    await picture('handler', true);
  });

  test('what is saved while the guest stands still is what the next call runs', async () => {
    const { page } = workbench;
    await reload('`${call.state.lines}: ', '`line ${call.state.lines}: ');
    await statusBar('my-system.ts was reloaded').waitFor({ timeout: 20_000 });
    await picture('reloaded');
    await command('workbench.action.debug.continue');
    await output('1: Hello from the guest');
    // The program has touched memory that is not there.
    await exceptionWidget('#PF writing');
    await picture('fault');
    await command('workbench.action.debug.stepInto');
    await callStack(/dispatchException.*my-system\.ts/s).waitFor({ timeout: 30_000 });
    await callStack('kernel · provider dispatch').waitFor();
    await page
      .locator('.debug-variables .monaco-list-row')
      .filter({ hasText: /^vector.*#PF/ })
      .waitFor();
    await picture('exception', true);
    await command('workbench.action.debug.continue');
    await callStack('print').waitFor({ timeout: 30_000 });
    await command('workbench.action.debug.continue');
    // The state has stayed: this is the second line.
    await output('line 2: Hello from the guest');
    await callStack('print').waitFor({ timeout: 30_000 });
  });

  test('a mistake of syntax leaves the code as it was, and says so', async () => {
    const { page } = workbench;
    await replace('call.state.lines += 1;', 'call.state.lines += ;');
    await page
      .locator('.notification-toast', { hasText: 'my-system.ts was not reloaded' })
      .waitFor({ timeout: 20_000 });
    await page.locator('.notification-toast').getByText('Show Problems').click();
    await page.locator('.markers-panel .monaco-list-row', { hasText: 'Expression expected' }).waitFor();
    await picture('syntax');
    // VS Code's own TypeScript support shows it already.
    assert.deepEqual(await problems(), []);
    await reload('call.state.lines += ;', "if (line.startsWith('Hello')) throw new Error('out of paper');");
  });

  test('a handler that throws is a stop at the guest’s call, and a problem in its line', async () => {
    await command('workbench.action.debug.continue');
    await exceptionWidget('out of paper');
    const [found] = await untilProblems(list => list.length === 1);
    assert.match(found, /^my-system\.ts:\d+ thrown: .*out of paper/);
    await callStack('user mode').waitFor();
    await picture('thrown', true);
  });

  test('mended and saved, the same call runs the new code', async () => {
    const { page } = workbench;
    await reload("if (line.startsWith('Hello')) throw new Error('out of paper');", 'call.state.lines += 1;');
    await untilProblems(list => list.length === 0);
    await workbench.vs(vscode => vscode.debug.removeBreakpoints(vscode.debug.breakpoints));
    await command('workbench.action.debug.continue');
    await page.locator('.debug-toolbar').waitFor({ state: 'hidden', timeout: 30_000 });
    await output('line 3: Hello from the guest');
    await picture('end');
  });
});
