/** What is wrong with users' own providers, in the Problems view: types, syntax, imports, and what their code has thrown. */

import * as vscode from 'vscode';
import type { CustomEvents, Problem } from '../../adapter/index.ts';

/** Codes of TypeScript's own, which VS Code's TypeScript support shows by itself for documents that are open. */
const OF_TYPESCRIPT = /^TS\d+$/;

const SEVERITIES: Readonly<Record<Problem['severity'], vscode.DiagnosticSeverity>> = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
};

export class ProviderProblems implements vscode.Disposable {
  private readonly shown = vscode.languages.createDiagnosticCollection('pico');
  /** By provider. */
  private readonly known = new Map<string, readonly Problem[]>();
  /** By session: its provider, which the adapter watches for as long as the session lives. */
  private readonly watched = new Map<string, string>();
  private readonly subscriptions: vscode.Disposable[];

  constructor() {
    this.subscriptions = [
      this.shown,
      vscode.debug.onDidReceiveDebugSessionCustomEvent(({ session, event, body }) => {
        if (session.type === 'pico' && event === 'pico/providerProblems')
          this.replace(session.id, body as CustomEvents['pico/providerProblems']);
      }),
      vscode.debug.onDidTerminateDebugSession(({ id }) => this.watched.delete(id)),
      vscode.workspace.onDidSaveTextDocument(({ uri }) => this.forget(uri.fsPath)),
      vscode.workspace.onDidOpenTextDocument(() => this.show()),
      vscode.workspace.onDidCloseTextDocument(() => this.show()),
    ];
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private replace(session: string, { provider, problems }: CustomEvents['pico/providerProblems']): void {
    this.watched.set(session, provider);
    this.known.set(provider, problems);
    this.show();
  }

  /** A file that was saved when nobody looked at it any more: what was wrong may be mended. */
  private forget(file: string): void {
    const alive = new Set(this.watched.values());
    for (const [provider, problems] of this.known)
      if (!alive.has(provider) && problems.some(({ path }) => path === file)) this.known.delete(provider);
    this.show();
  }

  private show(): void {
    const elsewhere = filesOfTypeScript();
    const byFile = new Map<string, Problem[]>();
    for (const problem of [...this.known.values()].flat())
      if (!(OF_TYPESCRIPT.test(problem.code) && elsewhere.has(problem.path)))
        byFile.set(problem.path, [...(byFile.get(problem.path) ?? []), problem]);
    this.shown.clear();
    for (const [file, problems] of byFile) this.shown.set(vscode.Uri.file(file), problems.map(diagnosticOf));
  }
}

/** Files whose types and syntax VS Code's TypeScript support looks after. */
function filesOfTypeScript(): ReadonlySet<string> {
  if (!vscode.extensions.getExtension('vscode.typescript-language-features')) return new Set();
  const documents = vscode.workspace.textDocuments.filter(({ languageId }) => languageId === 'typescript');
  return new Set(documents.map(({ uri }) => uri.fsPath));
}

function diagnosticOf({ line, column, endLine, endColumn, severity, code, message }: Problem): vscode.Diagnostic {
  const range = new vscode.Range(line - 1, column - 1, endLine - 1, endColumn - 1);
  const diagnostic = new vscode.Diagnostic(range, message, SEVERITIES[severity]);
  diagnostic.source = 'pico';
  diagnostic.code = code;
  return diagnostic;
}
