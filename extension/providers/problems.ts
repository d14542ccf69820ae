/** What is wrong with users' own providers, in the Problems view: types, syntax, imports, and what their code has thrown. */

import * as vscode from 'vscode';
import type { CustomEvents, Problem } from '../../adapter/index.ts';

/** Source of the diagnostics of VS Code's own TypeScript support, which looks after documents that are open. */
const TYPESCRIPT = 'ts';

const SEVERITIES: Readonly<Record<Problem['severity'], vscode.DiagnosticSeverity>> = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
};

export class ProviderProblems implements vscode.Disposable {
  private readonly shown = vscode.languages.createDiagnosticCollection('pico');
  /** By provider. */
  private readonly known = new Map<string, readonly Problem[]>();
  private last = '[]';
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
      vscode.languages.onDidChangeDiagnostics(({ uris }) => {
        const files = new Set(uris.map(({ fsPath }) => fsPath));
        if ([...this.known.values()].flat().some(({ path }) => files.has(path))) this.show();
      }),
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
    const byFile = new Map<string, Problem[]>();
    for (const problem of [...this.known.values()].flat())
      byFile.set(problem.path, [...(byFile.get(problem.path) ?? []), problem]);
    const files = [...byFile].map(([file, problems]) => {
      const uri = vscode.Uri.file(file);
      const double = codesOfTypeScript(uri);
      return { uri, problems: problems.filter(({ code }) => !double.has(code)) };
    });
    const now = JSON.stringify(files);
    // What is shown changes diagnostics, too.
    if (now === this.last) return;
    this.last = now;
    this.shown.clear();
    for (const { uri, problems } of files) this.shown.set(uri, problems.map(diagnosticOf));
  }
}

/** `TS2322`: what VS Code itself shows of a file. Only codes: while its author types, lines are others. */
function codesOfTypeScript(uri: vscode.Uri): ReadonlySet<string> {
  const shown = vscode.languages.getDiagnostics(uri).filter(({ source }) => source === TYPESCRIPT);
  return new Set(shown.map(({ code }) => `TS${String(typeof code === 'object' ? code.value : code)}`));
}

function diagnosticOf({ line, column, endLine, endColumn, severity, code, message }: Problem): vscode.Diagnostic {
  const range = new vscode.Range(line - 1, column - 1, endLine - 1, endColumn - 1);
  const diagnostic = new vscode.Diagnostic(range, message, SEVERITIES[severity]);
  diagnostic.source = 'pico';
  diagnostic.code = code;
  return diagnostic;
}
