/**
 * my-linux: Linux with some of its system calls looked after; all others are the Linux provider's
 * own. Set a breakpoint in a handler, or step into one from the guest's `syscall`; save this file
 * while the program stands still, and the next call runs the new code.
 */

import { extendProvider, linux } from 'pico-provider';

/** Linux's errors are negative answers. */
const EACCES = -13;

export default extendProvider(
  linux,
  {
    /** Nobody opens secrets. */
    openat(call, _directory, pathname) {
      if (pathname.includes('secret')) return EACCES;
      // What Linux itself does with the call. It may get other arguments than the guest's:
      // call.next(directory, '/dev/null', flags, mode).
      return call.next();
    },

    /** What goes to standard output is counted, and comes out in capitals. */
    write(call, descriptor, buffer, count) {
      const bytes = descriptor === 1 ? call.process.memory.read(buffer, count) : undefined;
      if (bytes === undefined) return call.next();
      call.state.written += count;
      call.kernel.write(1, new TextDecoder().decode(bytes).toUpperCase());
      return count;
    },
  },
  {
    name: 'my-linux',
    // What the extension remembers. Plain data only: it stays when this file is saved, and
    // snapshots copy it.
    state: () => ({ written: 0 }),
  },
);
