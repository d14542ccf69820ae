/** Changes the faults that are injected into system calls, while the program runs or stands. */

import * as vscode from 'vscode';
import type { SessionWatcher } from '../sessions.ts';

const BETWEEN = ';';

export async function injectFaults(sessions: SessionWatcher): Promise<void> {
  const session = sessions.any;
  if (!session) return;
  const { inject } = await sessions.request(session, 'pico/injections', {});
  const text = await vscode.window.showInputBox({
    title: vscode.l10n.t('Faults to Inject into System Calls'),
    prompt: vscode.l10n.t('Several with {0} between them; none to serve all calls', BETWEEN),
    placeHolder: 'openat:error=ENOENT:when=3; write:delay=10ms',
    value: inject.join(`${BETWEEN} `),
    ignoreFocusOut: true,
    async validateInput(typed) {
      const { problems } = await sessions.request(session, 'pico/checkInjections', { inject: expressions(typed) });
      return problems.map(({ index, message }) => `${expressions(typed)[index]}: ${message}`)[0];
    },
  });
  if (text === undefined) return;
  try {
    await sessions.request(session, 'pico/setInjections', { inject: expressions(text) });
  } catch (error) {
    void vscode.window.showErrorMessage((error as Error).message);
  }
}

function expressions(text: string): string[] {
  return text
    .split(BETWEEN)
    .map(each => each.trim())
    .filter(each => each !== '');
}
