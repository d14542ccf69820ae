/** Debug sessions of this extension: which one the views show, and when it stops, runs and ends. */

import * as vscode from 'vscode';
import type { CustomRequests } from '../adapter/index.ts';

export class SessionWatcher implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  /** The views should look again: the session stopped, went on, ended, or another one is active. */
  readonly onDidChange = this.changed.event;
  /** Stopped sessions, and what the adapter said of the stop. */
  private readonly stopped = new Map<string, { readonly text: string; readonly thread: number | undefined }>();
  private readonly subscriptions: vscode.Disposable[];

  constructor() {
    this.subscriptions = [
      this.changed,
      vscode.debug.registerDebugAdapterTrackerFactory('pico', {
        createDebugAdapterTracker: session => ({ onDidSendMessage: message => this.see(session, message as Message) }),
      }),
      vscode.debug.onDidChangeActiveDebugSession(() => this.changed.fire()),
      vscode.debug.onDidTerminateDebugSession(session => {
        this.stopped.delete(session.id);
        this.changed.fire();
      }),
    ];
  }

  /** The session that views and commands act on, if it is stopped. */
  get active(): vscode.DebugSession | undefined {
    const session = vscode.debug.activeDebugSession;
    return session?.type === 'pico' && this.stopped.has(session.id) ? session : undefined;
  }

  /** The active session, whether it is stopped or runs. */
  get any(): vscode.DebugSession | undefined {
    const session = vscode.debug.activeDebugSession;
    return session?.type === 'pico' ? session : undefined;
  }

  /** What the guest is doing at its stop, such as `write(1, "hello\\n", 6)`; '' if that says nothing more than the code. */
  get stopText(): string {
    const session = this.active;
    return session ? (this.stopped.get(session.id)?.text ?? '') : '';
  }

  /** The thread that the call stack shows, else the one that stopped. */
  get threadInView(): number | undefined {
    const session = this.active;
    const item = vscode.debug.activeStackItem;
    if (item && item.session.id === session?.id) return item.threadId;
    return session && this.stopped.get(session.id)?.thread;
  }

  async request<Name extends keyof CustomRequests>(
    session: vscode.DebugSession,
    name: Name,
    args: CustomRequests[Name]['arguments'],
  ): Promise<CustomRequests[Name]['body']> {
    return (await session.customRequest(name, args)) as CustomRequests[Name]['body'];
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private see(session: vscode.DebugSession, message: Message): void {
    if (message.type !== 'event') return;
    if (message.event === 'stopped')
      this.stopped.set(session.id, { text: message.body?.text ?? '', thread: message.body?.threadId });
    else if (message.event === 'continued' || message.event === 'terminated') this.stopped.delete(session.id);
    else if (message.event !== 'memory' && message.event !== 'invalidated') return;
    this.changed.fire();
  }
}

interface Message {
  readonly type: string;
  readonly event?: string;
  readonly body?: { readonly text?: string; readonly threadId?: number };
}
