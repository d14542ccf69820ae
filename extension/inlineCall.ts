/** Writes the system call or exception that the guest stands at, and what was asked to be its answer, behind its instruction in the assembly document. */

import * as vscode from 'vscode';
import type { PendingCallWatcher } from './pendingCall.ts';
import type { SessionWatcher } from './sessions.ts';

export class InlineCall implements vscode.InlineValuesProvider {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeInlineValues = this.changed.event;
  private readonly sessions: SessionWatcher;
  private readonly pendingCall: PendingCallWatcher;

  constructor(sessions: SessionWatcher, pendingCall: PendingCallWatcher) {
    this.sessions = sessions;
    this.pendingCall = pendingCall;
    sessions.onDidChange(() => this.changed.fire());
    pendingCall.onDidChange(() => this.changed.fire());
  }

  provideInlineValues(
    _document: vscode.TextDocument,
    _viewPort: vscode.Range,
    context: vscode.InlineValueContext,
  ): vscode.InlineValue[] {
    const { call } = this.pendingCall;
    const text = call?.answer === undefined ? this.sessions.stopText : call.text + call.answer;
    return text ? [new vscode.InlineValueText(context.stoppedLocation, text)] : [];
  }
}
