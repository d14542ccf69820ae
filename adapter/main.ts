/** The adapter as a program: speaks DAP over its standard streams, or with `--server=PORT` over loopback sockets. */

import { serveSocket, serveStdio } from './server.ts';

const port = /^--server=(\d+)$/.exec(process.argv[2] ?? '')?.[1];
if (port === undefined) serveStdio();
else serveSocket(Number(port), used => process.stdout.write(`Listening on 127.0.0.1:${used}\n`));
