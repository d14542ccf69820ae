/** Items of the Address Space view for processes, allocations and regions. */

import * as vscode from 'vscode';
import type { Allocation, ProcessInformation, Region } from '../../adapter/index.ts';
import { iconOfKind } from './processKinds.ts';
import { address, bytes } from './sizes.ts';
import { tooltip } from './tooltip.ts';

export function processItem(process: ProcessInformation): vscode.TreeItem {
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
export function factsItem(process: ProcessInformation): vscode.TreeItem {
  const item = new vscode.TreeItem(process.facts.join(', '));
  item.id = `facts ${process.id}`;
  item.iconPath = new vscode.ThemeIcon('info');
  item.tooltip = vscode.l10n.t(
    'A minimal process starts with an empty address space: the kernel maps nothing into it.',
  );
  return item;
}

export function refusalItem(process: number, sentence: string): vscode.TreeItem {
  const item = new vscode.TreeItem(sentence);
  item.id = `refusal ${process}`;
  item.iconPath = new vscode.ThemeIcon('eye-closed');
  item.tooltip = sentence;
  return item;
}

export function allocationItem(process: number, allocation: Allocation): vscode.TreeItem {
  const { Collapsed } = vscode.TreeItemCollapsibleState;
  const item = new vscode.TreeItem(address(allocation.base), Collapsed);
  item.id = `allocation ${process} ${allocation.base}`;
  const protections = [...new Set(allocation.regions.map(region => region.protection || 'reserved'))].join(' ');
  const use = allocation.use.replace(/^.*[/\\]/, '');
  // What it is for comes first: views are narrow.
  item.description = [use, protections, bytes(allocation.size), allocation.type.toLowerCase()]
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

export function regionItem(process: number, region: Region): vscode.TreeItem {
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
