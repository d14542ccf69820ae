/**
 * my-system: a small operating system, as a pico provider. The kernel hands it the system calls
 * and exceptions of its programs. Set a breakpoint in a handler, or step into one from the
 * guest's `syscall`; save this file while the program stands still, and the next call runs the
 * new code.
 */

import { definePicoProvider, int, text, UNANSWERED, unsigned } from 'pico-provider';

/** An answer that means: this address cannot be read. */
const EFAULT = -14;
const PAGE = 0x1000;

export default definePicoProvider({
  name: 'my-system',

  // What the system remembers. Plain data only: it stays when this file is saved, and snapshots copy it.
  state: () => ({ lines: 0 }),

  // Answers that mean that a call failed, by the names that the debugger is to show.
  errors: { EFAULT },

  // Programs put the number into RAX and the arguments into RDI, RSI, RDX, R10, R8, R9; what a
  // handler returns is in RAX when they go on.
  systemCalls: {
    /** Prints a line. Answers how many have been printed. */
    print: {
      number: 1,
      arguments: [text('line')],
      handler(call, line) {
        // The address came from the program: whatever it was, this does not throw.
        if (line === undefined) return EFAULT;
        call.state.lines += 1;
        call.kernel.write(1, `${call.state.lines}: ${line}\n`);
        return call.state.lines;
      },
    },

    /** Lets time pass. */
    sleep: {
      number: 2,
      arguments: [unsigned('milliseconds')],
      handler(call, milliseconds) {
        // A thread that waits gives up the processor. When the wait ends, the call starts again
        // from this line.
        if (call.outcome) return 0;
        const until = call.kernel.time + milliseconds * 1_000_000;
        return call.wait([], { until, reason: `sleeps ${milliseconds} ms` });
      },
    },

    /** Ends the program: nobody is left who could be answered. */
    exit: {
      number: 3,
      arguments: [int('code')],
      handler(call, code) {
        call.kernel.terminateProcess(call.process, code);
        return UNANSWERED;
      },
    },
  },

  // Programs may use any memory they like: a page comes when it is first touched, and the
  // instruction runs again.
  dispatchException({ vector, address, process }) {
    if (vector !== '#PF' || address === undefined || address < PAGE) return false;
    const page = Math.floor(address / PAGE) * PAGE;
    return process.memory.allocate(PAGE, { address: page, use: 'on demand' }) !== undefined;
  },
});
