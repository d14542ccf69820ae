// Linux, with two of its calls looked after: everything else is the Linux provider's own.

import { extendProvider, linux } from 'pico-provider';

const EACCES = -13;

export default extendProvider(
  linux,
  {
    /** Programs may open everything but secrets. */
    openat(call, dirfd, pathname, flags, mode) {
      call.state.opened.set(pathname, (call.state.opened.get(pathname) ?? 0) + 1);
      if (pathname.includes('secret')) return EACCES;
      return call.next(dirfd, pathname, flags, mode);
    },
    /** What programs write comes out in capitals. */
    write(call, fd, buffer, count) {
      const bytes = fd === 1 ? call.process.memory.read(buffer, count) : undefined;
      if (!bytes) return call.next();
      call.kernel.write(1, new TextDecoder().decode(bytes).toUpperCase());
      return count;
    },
  },
  { name: 'capitals', state: () => ({ opened: new Map<string, number>() }) },
);
