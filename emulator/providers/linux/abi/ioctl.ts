/** Terminal and file requests: asm-generic/ioctls.h, asm-generic/termbits.h. */

import type { FlagNames } from './flagNames.ts';

export const TCGETS = 0x5401;
export const TCSETS = 0x5402;
export const TCSETSW = 0x5403;
export const TCSETSF = 0x5404;
export const TCSBRK = 0x5409;
export const TCFLSH = 0x540b;
export const TIOCSCTTY = 0x540e;
export const TIOCGPGRP = 0x540f;
export const TIOCSPGRP = 0x5410;
export const TIOCOUTQ = 0x5411;
export const TIOCGWINSZ = 0x5413;
export const TIOCSWINSZ = 0x5414;
export const FIONREAD = 0x541b;
export const TIOCNOTTY = 0x5422;
export const FIONBIO = 0x5421;
export const TIOCGSID = 0x5429;
export const TIOCGPTN = 0x8004_5430;
export const TIOCSPTLCK = 0x4004_5431;
export const TIOCGPTLCK = 0x8004_5439;
export const FIONCLEX = 0x5450;
export const FIOCLEX = 0x5451;
export const FIOASYNC = 0x5452;
/** Questions about interfaces (linux/sockios.h). */
export const SIOCATMARK = 0x8905;
export const SIOCGIFNAME = 0x8910;
export const SIOCGIFCONF = 0x8912;
export const SIOCGIFFLAGS = 0x8913;
export const SIOCSIFFLAGS = 0x8914;
export const SIOCGIFADDR = 0x8915;
export const SIOCSIFADDR = 0x8916;
export const SIOCGIFDSTADDR = 0x8917;
export const SIOCGIFBRDADDR = 0x8919;
export const SIOCGIFNETMASK = 0x891b;
export const SIOCGIFMETRIC = 0x891d;
export const SIOCGIFMTU = 0x8921;
export const SIOCGIFHWADDR = 0x8927;
export const SIOCGIFINDEX = 0x8933;
export const SIOCGIFTXQLEN = 0x8942;

export const IOCTL_NAMES: FlagNames = [
  [TCGETS, 'TCGETS'],
  [TCSETS, 'TCSETS'],
  [TCSETSW, 'TCSETSW'],
  [TCSETSF, 'TCSETSF'],
  [TCSBRK, 'TCSBRK'],
  [TCFLSH, 'TCFLSH'],
  [TIOCOUTQ, 'TIOCOUTQ'],
  [TIOCNOTTY, 'TIOCNOTTY'],
  [TIOCGPTN, 'TIOCGPTN'],
  [TIOCSPTLCK, 'TIOCSPTLCK'],
  [TIOCGPTLCK, 'TIOCGPTLCK'],
  [TIOCSCTTY, 'TIOCSCTTY'],
  [TIOCGPGRP, 'TIOCGPGRP'],
  [TIOCSPGRP, 'TIOCSPGRP'],
  [TIOCOUTQ, 'TIOCOUTQ'],
  [TIOCGWINSZ, 'TIOCGWINSZ'],
  [TIOCSWINSZ, 'TIOCSWINSZ'],
  [FIONREAD, 'FIONREAD'],
  [FIONBIO, 'FIONBIO'],
  [TIOCGSID, 'TIOCGSID'],
  [FIONCLEX, 'FIONCLEX'],
  [FIOCLEX, 'FIOCLEX'],
  [FIOASYNC, 'FIOASYNC'],
  [SIOCATMARK, 'SIOCATMARK'],
  [SIOCGIFNAME, 'SIOCGIFNAME'],
  [SIOCGIFCONF, 'SIOCGIFCONF'],
  [SIOCGIFFLAGS, 'SIOCGIFFLAGS'],
  [SIOCSIFFLAGS, 'SIOCSIFFLAGS'],
  [SIOCGIFADDR, 'SIOCGIFADDR'],
  [SIOCSIFADDR, 'SIOCSIFADDR'],
  [SIOCGIFDSTADDR, 'SIOCGIFDSTADDR'],
  [SIOCGIFBRDADDR, 'SIOCGIFBRDADDR'],
  [SIOCGIFNETMASK, 'SIOCGIFNETMASK'],
  [SIOCGIFMETRIC, 'SIOCGIFMETRIC'],
  [SIOCGIFMTU, 'SIOCGIFMTU'],
  [SIOCGIFHWADDR, 'SIOCGIFHWADDR'],
  [SIOCGIFINDEX, 'SIOCGIFINDEX'],
  [SIOCGIFTXQLEN, 'SIOCGIFTXQLEN'],
];

export const TERMIOS_SIZE = 36;
export const WINSIZE_SIZE = 8;
/** Argument of TCFLSH. */
export const TCIFLUSH = 0;
export const TCOFLUSH = 1;
export const TCIOFLUSH = 2;

/** Device number of /dev/pts/N (admin-guide/devices.txt). */
export const SLAVE_MAJOR = 136;

/** Where `c_cc` is in `struct termios`, and what its bytes are. */
export const CONTROL_CHARACTERS = 17;
export const VINTR = 0;
export const VQUIT = 1;
export const VERASE = 2;
export const VKILL = 3;
export const VEOF = 4;
export const VTIME = 5;
export const VMIN = 6;
export const VSTART = 8;
export const VSTOP = 9;
export const VSUSP = 10;
export const VEOL = 11;
export const VWERASE = 14;

export const INLCR = 0x40;
export const IGNCR = 0x80;
export const IXON = 0x400;
export const ECHOE = 0x10;
export const ECHONL = 0x40;
export const NOFLSH = 0x80;
export const TOSTOP = 0x100;
export const ECHOCTL = 0x200;
export const ICRNL = 0x100;
export const OPOST = 1;
export const ONLCR = 4;
export const ISIG = 1;
export const ICANON = 2;
export const ECHO = 8;

/** `struct termios` as a fresh terminal has it: cooked, 38400 baud, the usual control characters. */
export function freshTermios(): Uint8Array {
  const bytes = new Uint8Array(TERMIOS_SIZE);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x4500, true); // ICRNL | IXON | IUTF8
  view.setUint32(4, OPOST | ONLCR, true);
  view.setUint32(8, 0xbf, true); // B38400 | CS8 | CREAD
  view.setUint32(12, 0x8a3b, true); // ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN
  bytes.set([3, 0x1c, 0x7f, 0x15, 4, 0, 1, 0, 0x11, 0x13, 0x1a, 0, 0x12, 0x0f, 0x17, 0x16], 17);
  return bytes;
}
