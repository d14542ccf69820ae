/** A debug session on `samples/hello/hello` over standard streams, as VS Code would drive it, printed as it goes. */

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { overStdio } from '../test/support/dap.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const program = process.argv[2] ?? `${root}samples/hello/hello`;
if (!existsSync(program)) {
  process.stderr.write(`${program} does not exist.\n`);
  process.exit(1);
}

const client = overStdio(`${root}dist/adapter.cjs`);

/** What is said while `action` runs, under a heading. */
async function chapter<Result>(heading: string, action: () => Promise<Result>): Promise<Result> {
  process.stdout.write(`\n${'─'.repeat(4)} ${heading} ${'─'.repeat(Math.max(4, 100 - heading.length))}\n\n`);
  const result = await action();
  process.stdout.write(client.takeTranscript());
  return result;
}

await chapter('VS Code introduces itself; the adapter says what it can do', () => client.initialize());
await chapter('F5: the machine boots, the program becomes a pico process', async () => {
  await client.request('launch', { program, stopOnEntry: true });
  await client.event('initialized');
});
await chapter('Breakpoints: the dispatch of write, and exceptions', async () => {
  await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'syscall:write' }] });
  await client.request('setExceptionBreakpoints', { filters: ['exception'] });
  await client.request('configurationDone', {});
});
const { threadId = 0 } = await chapter('The program stops at its entry point', () => client.stopped());
const frame = await chapter('Call stack, registers', async () => {
  await client.request('threads', {});
  const { stackFrames } = await client.request('stackTrace', { threadId });
  const { scopes } = await client.request('scopes', { frameId: stackFrames[0].id });
  await client.request('variables', { variablesReference: scopes[0].variablesReference });
  return stackFrames[0];
});
await chapter('Disassembly around RIP, and the assembly document', async () => {
  const memoryReference = frame.instructionPointerReference ?? '';
  await client.request('disassemble', { memoryReference, instructionOffset: -2, instructionCount: 8 });
  await client.request('source', { sourceReference: frame.source?.sourceReference ?? 0 });
});
await chapter('The address space of a process without PEB and TEB', async () => {
  await client.request('evaluate', { expression: 'regions', frameId: frame.id, context: 'repl' });
});
await chapter('One instruction', async () => {
  await client.request('next', { threadId, granularity: 'instruction' });
  await client.stopped();
});
await chapter('On to the system call', async () => {
  await client.request('continue', { threadId });
  await client.stopped();
  await client.request('evaluate', { expression: 'str($rsi)', frameId: frame.id, context: 'watch' });
});
await chapter('On to the end', async () => {
  await client.request('setFunctionBreakpoints', { breakpoints: [] });
  await client.request('continue', { threadId });
  await client.event('terminated');
});
await chapter('Good-bye', () => client.close());
process.stdout.write(`
Every message above was checked against the Debug Adapter Protocol.
To do the same in VS Code: npm run code, then press F5.
`);
