/** Pico: New Provider… writes a provider with a program to try it on, and a launch configuration for both. */

import * as path from 'node:path';
import * as vscode from 'vscode';
import { addLaunchConfiguration, launchNames } from '../providers/launchFile.ts';
import { freeName, problemWithName, type Shipped, type Template, writeProvider } from '../providers/template.ts';

export async function newProvider(shipped: Shipped): Promise<void> {
  const folder = await chooseFolder();
  if (!folder) return;
  const template = await chooseTemplate();
  if (!template) return;
  const parent = folder.uri.fsPath;
  const name = await vscode.window.showInputBox({
    title: vscode.l10n.t('New Provider'),
    prompt: vscode.l10n.t('Its name: a folder of this name is made in {0}', folder.name),
    value: await freeName(parent, template),
    validateInput: text => problemWithName(parent, text),
  });
  if (name === undefined) return;
  const { provider, program } = await writeProvider(shipped, template, path.join(parent, name));
  const inFolder = (file: string): string =>
    `\${workspaceFolder}/${path.relative(parent, file).split(path.sep).join('/')}`;
  const configuration = {
    type: 'pico',
    request: 'launch',
    name: freeLabel(name, launchNames(folder)),
    program: inFolder(program),
    provider: inFolder(provider),
    stopOnEntry: true,
  };
  const added = await addLaunchConfiguration(folder, configuration);
  await vscode.window.showTextDocument(vscode.Uri.file(provider), { preview: false });
  void tell(folder, configuration, added);
}

async function chooseFolder(): Promise<vscode.WorkspaceFolder | undefined> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  if (folders.length > 1) return vscode.window.showWorkspaceFolderPick();
  if (folders.length === 0)
    void vscode.window.showInformationMessage(vscode.l10n.t('Open a folder first: the provider is written into it.'));
  return folders[0];
}

async function chooseTemplate(): Promise<Template | undefined> {
  const items: (vscode.QuickPickItem & { template: Template })[] = [
    {
      template: 'linux',
      label: vscode.l10n.t('Extend Linux'),
      detail: vscode.l10n.t('Serve, watch or change single system calls; the Linux provider does the rest.'),
    },
    {
      template: 'system',
      label: vscode.l10n.t('A system of its own'),
      detail: vscode.l10n.t('Your own system calls and exceptions, for programs that know no other.'),
    },
  ];
  const title = vscode.l10n.t('New Provider');
  const placeHolder = vscode.l10n.t('What should the provider be?');
  return (await vscode.window.showQuickPick(items, { title, placeHolder }))?.template;
}

/** F5 starts the first configuration of a name. */
function freeLabel(name: string, taken: readonly string[]): string {
  for (let number = 1; ; number++) {
    const label = number === 1 ? name : `${name} (${number})`;
    if (!taken.includes(label)) return label;
  }
}

async function tell(
  folder: vscode.WorkspaceFolder,
  configuration: vscode.DebugConfiguration,
  added: boolean,
): Promise<void> {
  const { name } = configuration;
  const start = vscode.l10n.t('Start Debugging');
  const picked = added
    ? await vscode.window.showInformationMessage(vscode.l10n.t('{0} is ready: press F5.', name), start)
    : await vscode.window.showWarningMessage(
        vscode.l10n.t('{0} is ready, but launch.json has mistakes, so no configuration was added to it.', name),
        start,
      );
  if (picked === start) await vscode.debug.startDebugging(folder, configuration);
}
