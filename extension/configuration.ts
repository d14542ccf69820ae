/** Launch configurations: made up when there is no launch.json, completed when there is. */

import * as path from 'node:path';
import * as vscode from 'vscode';
import { findPrograms, isProgram } from './programs.ts';
import { openFile } from './f5.ts';
import { SHOWS_TERMINALS } from './terminal.ts';
import { refreshTypes } from './providers/publishedTypes.ts';

const PROVIDER_FILE = /\.[cm]?[jt]s$/;
const SHOWN_MILLISECONDS = 8000;

export class PicoConfigurationProvider implements vscode.DebugConfigurationProvider {
  /** The pico-provider.d.ts of this extension. */
  private readonly types: string;

  constructor(types: string) {
    this.types = types;
  }

  /** What the dropdown of Run and Debug offers: one entry for each program of the folder. */
  async provideDebugConfigurations(folder: vscode.WorkspaceFolder | undefined): Promise<vscode.DebugConfiguration[]> {
    if (!folder) return [];
    return (await findPrograms(folder)).slice(0, 20).map(program => configurationFor(program, folder));
  }

  /** F5: without a launch.json VS Code hands in an empty configuration. */
  async resolveDebugConfiguration(
    folder: vscode.WorkspaceFolder | undefined,
    configuration: vscode.DebugConfiguration,
  ): Promise<vscode.DebugConfiguration | undefined> {
    if (configuration.type || configuration.request || configuration.program) return configuration;
    const program = await chooseProgram(folder);
    return program && configurationFor(program, folder);
  }

  /** A provider of the user's own is code that runs here: only where the user trusts the folder, and with current types. */
  async resolveDebugConfigurationWithSubstitutedVariables(
    _folder: vscode.WorkspaceFolder | undefined,
    given: vscode.DebugConfiguration,
  ): Promise<vscode.DebugConfiguration | undefined> {
    const configuration: vscode.DebugConfiguration = { ...given, ...SHOWS_TERMINALS };
    const provider: unknown = configuration.provider;
    if (typeof provider !== 'string' || !PROVIDER_FILE.test(provider)) return configuration;
    if (!vscode.workspace.isTrusted) {
      void vscode.window.showErrorMessage(
        vscode.l10n.t('The provider {0} is code that runs on this computer. Trust this workspace to use it.', provider),
      );
      return undefined;
    }
    if (await refreshTypes(provider, this.types))
      vscode.window.setStatusBarMessage(
        `$(check) ${vscode.l10n.t('pico-provider.d.ts beside {0} was brought up to date', path.basename(provider))}`,
        SHOWN_MILLISECONDS,
      );
    return configuration;
  }
}

/** A launch of `program` as the commands and F5 make it. */
export function configurationFor(
  program: vscode.Uri,
  folder: vscode.WorkspaceFolder | undefined,
): vscode.DebugConfiguration {
  const inside = folder && !path.relative(folder.uri.fsPath, program.fsPath).startsWith('..');
  const name = inside ? path.relative(folder.uri.fsPath, program.fsPath) : path.basename(program.fsPath);
  return { type: 'pico', request: 'launch', name: `Debug ${name}`, program: program.fsPath, stopOnEntry: true };
}

/** The program that is open in the editor, the only one of the folder, or the one that the user picks. */
export async function chooseProgram(folder: vscode.WorkspaceFolder | undefined): Promise<vscode.Uri | undefined> {
  const open = openFile();
  if (open && (await isProgram(open.fsPath))) return open;
  const programs = folder ? await findPrograms(folder) : [];
  if (programs.length === 1) return programs[0];
  if (programs.length === 0) {
    const browse = vscode.l10n.t('Choose a File…');
    const text = vscode.l10n.t('There is no Linux x86-64 program (ELF file) in this folder to debug.');
    if ((await vscode.window.showInformationMessage(text, browse)) !== browse) return undefined;
    return (await vscode.window.showOpenDialog({ canSelectMany: false, openLabel: vscode.l10n.t('Debug') }))?.[0];
  }
  const items = programs.map(program => ({
    label: path.basename(program.fsPath),
    description: vscode.workspace.asRelativePath(program),
    program,
  }));
  const picked = await vscode.window.showQuickPick(items, {
    placeHolder: vscode.l10n.t('Which program do you want to debug?'),
  });
  return picked?.program;
}
