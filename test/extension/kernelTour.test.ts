/**
 * The kernel tour in real VS Code: every kind of process, what is in their memory, and objects, as the views show them.
 * With UPDATE=1 the pictures of docs/kernel-tour.md are taken anew.
 */

import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Locator } from 'playwright-core';
import { VSCODE_MISSING, openWorkbench, packagedExtension } from '../support/vscode.ts';
import type { Workbench } from '../support/vscode.ts';

const ROOT = path.resolve(path.dirname(new URL(import.meta.url).pathname), '../..');

describe('the kernel tour', { skip: VSCODE_MISSING }, () => {
  let workbench: Workbench;

  /** A view of Run and Debug, alone in the side bar so that all of it shows. */
  async function view(name: string): Promise<Locator> {
    const { page } = workbench;
    const expanded = page.locator('.sidebar .pane-header.expanded');
    for (let index = (await expanded.count()) - 1; index >= 0; index--) {
      const header = expanded.nth(index);
      if (!(await header.innerText()).toLowerCase().includes(name.toLowerCase())) await header.click();
    }
    const header = page.locator('.sidebar .pane-header', { hasText: name }).first();
    if (!(await header.getAttribute('class'))?.includes('expanded')) await header.click();
    const pane = page.locator('.sidebar .pane', { has: page.locator('.pane-header', { hasText: name }) }).first();
    await pane.locator('.monaco-list-row').first().waitFor({ timeout: 20_000 });
    return pane;
  }

  async function unfold(pane: Locator, text: string | RegExp): Promise<Locator> {
    const row = pane.locator('.monaco-list-row', { hasText: text }).first();
    await row.waitFor({ timeout: 20_000 });
    if ((await row.getAttribute('aria-expanded')) === 'false') await row.locator('.monaco-tl-twistie').click();
    return row;
  }

  async function fold(pane: Locator, text: string | RegExp): Promise<void> {
    const row = pane.locator('.monaco-list-row', { hasText: text }).first();
    if ((await row.getAttribute('aria-expanded')) === 'true') await row.locator('.monaco-tl-twistie').click();
  }

  async function picture(name: string): Promise<void> {
    await workbench.screenshot(`tour-${name}`);
    if (process.env.UPDATE)
      await workbench.page.locator('.sidebar').screenshot({ path: path.join(ROOT, `docs/images/${name}.png`) });
  }

  async function goTo(chapter: string): Promise<void> {
    await workbench.vs(async (vscode, _store, name) => {
      const breakpoint = new vscode.FunctionBreakpoint(name as string);
      vscode.debug.addBreakpoints([breakpoint]);
      // The adapter hears of it a moment later.
      for (let tries = 0; tries < 40; tries++) {
        if (await vscode.debug.activeDebugSession?.getDebugProtocolBreakpoint(breakpoint)) break;
        await new Promise(resolve => setTimeout(resolve, 50));
      }
    }, chapter);
    await workbench.vs(vscode => vscode.commands.executeCommand('workbench.action.debug.continue'));
    await workbench.page.locator('.tab.active', { hasText: chapter }).waitFor({ timeout: 60_000 });
  }

  before(async () => {
    workbench = await openWorkbench({
      folder: path.join(ROOT, 'samples/kernel-tour'),
      vsix: packagedExtension(),
      settings: { 'workbench.tree.indent': 12 },
    });
    await workbench.vs(async vscode => {
      await vscode.debug.startDebugging(vscode.workspace.workspaceFolders?.[0], 'Kernel tour');
    });
    const { page } = workbench;
    await page.locator('.debug-toolbar').waitFor({ timeout: 60_000 });
    // Room for what the rows say.
    const edge = await page.locator('.sidebar').boundingBox();
    assert.ok(edge);
    await page.mouse.move(edge.x + edge.width, edge.y + 300);
    await page.mouse.down();
    await page.mouse.move(edge.x + 620, edge.y + 300, { steps: 5 });
    await page.mouse.up();
  });

  after(async () => workbench?.close());

  test('all kinds of process stand side by side, those of the kernel below System', async () => {
    await goTo('chapter_2');
    const pane = await view('Processes');
    await unfold(pane, 'System (4)');
    for (const [name, kind] of [
      ['System', 'system'],
      ['Secure System', 'secure'],
      ['Registry', 'minimal'],
      ['Memory Compression', 'minimal'],
      ['tour', 'pico of linux'],
      ['visitor.exe', 'traditional'],
    ])
      await pane.locator('.monaco-list-row', { hasText: new RegExp(`${name} \\(\\d+\\)${kind}`) }).waitFor();
    await unfold(pane, /\d+ handles/);
    await pane.locator('.monaco-list-row', { hasText: 'TourIsOver' }).waitFor();
    await pane.locator('.monaco-list-row', { hasText: /0x\w+ Key.*CurrentVersion/ }).waitFor();
    await picture('processes');
  });

  test('a traditional process has what minimal ones lack', async () => {
    const pane = await view('Address Space');
    await fold(pane, /tour \(\d+\)pico/);
    await unfold(pane, /visitor\.exe \(\d+\)/);
    for (const use of [
      'ntdll.dll',
      'PEB',
      'TEB (thread',
      'Stack (thread',
      'USER_SHARED_DATA',
      'USER_PROCESS_PARAMETERS',
    ])
      await pane.locator('.monaco-list-row', { hasText: use }).first().waitFor();
    await unfold(pane, /0x\w+PEB · RW/);
    await unfold(pane, /PEB0x\w+ · /);
    await pane.locator('.monaco-list-row', { hasText: /ImageBaseAddress0x/ }).waitFor();
    await picture('traditional');
    await fold(pane, /visitor\.exe \(\d+\)/);
  });

  test('Memory Compression holds what does not fit, region by region and page by page', async () => {
    const pane = await view('Address Space');
    await unfold(pane, /Memory Compression \(\d+\)/);
    const store = pane.locator('.monaco-list-row', { hasText: /pages in the store/ });
    await store.waitFor();
    assert.match(await store.innerText(), /ratio \d/);
    await unfold(pane, /0x\w+Store region.*128 kB/);
    await unfold(pane, /page records/);
    await pane
      .locator('.monaco-list-row', { hasText: /^0x\w+[\d.]+ k?B · at 0x/ })
      .first()
      .waitFor();
    await picture('compression');
    await fold(pane, /Memory Compression \(\d+\)/);
  });

  test('the registry lies in a minimal process; Secure System shows nothing', async () => {
    const pane = await view('Address Space');
    await unfold(pane, /Registry \(\d+\)/);
    await pane.locator('.monaco-list-row', { hasText: 'SOFTWARE (hive)' }).waitFor();
    await unfold(pane, /Secure System \(\d+\)/);
    await pane.locator('.monaco-list-row', { hasText: 'belongs to the secure kernel' }).waitFor();
    await picture('hive');
  });

  test('objects have names', async () => {
    const pane = await view('Objects');
    await unfold(pane, 'BaseNamedObjects');
    await pane.locator('.monaco-list-row', { hasText: 'TourIsOver' }).waitFor();
    await picture('objects');
  });

  test('a fork shares its pages until one side writes', async () => {
    await goTo('child_writes');
    const pane = await view('Processes');
    // The child stands below its parent.
    const tours = pane.locator('.monaco-list-row', { hasText: /tour \(\d+\)pico of linux/ });
    await tours.nth(1).waitFor();
    await picture('fork');
  });

  test('the tour ends with what both programs say', async () => {
    const { page } = workbench;
    await workbench.vs(vscode => vscode.debug.removeBreakpoints(vscode.debug.breakpoints));
    await workbench.vs(vscode => vscode.commands.executeCommand('workbench.action.debug.continue'));
    await page.locator('.debug-toolbar').waitFor({ state: 'hidden', timeout: 60_000 });
    await workbench.vs(vscode => vscode.commands.executeCommand('workbench.debug.action.focusRepl'));
    for (const line of [
      '2048 of 2048 pages are as they were',
      'child ended with 7; page 0 here is untouched',
      '/tour/tour.txt is there, /tour/TOUR.TXT is missing',
      'visitor: TOUR.TXT was written by a pico process',
    ])
      await page.locator('.repl .monaco-list-row', { hasText: line }).first().waitFor();
    await workbench.screenshot('tour-end');
  });
});
