/** The commands, by name. */

import * as vscode from 'vscode';
import { chooseProgram, configurationFor } from '../configuration.ts';
import type { SessionWatcher } from '../sessions.ts';
import { placeOf } from '../views/addressSpace.ts';
import type { MemoryDocuments } from '../views/memoryDocument.ts';
import { address } from '../views/sizes.ts';
import type { PendingCallWatcher } from '../pendingCall.ts';
import type { Shipped } from '../providers/template.ts';
import { disassemble } from './disassemble.ts';
import { injectFaults } from './injectFaults.ts';
import { newProvider } from './newProvider.ts';
import { openMemory } from './openMemory.ts';
import { returnError } from './returnError.ts';
import { sendInput } from './sendInput.ts';

export interface Parts {
  readonly sessions: SessionWatcher;
  readonly views: readonly { refresh(): void }[];
  readonly memory: MemoryDocuments;
  readonly shipped: Shipped;
  readonly pendingCall: PendingCallWatcher;
}

export function registerCommands(parts: Parts): vscode.Disposable[] {
  const commands: Record<string, (argument?: unknown) => unknown> = {
    'pico.debugProgram': async () => {
      const folder = vscode.workspace.workspaceFolders?.[0];
      const program = await chooseProgram(folder);
      if (program) await vscode.debug.startDebugging(folder, configurationFor(program, folder));
    },
    'pico.debugFile': async file => {
      if (!(file instanceof vscode.Uri)) return;
      const folder = vscode.workspace.getWorkspaceFolder(file);
      await vscode.debug.startDebugging(folder, configurationFor(file, folder));
    },
    'pico.openMemory': node => openMemory(parts, placeOf(node as Parameters<typeof placeOf>[0])),
    'pico.disassemble': node => disassemble(parts.sessions, placeOf(node as Parameters<typeof placeOf>[0])),
    'pico.copyAddress': node => {
      const place = placeOf(node as Parameters<typeof placeOf>[0]);
      return place && vscode.env.clipboard.writeText(address(place.address));
    },
    'pico.refresh': () => {
      for (const view of parts.views) view.refresh();
    },
    'pico.newProvider': () => newProvider(parts.shipped),
    'pico.sendInput': () => sendInput(parts.sessions),
    'pico.injectFaults': () => injectFaults(parts.sessions),
    'pico.returnError': thread => returnError(parts, thread),
  };
  return Object.entries(commands).map(([name, run]) => vscode.commands.registerCommand(name, run));
}
