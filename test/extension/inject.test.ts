/** Fault injection in real VS Code: a call is answered at its stop, and the list is changed while debugging. */

import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { VSCODE_MISSING, openWorkbench, packagedExtension } from '../support/vscode.ts';
import type { Workbench } from '../support/vscode.ts';

const ROOT = path.resolve(path.dirname(new URL(import.meta.url).pathname), '../..');

describe('fault injection', { skip: VSCODE_MISSING }, () => {
  let workbench: Workbench;

  /** Does not wait for the command: it asks the user. */
  const command = (name: string): Promise<unknown> =>
    workbench.vs((vscode, _store, id) => void vscode.commands.executeCommand(id as string), name);
  const inject = (): Promise<readonly string[]> =>
    workbench.vs(async vscode => {
      const answer = (await vscode.debug.activeDebugSession?.customRequest('pico/injections')) as { inject: string[] };
      return answer.inject;
    });

  before(async () => {
    workbench = await openWorkbench({ folder: path.join(ROOT, 'samples/hello'), vsix: packagedExtension() });
    await workbench.vs(async vscode => {
      const folder = vscode.workspace.workspaceFolders?.[0];
      vscode.debug.addBreakpoints([new vscode.FunctionBreakpoint('syscall:write')]);
      await vscode.debug.startDebugging(folder, {
        type: 'pico',
        request: 'launch',
        name: 'hello',
        program: `${folder?.uri.fsPath}/hello`,
        stopOnEntry: true,
      });
    });
    await workbench.page.locator('.debug-toolbar').waitFor({ timeout: 60_000 });
    await workbench.page.locator('.debug-call-stack .monaco-list-row').filter({ hasText: '_start' }).first().waitFor();
  });

  after(async () => workbench?.close());

  const button = () => workbench.page.locator('.debug-toolbar .action-label[aria-label^="Return This Error Instead"]');
  const picks = () => workbench.page.locator('.quick-input-widget .monaco-list-row');

  test('Inject Faults validates what is typed, and sets it', async () => {
    const { page } = workbench;
    assert.equal(await button().count(), 0, 'the entry point is no system call');
    await command('pico.injectFaults');
    const input = page.locator('.quick-input-widget input.input');
    await input.waitFor();
    const typed = page.locator('.quick-input-message');
    await input.fill('writev:delay=5ms; wriet:error=EIO');
    await typed.filter({ hasText: "there is no system call 'wriet'; did you mean 'write'?" }).waitFor();
    await workbench.screenshot('inject-1-typing');
    await input.fill('writev:delay=5ms; ioctl:error=EIO:when=1');
    await typed.filter({ hasText: 'Several with ; between them' }).waitFor();
    await input.press('Enter');
    await input.waitFor({ state: 'hidden' });
    assert.deepEqual(await inject(), ['writev:delay=5ms', 'ioctl:error=EIO:when=1']);
  });

  test('Return This Error Instead is there at a system call, and its program gets the error', async () => {
    const { page } = workbench;
    await command('workbench.action.debug.continue');
    await page.locator('.debug-call-stack .monaco-list-row').filter({ hasText: 'main' }).first().waitFor();
    await button().waitFor();
    await button().click();
    await picks().filter({ hasText: 'ENOENT' }).first().waitFor();
    await page.locator('.quick-input-widget input').first().fill('disk');
    await picks().filter({ hasText: 'Disk quota exceeded' }).first().waitFor();
    await page.locator('.quick-input-widget input').first().fill('ENOSPC');
    await picks().filter({ hasText: 'No space left on device' }).first().waitFor();
    await workbench.screenshot('inject-2-errors');
    await page.keyboard.press('Enter');
    const announced = 'write(1, "hello\\n", 6) = -1 ENOSPC (No space left on device)';
    await page.locator('.statusbar-item').filter({ hasText: announced }).first().waitFor();
    await page.locator('.view-lines .view-line').filter({ hasText: 'ENOSPC' }).first().waitFor();
    await workbench.screenshot('inject-3-answered');
    await command('workbench.action.debug.stepOver');
    await button().waitFor({ state: 'hidden' });
    const rax = await workbench.vs(async vscode => {
      const session = vscode.debug.activeDebugSession;
      const answer = (await session?.customRequest('evaluate', { expression: '$rax' })) as { result: string };
      return answer.result;
    });
    assert.equal(rax, '0xffffffffffffffe4', '-28');
    await workbench.screenshot('inject-4-returned');
    await workbench.vs(vscode => vscode.debug.removeBreakpoints(vscode.debug.breakpoints));
    await command('workbench.action.debug.continue');
    await page.locator('.debug-toolbar').waitFor({ state: 'hidden', timeout: 30_000 });
  });
});
