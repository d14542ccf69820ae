/** Has the system call at which a thread stands answered with an error of its provider, or a value, instead of served. */

import * as vscode from 'vscode';
import type { CustomRequests, ErrorDescription, PendingCall } from '../../adapter/index.ts';
import type { Parts } from './register.ts';

type Answer = Pick<CustomRequests['pico/injectResult']['arguments'], 'error' | 'value'>;

type Choice = vscode.QuickPickItem & { readonly answer?: () => Promise<Answer | undefined> };

/** `argument`: the thread, where the call stack's menu was used. */
export async function returnError({ sessions, pendingCall }: Parts, argument: unknown): Promise<void> {
  const session = sessions.active;
  const threadId = typeof argument === 'number' ? argument : sessions.threadInView;
  if (!session || threadId === undefined) return;
  const [{ systemCall }, { errors }] = await Promise.all([
    sessions.request(session, 'pico/systemCall', { threadId }),
    sessions.request(session, 'pico/errors', { threadId }),
  ]);
  if (!systemCall) {
    void vscode.window.showErrorMessage(vscode.l10n.t('The thread does not stand at a system call.'));
    return;
  }
  const picked = await vscode.window.showQuickPick(choices(systemCall, errors), {
    title: systemCall.text + (systemCall.answer ?? ''),
    placeHolder: vscode.l10n.t('What the call returns instead of being served'),
    matchOnDescription: true,
  });
  const answer = await picked?.answer?.();
  if (!answer) return;
  try {
    const { systemCall: changed } = await sessions.request(session, 'pico/injectResult', { threadId, ...answer });
    vscode.window.setStatusBarMessage(changed.text + (changed.answer ?? ''), MESSAGE_MILLISECONDS);
  } catch (error) {
    void vscode.window.showErrorMessage((error as Error).message);
  }
  await pendingCall.look();
}

const MESSAGE_MILLISECONDS = 10_000;

function choices({ answer }: PendingCall, errors: readonly ErrorDescription[]): Choice[] {
  const value = { label: `$(edit) ${vscode.l10n.t('A Value…')}`, answer: askValue };
  const serve = { label: `$(discard) ${vscode.l10n.t('Serve the Call After All')}`, answer: async () => ({}) };
  return [
    ...(answer === undefined ? [] : [serve]),
    value,
    { label: vscode.l10n.t('errors'), kind: vscode.QuickPickItemKind.Separator },
    ...errors.map(({ name, meaning }) => ({
      label: name,
      description: meaning,
      answer: async () => ({ error: name }),
    })),
  ];
}

const NUMBER = /^-?(0x[0-9a-f]+|\d+)$/i;

async function askValue(): Promise<Answer | undefined> {
  const value = await vscode.window.showInputBox({
    prompt: vscode.l10n.t('What the call leaves in RAX, decimal or 0x…'),
    validateInput: text => (NUMBER.test(text.trim()) ? undefined : vscode.l10n.t('This is not a whole number.')),
  });
  return value === undefined ? undefined : { value: value.trim() };
}
