/** The Objects view: the name space of the kernel's objects, as WinObj shows it. */

import * as vscode from 'vscode';
import type { ObjectInformation } from '../../adapter/index.ts';
import { iconOfType } from './objectTypes.ts';
import { StopView } from './stopView.ts';

interface Node {
  readonly object: ObjectInformation;
  readonly all: readonly ObjectInformation[];
}

const ROOT = '\\';

export class ObjectsView extends StopView<Node> {
  override async getChildren(node?: Node): Promise<Node[]> {
    const session = this.sessions.active;
    if (!session) return [];
    if (node) return childrenOf(node.object.name, node.all);
    const { objects } = await this.sessions.request(session, 'pico/objects', {});
    return childrenOf(ROOT, objects);
  }

  override getTreeItem({ object, all }: Node): vscode.TreeItem {
    const { None, Collapsed } = vscode.TreeItemCollapsibleState;
    const item = new vscode.TreeItem(
      object.name.slice(object.name.lastIndexOf('\\') + 1),
      childrenOf(object.name, all).length ? Collapsed : None,
    );
    item.id = `object ${object.name}`;
    item.description = [object.type, object.detail].filter(Boolean).join(' · ');
    item.iconPath = new vscode.ThemeIcon(iconOfType(object.type));
    item.tooltip = `${object.name}\n${object.pointerCount} references, ${object.handleCount} handles`;
    return item;
  }
}

function childrenOf(directory: string, all: readonly ObjectInformation[]): Node[] {
  const prefix = directory === ROOT ? ROOT : `${directory}\\`;
  return all
    .filter(({ name }) => name.startsWith(prefix) && name !== ROOT && !name.slice(prefix.length).includes('\\'))
    .map(object => ({ object, all }));
}
