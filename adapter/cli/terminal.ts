/** `pico terminal`: the terminal that it runs in becomes that of a guest; a debug session starts it there. */

import { createConnection } from 'node:net';
import { encodeFrame, encodeSize, TOKEN_VARIABLE } from '../terminal/frames.ts';
import { UsageError } from './options.ts';

/** Answers with the exit status when the session has let go of the terminal. */
export function serveTerminal(address: string | undefined): Promise<number> {
  const token = process.env[TOKEN_VARIABLE];
  if (address === undefined || token === undefined)
    throw new UsageError("'pico terminal' is started by a debug session whose 'console' is 'integratedTerminal'");
  const { stdin, stdout } = process;
  return new Promise(resolve => {
    const socket = createConnection(address);
    let connected = false;
    const tellSize = (): void => {
      const [columns = 80, rows = 24] = [stdout.columns, stdout.rows];
      socket.write(encodeSize({ rows, columns }));
    };
    socket.on('connect', () => {
      connected = true;
      socket.write(encodeFrame('hello', Buffer.from(token)));
      tellSize();
      if (stdin.isTTY) stdin.setRawMode(true);
      stdin.on('data', chunk => void socket.write(encodeFrame('keys', chunk)));
      stdin.on('end', () => socket.end());
      stdout.on('resize', tellSize);
      process.on('SIGHUP', () => socket.destroy());
    });
    socket.on('data', chunk => {
      // What the terminal cannot take yet is not asked for.
      if (stdout.write(chunk)) return;
      socket.pause();
      stdout.once('drain', () => socket.resume());
    });
    socket.on('error', error => {
      if (!connected) process.stderr.write(`pico: the debug session does not answer: ${error.message}\n`);
    });
    socket.on('close', () => {
      if (stdin.isTTY) stdin.setRawMode(false);
      stdout.write('', () => resolve(connected ? 0 : 1));
    });
  });
}
