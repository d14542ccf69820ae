/** The Address Space view: processes, their allocations, and the regions of each, as System Informer groups them. */

import * as vscode from 'vscode';
import type { AddressSpaceInformation, Allocation, ProcessInformation, Region } from '../../adapter/index.ts';
import { iconOfKind } from './processKinds.ts';
import { address, bytes } from './sizes.ts';
import { StopView } from './stopView.ts';

type Node =
  | { readonly kind: 'process'; readonly process: ProcessInformation }
  | { readonly kind: 'facts'; readonly process: ProcessInformation }
  | { readonly kind: 'refusal'; readonly process: number; readonly sentence: string }
  | { readonly kind: 'allocation'; readonly process: number; readonly allocation: Allocation }
  | { readonly kind: 'region'; readonly process: number; readonly region: Region };

/** What commands on the view's items get. */
export interface RegionPlace {
  readonly process: number;
  readonly address: number;
  readonly size: number;
}

export class AddressSpaceView extends StopView<Node> {
  override async getChildren(node?: Node): Promise<Node[]> {
    const session = this.sessions.active;
    if (!session) return [];
    if (!node) {
      const { processes } = await this.sessions.request(session, 'pico/processes', {});
      return processes.map(process => ({ kind: 'process', process }));
    }
    if (node.kind === 'process') {
      const { addressSpace } = await this.sessions.request(session, 'pico/addressSpace', { process: node.process.id });
      const { id, facts } = node.process;
      return [
        ...(facts.length ? [{ kind: 'facts', process: node.process } as const] : []),
        ...(addressSpace?.refusal ? [{ kind: 'refusal', process: id, sentence: addressSpace.refusal } as const] : []),
        ...allocationNodes(addressSpace),
      ];
    }
    if (node.kind !== 'allocation') return [];
    return node.allocation.regions.map(region => ({ kind: 'region', process: node.process, region }));
  }

  override getTreeItem(node: Node): vscode.TreeItem {
    switch (node.kind) {
      case 'process':
        return processItem(node.process);
      case 'facts':
        return factsItem(node.process);
      case 'refusal':
        return refusalItem(node.process, node.sentence);
      case 'allocation':
        return allocationItem(node.process, node.allocation);
      case 'region':
        return regionItem(node.process, node.region);
    }
  }
}

/** Where an item of the view is; undefined for items that are no memory. */
export function placeOf(node: Node | undefined): RegionPlace | undefined {
  if (node?.kind === 'allocation')
    return { process: node.process, address: node.allocation.base, size: node.allocation.size };
  if (node?.kind === 'region') return { process: node.process, address: node.region.base, size: node.region.size };
  return undefined;
}

function allocationNodes(space: AddressSpaceInformation | undefined): Node[] {
  return (space?.allocations ?? []).map(allocation => ({
    kind: 'allocation',
    process: space?.process ?? 0,
    allocation,
  }));
}

function processItem(process: ProcessInformation): vscode.TreeItem {
  const { Collapsed, Expanded } = vscode.TreeItemCollapsibleState;
  const isUser = process.kind === 'pico' || process.kind === 'traditional';
  const item = new vscode.TreeItem(`${process.name} (${process.id})`, isUser ? Expanded : Collapsed);
  item.id = `process ${process.id}`;
  item.description = [
    `${process.kind}${process.provider ? ` of ${process.provider}` : ''}`,
    ...(process.commit ? [`${bytes(process.commit)} committed`, `${bytes(process.workingSet)} present`] : []),
  ].join(' · ');
  item.iconPath = new vscode.ThemeIcon(iconOfKind(process.kind));
  item.tooltip = tooltip([
    ['Command line', process.commandLine || '–'],
    ['Committed', bytes(process.commit)],
    ['Working set', bytes(process.workingSet)],
    ['Page faults', process.pageFaults.toLocaleString('en')],
    ...Object.entries(process.faults).map(([name, count]) => [`– ${name}`, count.toLocaleString('en')] as const),
  ]);
  return item;
}

/** What a minimal process does not have is a fact about it, not an error. */
function factsItem(process: ProcessInformation): vscode.TreeItem {
  const item = new vscode.TreeItem(process.facts.join(', '));
  item.id = `facts ${process.id}`;
  item.iconPath = new vscode.ThemeIcon('info');
  item.tooltip = vscode.l10n.t(
    'A minimal process starts with an empty address space: the kernel maps nothing into it.',
  );
  return item;
}

function refusalItem(process: number, sentence: string): vscode.TreeItem {
  const item = new vscode.TreeItem(sentence);
  item.id = `refusal ${process}`;
  item.iconPath = new vscode.ThemeIcon('eye-closed');
  item.tooltip = sentence;
  return item;
}

function allocationItem(process: number, allocation: Allocation): vscode.TreeItem {
  const { Collapsed } = vscode.TreeItemCollapsibleState;
  const item = new vscode.TreeItem(address(allocation.base), Collapsed);
  item.id = `allocation ${process} ${allocation.base}`;
  const protections = [...new Set(allocation.regions.map(region => region.protection || 'reserved'))].join(' ');
  const use = allocation.use.replace(/^.*[/\\]/, '');
  item.description = [protections, bytes(allocation.size), use, allocation.type.toLowerCase()]
    .filter(Boolean)
    .join(' · ');
  item.iconPath = new vscode.ThemeIcon(iconOf(allocation));
  item.tooltip = tooltip([
    ['Base', address(allocation.base)],
    ['Size', bytes(allocation.size)],
    ['Type', allocation.type],
    ['VAD', allocation.vadType],
    ['Original protection', allocation.allocationProtection || 'none'],
    ['Committed', bytes(allocation.committed)],
    ['Commit charge', bytes(allocation.commitCharge)],
    ...workingSetRows(allocation),
    ['Section', allocation.section || '–'],
    ['Use', allocation.use || '–'],
  ]);
  const readable = allocation.regions.some(isReadable);
  item.contextValue = `address${readable ? ' readable' : ''}${allocation.regions.some(isExecutable) ? ' executable' : ''}`;
  return item;
}

function regionItem(process: number, region: Region): vscode.TreeItem {
  const item = new vscode.TreeItem(address(region.base));
  item.id = `region ${process} ${region.base}`;
  const resident = region.workingSet ? `${bytes(region.workingSet)} present` : '';
  item.description = [region.protection || region.state, bytes(region.size), region.typeText, resident]
    .filter(Boolean)
    .join(' · ');
  item.tooltip = tooltip([
    ['Base', address(region.base)],
    ['End', address(region.base + region.size)],
    ['Type', region.typeText],
    ['Protection', region.protection || 'none'],
    ['Committed', bytes(region.committed)],
    ...workingSetRows(region),
    ...ENTRY_STATES.flatMap(([state, text]) =>
      region.entries[state] ? [[text, bytes(region.entries[state])] as const] : [],
    ),
  ]);
  item.contextValue = `address${isReadable(region) ? ' readable' : ''}${isExecutable(region) ? ' executable' : ''}`;
  return item;
}

/** What the memory manager knows of committed pages, in its own words. */
const ENTRY_STATES: readonly (readonly [state: keyof Region['entries'], text: string])[] = [
  ['valid', 'Valid'],
  ['transition', 'In transition'],
  ['demandZero', 'Demand zero'],
  ['pageFile', 'In the compression store'],
  ['prototype', 'Prototype'],
];

/** System Informer's columns. */
function workingSetRows(memory: Allocation | Region): (readonly [string, string])[] {
  return [
    ['Total WS', bytes(memory.workingSet)],
    ['Private WS', bytes(memory.privateWorkingSet)],
    ['Shareable WS', bytes(memory.shareableWorkingSet)],
    ['Shared WS', bytes(memory.sharedWorkingSet)],
    ['Locked WS', bytes(memory.lockedWorkingSet)],
  ];
}

function isReadable(region: Region): boolean {
  return region.committed > 0 && region.protection !== 'NA';
}

function isExecutable(region: Region): boolean {
  return region.protection.includes('X');
}

function iconOf(allocation: Allocation): string {
  if (allocation.use === '[stack]') return 'layers';
  if (allocation.use === '[heap]') return 'database';
  if (allocation.type === 'Private') return 'lock';
  return allocation.regions.some(isExecutable) ? 'file-code' : 'file';
}

function tooltip(rows: readonly (readonly [string, string])[]): vscode.MarkdownString {
  return new vscode.MarkdownString(
    ['| | |', '|:--|:--|', ...rows.map(([name, value]) => `| ${name} | \`${value}\` |`)].join('\n'),
  );
}
