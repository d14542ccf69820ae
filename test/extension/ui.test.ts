/** The packaged extension in real VS Code: F5 on the samples, from the entry point to the exit code. */

import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { VSCODE_MISSING, openWorkbench, packagedExtension } from '../support/vscode.ts';
import type { Workbench } from '../support/vscode.ts';

const ROOT = path.resolve(path.dirname(new URL(import.meta.url).pathname), '../..');
const SAMPLES = path.join(ROOT, 'samples/hello');

describe('VS Code with the packaged extension', { skip: VSCODE_MISSING }, () => {
  let workbench: Workbench;

  before(async () => {
    workbench = await openWorkbench({ folder: SAMPLES, vsix: packagedExtension() });
  });

  after(async () => workbench?.close());

  test('F5 without a launch.json stops at the entry point', async () => {
    const { page } = workbench;
    // An early F5 is lost, or asks which debugger, while the extension host still registers debuggers.
    for (let attempt = 0; attempt < 10 && (await page.locator('.debug-toolbar').count()) === 0; attempt++) {
      await page.keyboard.press('Escape');
      await page.keyboard.press('F5');
      await page
        .locator('.debug-toolbar')
        .waitFor({ timeout: 3000 })
        .catch(() => {});
    }
    await page
      .locator('.debug-call-stack .monaco-list-row', { hasText: '_start' })
      .first()
      .waitFor({ timeout: 30_000 });
    await page.locator('.monaco-editor .view-line').first().waitFor();
    await workbench.screenshot('1-entry');
  });

  test('the Address Space tree lists image and stack with protections, and what the process lacks', async () => {
    const { page } = workbench;
    // Rows outside a list's visible part are not in the page: make room.
    for (const name of ['Variables', 'Watch', 'Call Stack', 'Loaded Scripts', 'Breakpoints', 'Processes']) {
      const header = page.locator('.pane-header.expanded', { hasText: name });
      if (await header.count()) await header.first().click();
    }
    await workbench.vs(vscode => vscode.commands.executeCommand('pico.addressSpace.focus'));
    const rows = page
      .locator('.pane', { has: page.locator('.pane-header', { hasText: 'Address Space' }) })
      .locator('.monaco-list-row');
    await rows.filter({ hasText: 'no PEB' }).waitFor({ timeout: 20_000 });
    await rows.filter({ hasText: '[stack]' }).waitFor();
    assert.ok(await rows.filter({ hasText: /RX/ }).count(), 'an executable part of the image');
    await workbench.screenshot('2-address-space');
  });

  test('a function breakpoint syscall:write stops at the dispatch and spells the call out', async () => {
    const { page } = workbench;
    await workbench.vs(vscode => vscode.debug.addBreakpoints([new vscode.FunctionBreakpoint('syscall:write')]));
    await workbench.vs(vscode => vscode.commands.executeCommand('workbench.action.debug.continue'));
    // Behind the instruction in the assembly document.
    await page.locator('.view-line', { hasText: 'write(1, "hello\\n", 6)' }).first().waitFor({ timeout: 30_000 });
    const rows = page
      .locator('.pane', { has: page.locator('.pane-header', { hasText: 'Address Space' }) })
      .locator('.monaco-list-row');
    await rows.filter({ hasText: '[heap]' }).waitFor({ timeout: 20_000 });
    await workbench.screenshot('3-system-call');
  });

  test('an instruction step in the Disassembly View moves one row', async () => {
    const { page } = workbench;
    await workbench.vs(vscode => vscode.commands.executeCommand('debug.action.openDisassemblyView'));
    const current = page.locator('.disassembly-view .monaco-list-row', {
      has: page.locator('.codicon-debug-stackframe'),
    });
    await current.first().waitFor({ timeout: 30_000 });
    const before = await current.first().innerText();
    const beforeIndex = Number(await current.first().getAttribute('data-index'));
    await workbench.screenshot('4-disassembly');
    await page.locator('.disassembly-view').click();
    await page.keyboard.press('F10');
    await current
      .filter({ hasNotText: before.split('\n')[0] })
      .first()
      .waitFor({ timeout: 20_000 });
    const afterIndex = Number(await current.first().getAttribute('data-index'));
    assert.equal(afterIndex, beforeIndex + 1);
    await workbench.screenshot('5-stepped');
  });

  test('Continue runs to the end; the Debug Console has the output and the exit code', async () => {
    const { page } = workbench;
    await workbench.vs(vscode => vscode.debug.removeBreakpoints(vscode.debug.breakpoints));
    await workbench.vs(vscode => vscode.commands.executeCommand('workbench.action.debug.continue'));
    await page.locator('.debug-toolbar').waitFor({ state: 'hidden', timeout: 30_000 });
    await workbench.vs(vscode => vscode.commands.executeCommand('workbench.debug.action.focusRepl'));
    await page.locator('.repl .monaco-list-row', { hasText: 'hello' }).first().waitFor();
    await page
      .locator('.repl .monaco-list-row', { hasText: /exited with code 0/ })
      .first()
      .waitFor();
    await workbench.screenshot('6-end');
  });
});
