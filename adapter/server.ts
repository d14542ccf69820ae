/** Sessions over the standard streams of this process, or over loopback sockets. */

import { createServer } from 'node:net';
import { serveStreams } from './connection.ts';
import { inWorker } from './machine/client.ts';
import { machineFile } from './machine/file.ts';
import { PicoSession } from './session.ts';

export function serveStdio(): void {
  const session = new PicoSession(inWorker(machineFile()), () => {
    // What was written must get out first; the machine's thread would keep the process alive.
    process.stdout.write('', () => process.exit(0));
  });
  serveStreams(session, process.stdin, process.stdout);
}

/** Each connection is a session of its own. Calls `ready` with the port in use, which is new for port 0. */
export function serveSocket(port: number, ready: (port: number) => void): void {
  const server = createServer(socket => {
    const session = new PicoSession(inWorker(machineFile()), () => socket.end());
    serveStreams(session, socket, socket);
  });
  server.on('error', error => {
    process.stderr.write(`pico: ${error.message}\n`);
    process.exitCode = 1;
  });
  server.listen(port, '127.0.0.1', () => {
    const address = server.address();
    ready(typeof address === 'object' && address ? address.port : port);
  });
}
