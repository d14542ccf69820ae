/** The Processes view: every process of the machine, told apart by kind, with its threads and what they do. */

import * as vscode from 'vscode';
import type { ProcessInformation, ThreadInformation } from '../../adapter/index.ts';
import { address, bytes } from './sizes.ts';
import { StopView } from './stopView.ts';

type Node = { readonly process: ProcessInformation; readonly thread?: ThreadInformation };

const KIND_ICONS = {
  system: 'settings-gear',
  traditional: 'window',
  minimal: 'circle-outline',
  secure: 'shield',
  pico: 'server-process',
} as const;

export class ProcessesView extends StopView<Node> {
  override async getChildren(node?: Node): Promise<Node[]> {
    const session = this.sessions.active;
    if (!session) return [];
    if (node) return node.thread ? [] : node.process.threads.map(thread => ({ process: node.process, thread }));
    const { processes } = await this.sessions.request(session, 'pico/processes', {});
    return processes.map(process => ({ process }));
  }

  override getTreeItem({ process, thread }: Node): vscode.TreeItem {
    return thread ? threadItem(thread) : processItem(process);
  }
}

function processItem(process: ProcessInformation): vscode.TreeItem {
  const item = new vscode.TreeItem(`${process.name} (${process.id})`, vscode.TreeItemCollapsibleState.Expanded);
  item.id = `process ${process.id}`;
  const owner = process.provider ? ` of ${process.provider}` : '';
  item.description = `${process.kind}${owner} · ${bytes(process.workingSet)} present · ${process.instructions.toLocaleString('en')} instructions`;
  item.iconPath = new vscode.ThemeIcon(KIND_ICONS[process.kind]);
  item.tooltip = `${process.commandLine}\nparent ${process.parent || 'none'}, ${process.pageFaults} page faults`;
  return item;
}

function threadItem(thread: ThreadInformation): vscode.TreeItem {
  const item = new vscode.TreeItem(thread.name ? `${thread.name} (${thread.id})` : `thread ${thread.id}`);
  item.id = `thread ${thread.id}`;
  const state = thread.waitReason ? `waiting: ${thread.waitReason}` : thread.state;
  item.description = `${state} · at ${address(thread.rip)} · priority ${thread.priority}`;
  item.iconPath = new vscode.ThemeIcon(thread.state === 'waiting' ? 'debug-pause' : 'git-commit');
  return item;
}
