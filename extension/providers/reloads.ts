/** Says that a user's provider was saved and runs anew, or why it does not. */

import * as path from 'node:path';
import * as vscode from 'vscode';
import type { CustomEvents } from '../../adapter/index.ts';

const SHOWN_MILLISECONDS = 8000;

export function tellOfReloads(): vscode.Disposable {
  return vscode.debug.onDidReceiveDebugSessionCustomEvent(({ session, event, body }) => {
    if (session.type === 'pico' && event === 'pico/providerReloaded')
      void tell(body as CustomEvents['pico/providerReloaded']);
  });
}

async function tell({ provider, problem }: CustomEvents['pico/providerReloaded']): Promise<void> {
  const name = path.basename(provider);
  if (problem === undefined) {
    const text = vscode.l10n.t('{0} was reloaded: the next call runs the new code', name);
    vscode.window.setStatusBarMessage(`$(check) ${text}`, SHOWN_MILLISECONDS);
    return;
  }
  const show = vscode.l10n.t('Show Problems');
  const text = vscode.l10n.t('{0} was not reloaded, the code before it still runs. {1}', name, problem);
  if ((await vscode.window.showWarningMessage(text, show)) === show)
    await vscode.commands.executeCommand('workbench.actions.view.problems');
}
