/** The extension through VS Code's own API: configurations, sessions, custom requests, commands. */

import assert from 'node:assert/strict';
import * as path from 'node:path';
import * as vscode from 'vscode';

interface ToldMessage {
  readonly type: string;
  readonly event?: string;
  readonly body?: Record<string, unknown>;
}

const folder = (): vscode.WorkspaceFolder => {
  const found = vscode.workspace.workspaceFolders?.[0];
  assert.ok(found, 'the suite runs in a folder with a program');
  return found;
};

/** Starts `configuration` and collects what the adapter tells until the session ends. */
async function start(configuration: vscode.DebugConfiguration): Promise<{
  session: vscode.DebugSession;
  told: ToldMessage[];
  until(event: string): Promise<ToldMessage>;
}> {
  const told: ToldMessage[] = [];
  let wake: () => void = () => {};
  const tracker = vscode.debug.registerDebugAdapterTrackerFactory('pico', {
    createDebugAdapterTracker: () => ({
      onDidSendMessage(message: ToldMessage) {
        told.push(message);
        wake();
      },
    }),
  });
  assert.ok(await vscode.debug.startDebugging(folder(), configuration));
  const session = vscode.debug.activeDebugSession;
  assert.ok(session);
  let seen = 0;
  return {
    session,
    told,
    async until(event) {
      for (;;) {
        for (; seen < told.length; seen++)
          if (told[seen].type === 'event' && told[seen].event === event) {
            if (event === 'terminated') tracker.dispose();
            return told[seen++];
          }
        await new Promise<void>(resolve => {
          wake = resolve;
        });
      }
    },
  };
}

/** Presses Continue once VS Code itself shows the stop: before that the command does nothing. */
async function continueFromStop(): Promise<void> {
  while (!vscode.debug.activeStackItem) await new Promise(resolve => setTimeout(resolve, 20));
  await vscode.commands.executeCommand('workbench.action.debug.continue');
}

const program = (): string => path.join(folder().uri.fsPath, 'hello');

describe('the extension', () => {
  it('is there and activates quickly', async () => {
    const extension = vscode.extensions.all.find(candidate => candidate.id.endsWith('.pico-process-debugger'));
    assert.ok(extension);
    await extension.activate();
    const commands = await vscode.commands.getCommands(true);
    for (const name of ['pico.debugProgram', 'pico.openMemory', 'pico.disassemble'])
      assert.ok(commands.includes(name), name);
  });

  it('runs a program from entry to exit', async () => {
    const { session, told, until } = await start({
      type: 'pico',
      request: 'launch',
      name: 'hello',
      program: program(),
      stopOnEntry: true,
    });
    const stopped = await until('stopped');
    assert.equal(stopped.body?.reason, 'entry');
    const { processes } = (await session.customRequest('pico/processes', {})) as {
      processes: { id: number; kind: string; facts: string[] }[];
    };
    assert.deepEqual(
      processes.map(({ kind }) => kind),
      ['system', 'pico'],
    );
    assert.ok(processes[1].facts.includes('no PEB'));
    const { addressSpace } = (await session.customRequest('pico/addressSpace', { process: processes[1].id })) as {
      addressSpace: { allocations: { use: string }[] };
    };
    assert.ok(addressSpace.allocations.some(allocation => allocation.use === '[stack]'));
    await continueFromStop();
    await until('terminated');
    const output = told
      .filter(message => message.event === 'output')
      .map(message => String(message.body?.output))
      .join('');
    assert.match(output, /hello/);
    assert.equal(told.find(message => message.event === 'exited')?.body?.exitCode, 0);
  });

  it('stops at a system call breakpoint, with a condition', async () => {
    const breakpoint = new vscode.FunctionBreakpoint('syscall:write', true, 'fd == 1 && count == 6');
    vscode.debug.addBreakpoints([breakpoint]);
    try {
      const { until } = await start({
        type: 'pico',
        request: 'launch',
        name: 'hello',
        program: program(),
        stopOnEntry: false,
      });
      const stopped = await until('stopped');
      assert.match(String(stopped.body?.text ?? stopped.body?.description), /write\(1, "hello\\n", 6\)/);
      await continueFromStop();
      await until('terminated');
    } finally {
      vscode.debug.removeBreakpoints([breakpoint]);
    }
  });

  it('says what is wrong with a launch configuration', async () => {
    const messages: string[] = [];
    const tracker = vscode.debug.registerDebugAdapterTrackerFactory('pico', {
      createDebugAdapterTracker: () => ({
        onDidSendMessage(message: { type: string; success?: boolean; body?: { error?: { format: string } } }) {
          if (message.type === 'response' && message.success === false) messages.push(JSON.stringify(message.body));
        },
      }),
    });
    // VS Code shows the sentence in a dialog, and startDebugging waits for it; the suite goes on.
    void vscode.debug.startDebugging(folder(), {
      type: 'pico',
      request: 'launch',
      name: 'wrong',
      program: program(),
      stopOnEntri: true,
    });
    for (let waited = 0; messages.length === 0 && waited < 20_000; waited += 50)
      await new Promise(resolve => setTimeout(resolve, 50));
    tracker.dispose();
    assert.match(messages.join(''), /stopOnEntri.*stopOnEntry/);
    await vscode.commands.executeCommand('workbench.action.closeMessages').then(undefined, () => {});
  });
});
