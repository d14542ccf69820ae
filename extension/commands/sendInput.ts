/** Asks for a line and gives it to the guest as standard input. */

import * as vscode from 'vscode';
import type { SessionWatcher } from '../sessions.ts';

export async function sendInput(sessions: SessionWatcher): Promise<void> {
  const session = sessions.any;
  if (!session) return;
  const line = await vscode.window.showInputBox({ prompt: vscode.l10n.t('A line of standard input for the guest') });
  if (line !== undefined) await sessions.request(session, 'pico/input', { text: `${line}\n` });
}
