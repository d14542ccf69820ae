/**
 * The Processes view: every process of the machine below its parent, told apart by kind, with its threads, what they do,
 * and its handles.
 */

import * as vscode from 'vscode';
import type { HandleInformation, ProcessInformation, ThreadInformation } from '../../adapter/index.ts';
import { iconOfType } from './objectTypes.ts';
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

/** How the kinds of process look, and what they are in a sentence. */
const KINDS: Readonly<Record<ProcessInformation['kind'], { readonly icon: string; readonly meaning: string }>> = {
  system: {
    icon: 'settings-gear',
    meaning: "the kernel's own process, parent of its minimal processes; it has no user address space",
  },
  traditional: { icon: 'window', meaning: 'a process with ntdll, PEB, TEBs and shared user data' },
  minimal: { icon: 'circle-outline', meaning: 'an empty address space that the kernel uses for work of its own' },
  secure: { icon: 'shield', meaning: 'a minimal process whose memory belongs to the secure kernel' },
  pico: { icon: 'server-process', meaning: 'a minimal process whose system calls and exceptions go to its provider' },
};

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
  const { icon, meaning } = KINDS[process.kind];
  item.iconPath = new vscode.ThemeIcon(icon);
  item.tooltip = [
    process.commandLine || process.name,
    `${process.kind}: ${meaning}`,
    `parent ${process.parent || 'none'}, ${process.pageFaults} page faults, ${process.handleCount} handles`,
  ].join('\n');
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

function handlesItem(process: ProcessInformation): vscode.TreeItem {
  const item = new vscode.TreeItem(
    vscode.l10n.t('{0} handles', process.handleCount),
    vscode.TreeItemCollapsibleState.Collapsed,
  );
  item.id = `handles ${process.id}`;
  item.iconPath = new vscode.ThemeIcon('symbol-key');
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
