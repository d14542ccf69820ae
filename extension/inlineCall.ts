/** Writes the system call or exception that the guest stands at behind its instruction in the assembly document. */

import * as vscode from 'vscode';
import type { SessionWatcher } from './sessions.ts';

export class InlineCall implements vscode.InlineValuesProvider {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeInlineValues = this.changed.event;
  private readonly sessions: SessionWatcher;

  constructor(sessions: SessionWatcher) {
    this.sessions = sessions;
    sessions.onDidChange(() => this.changed.fire());
  }

  provideInlineValues(
    _document: vscode.TextDocument,
    _viewPort: vscode.Range,
    context: vscode.InlineValueContext,
  ): vscode.InlineValue[] {
    const text = this.sessions.stopText;
    return text ? [new vscode.InlineValueText(context.stoppedLocation, text)] : [];
  }
}
