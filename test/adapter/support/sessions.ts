/** Sessions on the built adapter, over its standard streams, as VS Code runs it. */

import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type DapClient, overStdio } from '../../support/dap.ts';
import { launching } from './programs.ts';

const ADAPTER = fileURLToPath(new URL('../../../dist/adapter.cjs', import.meta.url));

const open: DapClient[] = [];
// A test that failed has not closed its session.
after(() => {
  for (const client of open) client.drop();
});

export function openAdapter(): DapClient {
  const client = overStdio(ADAPTER);
  open.push(client);
  return client;
}

export interface Stopped {
  readonly client: DapClient;
  readonly threadId: number;
}

/** A session whose program stands at its first stop; the transcript so far is dropped. */
export async function stopped(
  name: string,
  configuration: object = {},
  configure?: (client: DapClient) => Promise<unknown>,
): Promise<Stopped> {
  const client = openAdapter();
  await client.start({ ...launching(name), ...configuration }, () => configure?.(client) ?? Promise.resolve());
  const { threadId = 0 } = await client.stopped();
  client.takeTranscript();
  return { client, threadId };
}

/** Goes on to the next stop. */
export async function goOn({ client, threadId }: Stopped) {
  await client.request('continue', { threadId });
  return client.stopped();
}
