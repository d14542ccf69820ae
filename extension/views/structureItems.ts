/** Items of the Address Space view for structures that kernel and user code share: PEB, TEB, shared user data. */

import * as vscode from 'vscode';
import type { FieldInformation, StructureInformation } from '../../adapter/index.ts';
import { address, bytes } from './sizes.ts';
import { tooltip } from './tooltip.ts';

export function structureItem(process: number, structure: StructureInformation): vscode.TreeItem {
  const item = new vscode.TreeItem(structure.title, vscode.TreeItemCollapsibleState.Collapsed);
  item.id = `structure ${process} ${structure.address}`;
  item.description = `${address(structure.address)} · ${bytes(structure.size)}`;
  item.iconPath = new vscode.ThemeIcon('symbol-structure');
  item.contextValue = 'address readable';
  return item;
}

export function fieldItem(process: number, of: StructureInformation, field: FieldInformation): vscode.TreeItem {
  const item = new vscode.TreeItem(field.name);
  item.id = `field ${process} ${of.address} ${field.offset} ${field.name}`;
  item.description = field.value;
  item.iconPath = new vscode.ThemeIcon('symbol-field');
  item.tooltip = tooltip([
    ['Offset', `0x${field.offset.toString(16)}`],
    ['Type', field.type],
    ['Value', field.value],
    ...(field.documentation ? [['', field.documentation] as const] : []),
  ]);
  item.contextValue = 'address readable';
  return item;
}
