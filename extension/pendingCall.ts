/** The system call at which the thread in view stands; commands that act on it are enabled by a context key. */

import * as vscode from 'vscode';
import type { PendingCall } from '../adapter/index.ts';
import type { SessionWatcher } from './sessions.ts';

const CONTEXT_KEY = 'pico.atSystemCall';

export class PendingCallWatcher implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.changed.event;
  private readonly sessions: SessionWatcher;
  private readonly subscriptions: vscode.Disposable[];
  private current: PendingCall | undefined;
  /** Counts looks: of two that overlap the later one counts. */
  private looks = 0;

  constructor(sessions: SessionWatcher) {
    this.sessions = sessions;
    this.subscriptions = [
      this.changed,
      sessions.onDidChange(() => void this.look()),
      vscode.debug.onDidChangeActiveStackItem(() => void this.look()),
    ];
  }

  /** Undefined unless the session in view is stopped at one. */
  get call(): PendingCall | undefined {
    return this.current;
  }

  /** Asks again: somebody has changed what the call is to answer. */
  async look(): Promise<void> {
    const look = ++this.looks;
    const { active, threadInView } = this.sessions;
    const body =
      active && threadInView !== undefined
        ? await this.sessions.request(active, 'pico/systemCall', { threadId: threadInView }).then(
            answer => answer,
            // The session has ended or gone on meanwhile.
            () => undefined,
          )
        : undefined;
    if (look !== this.looks) return;
    this.current = body?.systemCall;
    await vscode.commands.executeCommand('setContext', CONTEXT_KEY, this.current !== undefined);
    this.changed.fire();
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }
}
