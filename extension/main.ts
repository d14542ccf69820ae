/** Activation: registers everything, does nothing else. */

import * as vscode from 'vscode';
import { registerCommands } from './commands/register.ts';
import { PicoConfigurationProvider } from './configuration.ts';
import { watchForPrograms } from './f5.ts';
import { InlineCall } from './inlineCall.ts';
import { PendingCallWatcher } from './pendingCall.ts';
import { ProviderProblems } from './providers/problems.ts';
import { tellOfReloads } from './providers/reloads.ts';
import { SessionWatcher } from './sessions.ts';
import { showTerminals } from './terminal.ts';
import { AddressSpaceView } from './views/addressSpace.ts';
import { MemoryDocuments } from './views/memoryDocument.ts';
import { ObjectsView } from './views/objects.ts';
import { ProcessesView } from './views/processes.ts';

export function activate(context: vscode.ExtensionContext): void {
  const shipped = {
    templates: context.asAbsolutePath('extension/templates'),
    types: context.asAbsolutePath('dist/pico-provider.d.ts'),
  };
  const configurations = new PicoConfigurationProvider(shipped.types);
  const { Dynamic } = vscode.DebugConfigurationProviderTriggerKind;
  const sessions = new SessionWatcher();
  const pendingCall = new PendingCallWatcher(sessions);
  const addressSpace = new AddressSpaceView(sessions);
  const processes = new ProcessesView(sessions);
  const objects = new ObjectsView(sessions);
  const memory = new MemoryDocuments(sessions);
  context.subscriptions.push(
    sessions,
    pendingCall,
    watchForPrograms(),
    new ProviderProblems(),
    tellOfReloads(),
    showTerminals(),
    vscode.debug.registerDebugConfigurationProvider('pico', configurations),
    vscode.debug.registerDebugConfigurationProvider('pico', configurations, Dynamic),
    vscode.languages.registerInlineValuesProvider('pico-disassembly', new InlineCall(sessions, pendingCall)),
    vscode.window.registerTreeDataProvider('pico.addressSpace', addressSpace),
    vscode.window.registerTreeDataProvider('pico.processes', processes),
    vscode.window.registerTreeDataProvider('pico.objects', objects),
    vscode.workspace.registerTextDocumentContentProvider(MemoryDocuments.scheme, memory),
    ...registerCommands({ sessions, views: [addressSpace, processes, objects], memory, shipped, pendingCall }),
  );
}
