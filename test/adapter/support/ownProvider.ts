/** Sessions on providers that a test writes. */

import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type DapClient } from '../../support/dap.ts';
import { openAdapter, type Stopped } from './sessions.ts';

const SAMPLES = fileURLToPath(new URL('../../../samples/', import.meta.url));
export const TINY = path.join(SAMPLES, 'tiny-os/tiny.ts');
export const GREETER = path.join(SAMPLES, 'tiny-os/greeter');
export const HELLO = path.join(SAMPLES, 'hello/hello');
export const CAPITALS = path.join(SAMPLES, 'linux-extension/extension.ts');

const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'pico-provider-')));
after(() => rmSync(folder, { recursive: true }));

/** A file of the test's own; its name must differ from test to test. */
export function fileOf(name: string, text: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
}

/** Linux with one more look at `write`; `body` is the handler's. */
export function writeHandler(body: string, rest = ''): string {
  return `import { extendProvider, linux } from 'pico-provider';
export default extendProvider(linux, {
  write(call, fd, buffer, count) {
    ${body}
  },
}, { state: () => ({ seen: 0, last: undefined as unknown }) });
${rest}`;
}

/** Line of the first text behind another, from 1 on. */
export function lineOf(text: string, what: string): number {
  return text.slice(0, text.indexOf(what)).split('\n').length;
}

export async function launched(
  provider: string,
  program = HELLO,
  configuration: object = {},
  configure?: (client: DapClient) => Promise<unknown>,
): Promise<Stopped> {
  const client = openAdapter();
  await client.start({ program, provider, seed: 1, ...configuration }, () => configure?.(client) ?? Promise.resolve());
  const { threadId = 0 } = await client.stopped();
  client.takeTranscript();
  return { client, threadId };
}

/** What the guest has printed up to its end. */
export async function outputToEnd({ client, threadId }: Stopped): Promise<string> {
  await client.request('continue', { threadId });
  await client.event('terminated');
  await client.close();
  return outputOf(client, 'stdout');
}

export function outputOf({ events }: DapClient, category: string): string {
  return events
    .filter(({ event }) => event === 'output')
    .map(({ body }) => body as { category: string; output: string })
    .filter(each => each.category === category)
    .map(({ output }) => output)
    .join('');
}
