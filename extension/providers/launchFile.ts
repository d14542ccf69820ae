/** Puts a launch configuration into a folder's launch.json. */

import * as vscode from 'vscode';
import { type NamedConfiguration, withConfiguration } from './launchText.ts';

/** How long VS Code may take to see what was written. */
const PATIENCE_MILLISECONDS = 5000;

/** Whether the configuration is there now, so that F5 starts it; false where launch.json has mistakes. */
export async function addLaunchConfiguration(
  folder: vscode.WorkspaceFolder,
  configuration: NamedConfiguration,
): Promise<boolean> {
  const file = vscode.Uri.joinPath(folder.uri, '.vscode', 'launch.json');
  const document = await vscode.workspace.openTextDocument(file).then(undefined, () => undefined);
  const text = withConfiguration(document?.getText() ?? '', configuration);
  if (text === undefined) return false;
  const seen = whenSeen(folder, configuration.name);
  if (document) {
    // Through the editor, which may hold changes of its author's.
    const edit = new vscode.WorkspaceEdit();
    edit.replace(file, new vscode.Range(0, 0, document.lineCount, 0), text);
    await vscode.workspace.applyEdit(edit);
    await document.save();
  } else {
    await vscode.workspace.fs.writeFile(file, new TextEncoder().encode(text));
  }
  await seen;
  return true;
}

/** Names of the folder's launch configurations. */
export function launchNames(folder: vscode.WorkspaceFolder): string[] {
  const configurations = vscode.workspace
    .getConfiguration('launch', folder)
    .get<{ readonly name?: string }[]>('configurations', []);
  return configurations.map(({ name = '' }) => name);
}

function whenSeen(folder: vscode.WorkspaceFolder, name: string): Promise<void> {
  return new Promise(resolve => {
    const end = (): void => {
      clearTimeout(timer);
      listener.dispose();
      resolve();
    };
    const timer = setTimeout(end, PATIENCE_MILLISECONDS);
    const listener = vscode.workspace.onDidChangeConfiguration(() => {
      if (launchNames(folder).includes(name)) end();
    });
  });
}
