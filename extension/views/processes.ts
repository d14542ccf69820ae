/**
 * The Processes view: every process of the machine below its parent, told apart by kind, with its threads, what they do,
 * and its handles.
 */

import * as vscode from 'vscode';
import type { HandleInformation, ProcessInformation, ThreadInformation } from '../../adapter/index.ts';
import { iconOfType } from './objectTypes.ts';
import { iconOfKind, meaningOfKind } from './processKinds.ts';
import { address, bytes } from './sizes.ts';
import { StopView } from './stopView.ts';

type Node =
  | { readonly kind: 'process'; readonly process: ProcessInformation; readonly all: readonly ProcessInformation[] }
  | { readonly kind: 'thread'; readonly thread: ThreadInformation }
  | { readonly kind: 'handles'; readonly process: ProcessInformation }
  | { readonly kind: 'handle'; readonly process: number; readonly handle: HandleInformation };

export class ProcessesView extends StopView<Node> {
  override async getChildren(node?: Node): Promise<Node[]> {
    const session = this.sessions.active;
    if (!session) return [];
    if (!node) {
      const { processes } = await this.sessions.request(session, 'pico/processes', {});
      return processes
        .filter(({ parent }) => !processes.some(({ id }) => id === parent))
        .map(process => ({ kind: 'process', process, all: processes }));
    }
    if (node.kind === 'handles') {
      const { id } = node.process;
      const { handles } = await this.sessions.request(session, 'pico/handles', { process: id });
      return handles.map(handle => ({ kind: 'handle', process: id, handle }));
    }
    return node.kind === 'process' ? partsOf(node.process, node.all) : [];
  }

  override getTreeItem(node: Node): vscode.TreeItem {
    switch (node.kind) {
      case 'process':
        return processItem(node.process, partsOf(node.process, node.all).length > 0);
      case 'thread':
        return threadItem(node.thread);
      case 'handles':
        return handlesItem(node.process);
      case 'handle':
        return handleItem(node.process, node.handle);
    }
  }
}

function partsOf(process: ProcessInformation, all: readonly ProcessInformation[]): Node[] {
  return [
    ...process.threads.map((thread): Node => ({ kind: 'thread', thread })),
    ...(process.handleCount ? [{ kind: 'handles', process } as const] : []),
    ...all
      .filter(({ parent }) => parent === process.id)
      .map((child): Node => ({ kind: 'process', process: child, all })),
  ];
}

function processItem(process: ProcessInformation, hasParts: boolean): vscode.TreeItem {
  const { None, Collapsed, Expanded } = vscode.TreeItemCollapsibleState;
  const state = hasParts ? (process.kind === 'system' ? Collapsed : Expanded) : None;
  const item = new vscode.TreeItem(`${process.name} (${process.id})`, state);
  item.id = `process ${process.id}`;
  const owner = process.provider ? ` of ${process.provider}` : '';
  const facts = [
    `${process.kind}${owner}`,
    ...(process.workingSet ? [`${bytes(process.workingSet)} present`] : []),
    ...(process.instructions ? [`${process.instructions.toLocaleString('en')} instructions`] : []),
  ];
  item.description = facts.join(' · ');
  item.iconPath = new vscode.ThemeIcon(iconOfKind(process.kind));
  item.tooltip = [
    process.commandLine || process.name,
    `${process.kind}: ${meaningOfKind(process.kind)}`,
    `parent ${process.parent || 'none'}, ${process.pageFaults} page faults, ${process.handleCount} handles`,
  ].join('\n');
  return item;
}

function threadItem(thread: ThreadInformation): vscode.TreeItem {
  const item = new vscode.TreeItem(thread.name ? `${thread.name} (${thread.id})` : `thread ${thread.id}`);
  item.id = `thread ${thread.id}`;
  const state = thread.waitReason ? `waiting: ${thread.waitReason}` : thread.state;
  const suspended = thread.suspendCount ? ` · suspended ${thread.suspendCount}` : '';
  item.description = `${state}${suspended} · at ${address(thread.rip)} · priority ${thread.priority}`;
  item.iconPath = new vscode.ThemeIcon(thread.state === 'waiting' ? 'debug-pause' : 'git-commit');
  item.tooltip = [
    `priority ${thread.priority}, base ${thread.basePriority}`,
    `${thread.quantum.toLocaleString('en')} instructions left of its turn`,
    `${thread.instructions.toLocaleString('en')} instructions so far`,
    ...thread.waitObjects.map(({ type, name, detail }) =>
      ['waits for', type, name, detail && `(${detail})`].filter(Boolean).join(' '),
    ),
  ].join('\n');
  return item;
}

function handlesItem(process: ProcessInformation): vscode.TreeItem {
  const item = new vscode.TreeItem(
    vscode.l10n.t('{0} handles', process.handleCount),
    vscode.TreeItemCollapsibleState.Collapsed,
  );
  item.id = `handles ${process.id}`;
  item.iconPath = new vscode.ThemeIcon('key');
  return item;
}

function handleItem(process: number, handle: HandleInformation): vscode.TreeItem {
  const item = new vscode.TreeItem(`0x${handle.handle.toString(16)} ${handle.type}`);
  item.id = `handle ${process} ${handle.handle}`;
  item.description = [handle.name || handle.detail, `access 0x${handle.access.toString(16)}`]
    .filter(Boolean)
    .join(' · ');
  item.iconPath = new vscode.ThemeIcon(iconOfType(handle.type));
  item.tooltip = [
    `${handle.type} ${handle.object}`,
    handle.name,
    handle.detail,
    `${handle.pointerCount} references, ${handle.handleCount} handles`,
  ]
    .filter(Boolean)
    .join('\n');
  return item;
}
