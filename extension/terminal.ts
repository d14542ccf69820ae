/** The guest's terminal: drawn here, without a shell or another process in between. */

import * as vscode from 'vscode';
import type { CustomEvents, CustomRequests } from '../adapter/index.ts';

/** Says in a launch that this extension shows terminals itself; names that begin so are VS Code's and ours alone. */
export const SHOWS_TERMINALS = { __terminal: true };

export function showTerminals(): vscode.Disposable {
  const panes = new Map<string, Pane>();
  return vscode.Disposable.from(
    vscode.debug.onDidReceiveDebugSessionCustomEvent(({ session, event, body }) => {
      if (event === 'pico/terminal') {
        panes.get(session.id)?.dispose();
        panes.set(session.id, new Pane(session, (body as CustomEvents['pico/terminal']).title));
      }
      if (event === 'pico/terminalOutput') panes.get(session.id)?.show((body as { text: string }).text);
      if (event === 'pico/terminalEnded') panes.get(session.id)?.end();
    }),
    vscode.debug.onDidTerminateDebugSession(session => {
      panes.get(session.id)?.end();
      panes.delete(session.id);
    }),
  );
}

class Pane implements vscode.Pseudoterminal {
  private readonly session: vscode.DebugSession;
  private readonly written = new vscode.EventEmitter<string>();
  private readonly closing = new vscode.EventEmitter<void>();
  readonly onDidWrite = this.written.event;
  readonly onDidClose = this.closing.event;
  private readonly terminal: vscode.Terminal;
  /** What came before the terminal was ready to draw; undefined from then on. */
  private early: string | undefined = '';
  private ended = false;

  constructor(session: vscode.DebugSession, title: string) {
    this.session = session;
    this.terminal = vscode.window.createTerminal({ name: title, pty: this });
    // The keyboard stays where it is, as with terminals of other debuggers.
    this.terminal.show(true);
  }

  open(size: vscode.TerminalDimensions | undefined): void {
    const { early = '' } = this;
    this.early = undefined;
    this.show(early);
    if (size) this.setDimensions(size);
  }

  setDimensions({ rows, columns }: vscode.TerminalDimensions): void {
    this.tell({ rows, columns });
  }

  handleInput(text: string): void {
    if (this.ended) this.closing.fire();
    else this.tell({ text });
  }

  close(): void {
    this.tell({ closed: true });
    this.ended = true;
  }

  show(text: string): void {
    if (this.early === undefined) this.written.fire(text);
    else this.early += text;
  }

  /** What the program has written stays until a key is pressed. */
  end(): void {
    if (this.ended) return;
    this.ended = true;
    this.show(`\r\n\x1b[2m${vscode.l10n.t('The program has ended. Press any key to close this terminal.')}\x1b[0m\r\n`);
  }

  dispose(): void {
    this.ended = true;
    this.terminal.dispose();
  }

  private tell(input: CustomRequests['pico/terminalInput']['arguments']): void {
    // A session that has ended in between hears nothing.
    if (!this.ended) this.session.customRequest('pico/terminalInput', input).then(undefined, () => undefined);
  }
}
