/** Items of the Address Space view for the store of Memory Compression: what it is, its regions' records, each page. */

import * as vscode from 'vscode';
import type { CompressionStore, StoreRecord, StoreRegion } from '../../adapter/index.ts';
import { address, bytes } from './sizes.ts';
import { tooltip } from './tooltip.ts';

const PAGE = 0x1000;

export function storeItem({ statistics }: CompressionStore): vscode.TreeItem {
  const item = new vscode.TreeItem(vscode.l10n.t('{0} pages in the store', statistics.pages.toLocaleString('en')));
  item.id = 'store';
  item.description = `${bytes(statistics.originalSize)} in ${bytes(statistics.compressedSize)} · ratio ${statistics.ratio.toFixed(1)} · ${statistics.compressionFaults.toLocaleString('en')} compression faults`;
  item.iconPath = new vscode.ThemeIcon('archive');
  const count = (value: number): string => value.toLocaleString('en');
  item.tooltip = tooltip([
    ['Pages', count(statistics.pages)],
    ['– of zeros', count(statistics.zeroPages)],
    ['– kept as they are', count(statistics.rawPages)],
    ['Regions', `${count(statistics.regions)} of ${bytes(statistics.regionSize)}`],
    ['Wasted', bytes(statistics.wasted)],
    ['Stored since boot', count(statistics.storedPages)],
    ['Compression faults', count(statistics.compressionFaults)],
    ['Compactions', count(statistics.compactions)],
  ]);
  return item;
}

export function recordsItem(region: StoreRegion): vscode.TreeItem {
  const { Collapsed, None } = vscode.TreeItemCollapsibleState;
  const item = new vscode.TreeItem(
    vscode.l10n.t('{0} page records', region.records.length.toLocaleString('en')),
    region.records.length ? Collapsed : None,
  );
  item.id = `records ${region.base}`;
  item.description = `${bytes(region.live)} in use`;
  item.iconPath = new vscode.ThemeIcon('list-unordered');
  return item;
}

export function recordItem(region: StoreRegion, record: StoreRecord): vscode.TreeItem {
  const item = new vscode.TreeItem(`0x${record.key.toString(16)}`);
  item.id = `record ${region.base} ${record.offset} ${record.key}`;
  item.description = `${record.size === PAGE ? vscode.l10n.t('kept as it is') : bytes(record.size)} · at ${address(region.base + record.offset)}`;
  item.tooltip = tooltip([
    ['Page key', `0x${record.key.toString(16)}`],
    ['Paging file', `${record.pagingFile}`],
    ['Page', `${record.pageOffset}`],
    ['Compressed size', bytes(record.size)],
    ['Offset in the region', `0x${record.offset.toString(16)}`],
    ['Page table entries', `${record.references}`],
  ]);
  item.contextValue = 'address readable';
  return item;
}
