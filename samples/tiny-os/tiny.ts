// A whole operating system in one file: five system calls, and programs that know no other.

import { definePicoProvider, int, pointer, text, UNANSWERED, unsigned } from 'pico-provider';

const EFAULT = -14;
const ENOMEM = -12;

export default definePicoProvider({
  name: 'tiny',
  // What the system remembers. Plain data: snapshots copy it, and it stays when this file is saved and reloaded.
  state: () => ({ said: 0, names: new Map<number, string>() }),
  errors: { EFAULT, ENOMEM },
  systemCalls: {
    /** Writes a line; answers how many were written so far. */
    say: {
      number: 1,
      arguments: [text('line')],
      handler(call, line) {
        if (line === undefined) return EFAULT;
        call.kernel.write(1, `${line}\n`);
        call.state.said++;
        return call.state.said;
      },
    },
    /** Reads a line of at most `size` bytes, without its end; waits until there is one. Answers its length. */
    ask: {
      number: 2,
      arguments: [pointer('buffer', 'char *'), unsigned('size')],
      handler(call, buffer, size) {
        const input = call.kernel.read(size);
        if (input === undefined) return 0;
        // The thread gives up the processor; when there is input, the call starts again from its first line.
        if (input.length === 0) return call.wait([call.kernel.inputEvent], { reason: 'waits for a line' });
        const line = new TextDecoder().decode(input).trimEnd();
        call.state.names.set(call.thread.id, line);
        return call.process.memory.write(buffer, line) ? line.length : EFAULT;
      },
    },
    /** Answers with the address of fresh memory. */
    room: {
      number: 3,
      arguments: [unsigned('size')],
      handler: (call, size) => call.process.memory.allocate(size, { use: 'room' }) ?? ENOMEM,
    },
    /** A second thread, at `start`, with `argument` in RDI. */
    spawn: {
      number: 4,
      arguments: [pointer('start'), pointer('stack'), pointer('argument')],
      handler(call, start, stack, argument) {
        const thread = call.kernel.createThread(call.process, {
          registers: { rip: start, rsp: stack, rdi: argument },
          name: 'spawned',
        });
        return thread?.id ?? ENOMEM;
      },
    },
    /** Ends the program. */
    end: {
      number: 5,
      arguments: [int('code')],
      handler(call, code) {
        call.kernel.terminateProcess(call.process, code);
        return UNANSWERED;
      },
    },
  },
  dispatchException({ process, vector, instruction, kernel }) {
    kernel.log(`${process.name} made a mistake: ${vector} at 0x${instruction.toString(16)}`);
    kernel.terminateProcess(process, 99);
    return true;
  },
});
