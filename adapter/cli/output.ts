/**
 * Standard output and standard error without Node's streams, which take longer to load than a short program runs. What
 * was written is out, so that the process may end at any time.
 */

import { writeSync } from 'node:fs';

export const OUT = 1;
export const ERROR = 2;

const STATUS_SIGPIPE = 141;
/** A pipe that does not block is full: how long until its reader may have taken something. */
const FULL_MILLISECONDS = 2;

export async function write(stream: typeof OUT | typeof ERROR, bytes: Uint8Array | string): Promise<void> {
  const rest = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
  for (let at = 0; at < rest.length; ) {
    try {
      at += writeSync(stream, rest, at);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // A reader that went away, as in `pico run x | head`, ends this as it ends every program: by SIGPIPE. (A reader at
      // the other end of a socket that had more to read says it as a reset.)
      if (code === 'EPIPE' || code === 'ECONNRESET') process.exit(STATUS_SIGPIPE);
      if (code !== 'EAGAIN') throw error;
      await new Promise(resolve => setTimeout(resolve, FULL_MILLISECONDS));
    }
  }
}
