/** What the views have in common: they show a stopped session, and look again whenever it changes. */

import * as vscode from 'vscode';
import type { SessionWatcher } from '../sessions.ts';

export abstract class StopView<Node> implements vscode.TreeDataProvider<Node> {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.changed.event;
  protected readonly sessions: SessionWatcher;

  constructor(sessions: SessionWatcher) {
    this.sessions = sessions;
    sessions.onDidChange(() => this.refresh());
  }

  refresh(): void {
    this.changed.fire();
  }

  abstract getChildren(node?: Node): Promise<Node[]>;
  abstract getTreeItem(node: Node): vscode.TreeItem;
}
