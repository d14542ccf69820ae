/**
 * F5 on a program. VS Code chooses a debugger by the language of the open editor, and a binary has none; so while an
 * ELF program is open, or a folder with programs and nothing else to start, F5 is bound to our own command by a
 * context key. Wherever there is a launch.json, VS Code's own F5 stays.
 */

import * as vscode from 'vscode';
import { findPrograms, isProgram } from './programs.ts';

/** The `when` clause of the key binding in package.json. */
const CONTEXT = 'pico.startsProgram';

export function watchForPrograms(): vscode.Disposable {
  let latest = 0;
  const update = async (): Promise<void> => {
    const mine = ++latest;
    const starts = await startsProgram();
    if (mine === latest) await vscode.commands.executeCommand('setContext', CONTEXT, starts);
  };
  const launchFiles = vscode.workspace.createFileSystemWatcher('**/.vscode/launch.json');
  void update();
  return vscode.Disposable.from(
    launchFiles,
    launchFiles.onDidCreate(update),
    launchFiles.onDidDelete(update),
    vscode.window.tabGroups.onDidChangeTabs(update),
    vscode.window.tabGroups.onDidChangeTabGroups(update),
    vscode.workspace.onDidChangeWorkspaceFolders(update),
    // Files are seen before what is in them.
    vscode.workspace.onDidChangeConfiguration(change => change.affectsConfiguration('launch') && void update()),
  );
}

async function startsProgram(): Promise<boolean> {
  const folder = vscode.workspace.workspaceFolders?.[0];
  if (vscode.workspace.getConfiguration('launch', folder).get<unknown[]>('configurations', []).length > 0) return false;
  const file = openFile();
  if (file) return isProgram(file.fsPath);
  return (
    vscode.window.tabGroups.activeTabGroup.activeTab === undefined &&
    folder !== undefined &&
    (await findPrograms(folder)).length > 0
  );
}

/** The file of the active tab, whatever kind of editor shows it. */
export function openFile(): vscode.Uri | undefined {
  const input: unknown = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  if (input instanceof vscode.TabInputText || input instanceof vscode.TabInputCustom)
    return input.uri.scheme === 'file' ? input.uri : undefined;
  return undefined;
}
