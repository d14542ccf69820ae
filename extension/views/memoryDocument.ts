/** Memory as a read-only text document of hexadecimal rows: what is shown where no hex editor is installed. */

import * as vscode from 'vscode';
import type { SessionWatcher } from '../sessions.ts';
import type { RegionPlace } from './addressSpace.ts';
import { address } from './sizes.ts';

const ROW = 16;
/** Longest text shown at once. */
const LIMIT = 0x1_0000;

export class MemoryDocuments implements vscode.TextDocumentContentProvider {
  static readonly scheme = 'pico-memory';
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changed.event;
  private readonly sessions: SessionWatcher;

  constructor(sessions: SessionWatcher) {
    this.sessions = sessions;
    sessions.onDidChange(() => {
      for (const document of vscode.workspace.textDocuments)
        if (document.uri.scheme === MemoryDocuments.scheme) this.changed.fire(document.uri);
    });
  }

  /** The document that shows this region. */
  uriOf(place: RegionPlace): vscode.Uri {
    const query = new URLSearchParams({
      process: String(place.process),
      address: String(place.address),
      size: String(place.size),
    });
    return vscode.Uri.from({
      scheme: MemoryDocuments.scheme,
      path: `/${address(place.address)}.hex`,
      query: query.toString(),
    });
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const query = new URLSearchParams(uri.query);
    const [process, base, size] = ['process', 'address', 'size'].map(name => Number(query.get(name)));
    const session = this.sessions.active;
    if (!session) return vscode.l10n.t('Memory can be read while the guest is stopped.');
    const { memoryReference } = await this.sessions.request(session, 'pico/openMemory', { process, address: base });
    const count = Math.min(size, LIMIT);
    const answer = (await session.customRequest('readMemory', { memoryReference, offset: 0, count })) as {
      data?: string;
    };
    const data = Buffer.from(answer.data ?? '', 'base64');
    const rows: string[] = [];
    for (let at = 0; at < data.length; at += ROW) rows.push(hexRow(base + at, data.subarray(at, at + ROW)));
    if (data.length < size) rows.push(`… ${size - data.length} more bytes`);
    return rows.join('\n');
  }
}

function hexRow(at: number, data: Uint8Array): string {
  const digits = [...data].map(byte => byte.toString(16).padStart(2, '0')).join(' ');
  const text = [...data].map(byte => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
  return `${address(at)}  ${digits.padEnd(ROW * 3 - 1)}  ${text}`;
}
