/** Opens a region in the hex editor, or as rows of text where that extension is not installed. */

import * as vscode from 'vscode';
import type { RegionPlace } from '../views/addressSpace.ts';
import { address } from '../views/sizes.ts';
import type { Parts } from './register.ts';

const HEX_EDITOR = 'ms-vscode.hexeditor';

export async function openMemory({ sessions, memory }: Parts, place: RegionPlace | undefined): Promise<void> {
  const session = sessions.active;
  if (!session || !place) return;
  if (!vscode.extensions.getExtension(HEX_EDITOR)) {
    const document = await vscode.workspace.openTextDocument(memory.uriOf(place));
    await vscode.window.showTextDocument(document, { preview: true });
    return;
  }
  const { memoryReference } = await sessions.request(session, 'pico/openMemory', place);
  // The form of VS Code's own "View Binary Data"; the hex editor asks the adapter for what it shows.
  const uri = vscode.Uri.from({
    scheme: 'vscode-debug-memory',
    authority: session.id,
    path: `/${encodeURIComponent(memoryReference)}/${address(place.address)}.bin`,
    query: `baseAddress=${place.address}`,
  });
  await vscode.commands.executeCommand('vscode.openWith', uri, 'hexEditor.hexedit');
}
