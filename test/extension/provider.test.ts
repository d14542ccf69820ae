/**
 * Stepping into the provider in real VS Code, with the packaged extension: from the guest's system call into the
 * TypeScript that ships with it, and back. With UPDATE=1 the picture of docs/stepping-into-providers.md is taken anew.
 */

import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { VSCODE_MISSING, openWorkbench, packagedExtension } from '../support/vscode.ts';
import type { Workbench } from '../support/vscode.ts';

const ROOT = path.resolve(path.dirname(new URL(import.meta.url).pathname), '../..');

describe('stepping into the provider', { skip: VSCODE_MISSING }, () => {
  let workbench: Workbench;

  const callStack = () => workbench.page.locator('.debug-call-stack .monaco-list-row');
  const command = (name: string): Promise<unknown> =>
    workbench.vs((vscode, _store, id) => vscode.commands.executeCommand(id as string), name);

  before(async () => {
    workbench = await openWorkbench({
      folder: path.join(ROOT, 'samples/hello'),
      vsix: packagedExtension(),
    });
    await workbench.vs(async vscode => {
      const folder = vscode.workspace.workspaceFolders?.[0];
      vscode.debug.addBreakpoints([new vscode.FunctionBreakpoint('syscall:write')]);
      await vscode.debug.startDebugging(folder, {
        type: 'pico',
        request: 'launch',
        name: 'hello',
        program: `${folder?.uri.fsPath}/hello`,
        stopOnEntry: false,
      });
    });
    await workbench.page.locator('.debug-toolbar').waitFor({ timeout: 60_000 });
    await callStack().filter({ hasText: 'main' }).first().waitFor({ timeout: 60_000 });
  });

  after(async () => workbench?.close());

  test('Step Into at a system call opens its handler; the call stack goes on into the guest', async () => {
    const { page } = workbench;
    await command('workbench.action.debug.stepInto');
    await page.locator('.tab.active', { hasText: 'readWrite.ts' }).waitFor({ timeout: 30_000 });
    await callStack()
      .filter({ hasText: /write.*readWrite\.ts/s })
      .first()
      .waitFor();
    for (const frame of ['kernel · provider dispatch', 'main', 'pico process 8 · user mode'])
      await callStack().filter({ hasText: frame }).first().waitFor();
    const locals = page.locator('.debug-variables .monaco-list-row');
    await locals.filter({ hasText: /^descriptor/ }).waitFor();
    await command('notifications.clearAll');
    await workbench.screenshot('provider-1-handler');
    if (process.env.UPDATE) await page.screenshot({ path: path.join(ROOT, 'docs/images/provider-stack.png') });
  });

  test('Step Over goes by line, and Step Out stands on the guest', async () => {
    const { page } = workbench;
    const top = callStack().filter({ hasText: 'readWrite.ts' }).first();
    const before = await top.innerText();
    await command('workbench.action.debug.stepOver');
    for (let waited = 0; (await top.innerText()) === before; waited += 50) {
      assert.ok(waited < 20_000, 'the line changes');
      await page.waitForTimeout(50);
    }
    await command('workbench.action.debug.stepOut');
    await page.locator('.tab.active', { hasText: '.disasm' }).waitFor({ timeout: 30_000 });
    await callStack().filter({ hasText: 'readWrite.ts' }).first().waitFor({ state: 'hidden' });
    await workbench.screenshot('provider-2-guest');
  });

  test('a breakpoint set in the provider stops the guest there; it runs to its end without', async () => {
    const { page } = workbench;
    const uri = await workbench.vs(async vscode => {
      vscode.debug.removeBreakpoints(vscode.debug.breakpoints);
      const answer = (await vscode.debug.activeDebugSession?.customRequest('loadedSources')) as
        | { sources: { path: string }[] }
        | undefined;
      const file = answer?.sources.find(({ path: name }) => name.endsWith('process/exit.ts'))?.path ?? '';
      // Answers pass through VS Code, which makes paths addresses of its remote.
      const place = file.startsWith('/') ? vscode.Uri.file(file) : vscode.Uri.parse(file);
      const text = Buffer.from(await vscode.workspace.fs.readFile(place)).toString();
      const line = text.split('\n').findIndex(each => each.includes('export function exitProcess(')) + 1;
      const breakpoint = new vscode.SourceBreakpoint(new vscode.Location(place, new vscode.Position(line, 0)));
      vscode.debug.addBreakpoints([breakpoint]);
      // The adapter hears of it a moment later.
      for (let tries = 0; tries < 40; tries++) {
        if (await vscode.debug.activeDebugSession?.getDebugProtocolBreakpoint(breakpoint)) break;
        await new Promise(resolve => setTimeout(resolve, 50));
      }
      return file;
    });
    assert.match(uri, /sources\/emulator\/providers\/linux/, 'the source that the package ships');
    await command('workbench.action.debug.continue');
    await page.locator('.tab.active', { hasText: 'exit.ts' }).waitFor({ timeout: 30_000 });
    await workbench.screenshot('provider-3-breakpoint');
    await workbench.vs(vscode => vscode.debug.removeBreakpoints(vscode.debug.breakpoints));
    await command('workbench.action.debug.continue');
    await page.locator('.debug-toolbar').waitFor({ state: 'hidden', timeout: 30_000 });
  });
});
