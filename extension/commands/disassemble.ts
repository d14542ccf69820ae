/** Opens the assembly document at an address. */

import * as vscode from 'vscode';
import type { SessionWatcher } from '../sessions.ts';
import type { RegionPlace } from '../views/addressSpace.ts';

export async function disassemble(sessions: SessionWatcher, place: RegionPlace | undefined): Promise<void> {
  const session = sessions.active;
  if (!session || !place) return;
  const { source, line } = await sessions.request(session, 'pico/openDisassembly', place);
  const uri = vscode.debug.asDebugSourceUri(source as vscode.DebugProtocolSource, session);
  const document = await vscode.workspace.openTextDocument(uri);
  const position = new vscode.Position(Math.max(0, line - 1), 0);
  await vscode.window.showTextDocument(document, { selection: new vscode.Range(position, position) });
}
