/** Opening, locking and naming files: asm-generic/fcntl.h, linux/fcntl.h, linux/falloc.h. */

import type { FlagNames } from './flagNames.ts';

export const O_ACCMODE = 0o3;
export const O_RDONLY = 0o0;
export const O_WRONLY = 0o1;
export const O_RDWR = 0o2;
export const O_CREAT = 0o100;
export const O_EXCL = 0o200;
export const O_NOCTTY = 0o400;
export const O_TRUNC = 0o1000;
export const O_APPEND = 0o2000;
export const O_NONBLOCK = 0o4000;
export const O_DSYNC = 0o10000;
export const O_ASYNC = 0o20000;
export const O_DIRECT = 0o40000;
export const O_LARGEFILE = 0o100000;
export const O_DIRECTORY = 0o200000;
export const O_NOFOLLOW = 0o400000;
export const O_NOATIME = 0o1000000;
export const O_CLOEXEC = 0o2000000;
export const O_PATH = 0o10000000;
export const O_TMPFILE = 0o20200000;

export const OPEN_FLAGS: FlagNames = [
  [O_CREAT, 'O_CREAT'],
  [O_EXCL, 'O_EXCL'],
  [O_NOCTTY, 'O_NOCTTY'],
  [O_TRUNC, 'O_TRUNC'],
  [O_APPEND, 'O_APPEND'],
  [O_NONBLOCK, 'O_NONBLOCK'],
  [O_DSYNC, 'O_DSYNC'],
  [O_ASYNC, 'O_ASYNC'],
  [O_DIRECT, 'O_DIRECT'],
  [O_LARGEFILE, 'O_LARGEFILE'],
  [O_TMPFILE, 'O_TMPFILE'],
  [O_DIRECTORY, 'O_DIRECTORY'],
  [O_NOFOLLOW, 'O_NOFOLLOW'],
  [O_NOATIME, 'O_NOATIME'],
  [O_CLOEXEC, 'O_CLOEXEC'],
  [O_PATH, 'O_PATH'],
];

/** Bits that F_SETFL may change (fcntl(2)). */
export const CHANGEABLE_FLAGS = O_APPEND | O_NONBLOCK | O_ASYNC | O_DIRECT | O_NOATIME;

export const F_DUPFD = 0;
export const F_GETFD = 1;
export const F_SETFD = 2;
export const F_GETFL = 3;
export const F_SETFL = 4;
export const F_GETLK = 5;
export const F_SETLK = 6;
export const F_SETLKW = 7;
export const F_SETOWN = 8;
export const F_GETOWN = 9;
export const F_DUPFD_CLOEXEC = 1030;
export const F_GETPIPE_SZ = 1032;
export const F_SETPIPE_SZ = 1031;
export const F_ADD_SEALS = 1033;
export const F_GET_SEALS = 1034;
export const F_SETSIG = 10;
export const F_GETSIG = 11;
export const F_SETOWN_EX = 15;
export const F_GETOWN_EX = 16;
export const F_OFD_GETLK = 36;
export const F_OFD_SETLK = 37;
export const F_OFD_SETLKW = 38;
export const F_SETLEASE = 1024;
export const F_GETLEASE = 1025;
export const F_NOTIFY = 1026;
export const F_RDLCK = 0;
export const F_WRLCK = 1;
export const F_UNLCK = 2;
export const F_OWNER_TID = 0;
export const F_OWNER_PID = 1;
export const F_OWNER_PGRP = 2;
export const FD_CLOEXEC = 1;

/** Largest pipe that a user may ask for: /proc/sys/fs/pipe-max-size (pipe(7)). */
export const PIPE_MAX_SIZE = 0x10_0000;

export const LOCK_SH = 1;
export const LOCK_EX = 2;
export const LOCK_NB = 4;
export const LOCK_UN = 8;
export const LOCK_OPERATIONS: FlagNames = [
  [LOCK_SH, 'LOCK_SH'],
  [LOCK_EX, 'LOCK_EX'],
  [LOCK_NB, 'LOCK_NB'],
  [LOCK_UN, 'LOCK_UN'],
];

export const F_SEAL_SEAL = 1;
export const F_SEAL_SHRINK = 2;
export const F_SEAL_GROW = 4;
export const F_SEAL_WRITE = 8;
export const F_SEAL_FUTURE_WRITE = 16;
export const KNOWN_SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_FUTURE_WRITE;

export const FCNTL_COMMANDS: FlagNames = [
  [F_DUPFD, 'F_DUPFD'],
  [F_GETFD, 'F_GETFD'],
  [F_SETFD, 'F_SETFD'],
  [F_GETFL, 'F_GETFL'],
  [F_SETFL, 'F_SETFL'],
  [F_GETLK, 'F_GETLK'],
  [F_SETLK, 'F_SETLK'],
  [F_SETLKW, 'F_SETLKW'],
  [F_SETOWN, 'F_SETOWN'],
  [F_GETOWN, 'F_GETOWN'],
  [F_SETSIG, 'F_SETSIG'],
  [F_GETSIG, 'F_GETSIG'],
  [F_SETOWN_EX, 'F_SETOWN_EX'],
  [F_GETOWN_EX, 'F_GETOWN_EX'],
  [F_OFD_GETLK, 'F_OFD_GETLK'],
  [F_OFD_SETLK, 'F_OFD_SETLK'],
  [F_OFD_SETLKW, 'F_OFD_SETLKW'],
  [F_SETLEASE, 'F_SETLEASE'],
  [F_GETLEASE, 'F_GETLEASE'],
  [F_NOTIFY, 'F_NOTIFY'],
  [F_DUPFD_CLOEXEC, 'F_DUPFD_CLOEXEC'],
  [F_SETPIPE_SZ, 'F_SETPIPE_SZ'],
  [F_GETPIPE_SZ, 'F_GETPIPE_SZ'],
  [F_ADD_SEALS, 'F_ADD_SEALS'],
  [F_GET_SEALS, 'F_GET_SEALS'],
];

export const AT_FDCWD = -100;
export const AT_SYMLINK_NOFOLLOW = 0x100;
export const AT_REMOVEDIR = 0x200;
export const AT_EACCESS = 0x200;
export const AT_SYMLINK_FOLLOW = 0x400;
export const AT_NO_AUTOMOUNT = 0x800;
export const AT_EMPTY_PATH = 0x1000;

export const AT_FLAGS: FlagNames = [
  [AT_SYMLINK_NOFOLLOW, 'AT_SYMLINK_NOFOLLOW'],
  [AT_SYMLINK_FOLLOW, 'AT_SYMLINK_FOLLOW'],
  [AT_NO_AUTOMOUNT, 'AT_NO_AUTOMOUNT'],
  [AT_EMPTY_PATH, 'AT_EMPTY_PATH'],
];
/** What stat(2) and its kin take among the AT_* flags; statx(2) says how fresh, too. */
export const AT_LOOK_FLAGS = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH;
export const AT_STATX_SYNC_TYPE = 0x6000;
export const UNLINK_FLAGS: FlagNames = [[AT_REMOVEDIR, 'AT_REMOVEDIR']];

export const RENAME_NOREPLACE = 1;
export const RENAME_EXCHANGE = 2;
export const RENAME_FLAGS: FlagNames = [
  [RENAME_NOREPLACE, 'RENAME_NOREPLACE'],
  [RENAME_EXCHANGE, 'RENAME_EXCHANGE'],
];

export const FALLOC_FL_KEEP_SIZE = 1;
export const FALLOC_FL_PUNCH_HOLE = 2;
export const FALLOC_FL_COLLAPSE_RANGE = 8;
export const FALLOC_FL_ZERO_RANGE = 0x10;
export const FALLOC_FL_INSERT_RANGE = 0x20;
export const FALLOCATE_FLAGS: FlagNames = [
  [FALLOC_FL_KEEP_SIZE, 'FALLOC_FL_KEEP_SIZE'],
  [FALLOC_FL_PUNCH_HOLE, 'FALLOC_FL_PUNCH_HOLE'],
  [FALLOC_FL_COLLAPSE_RANGE, 'FALLOC_FL_COLLAPSE_RANGE'],
  [FALLOC_FL_ZERO_RANGE, 'FALLOC_FL_ZERO_RANGE'],
  [FALLOC_FL_INSERT_RANGE, 'FALLOC_FL_INSERT_RANGE'],
];

export const SPLICE_F_NONBLOCK = 2;
export const SPLICE_FLAGS: FlagNames = [
  [1, 'SPLICE_F_MOVE'],
  [SPLICE_F_NONBLOCK, 'SPLICE_F_NONBLOCK'],
  [4, 'SPLICE_F_MORE'],
  [8, 'SPLICE_F_GIFT'],
];
export const KNOWN_SPLICE_FLAGS = 15;

/** Flags of preadv2(2) and pwritev2(2): linux/fs.h. */
export const RWF_NOWAIT = 8;
export const RWF_APPEND = 16;
export const RWF_FLAGS: FlagNames = [
  [1, 'RWF_HIPRI'],
  [2, 'RWF_DSYNC'],
  [4, 'RWF_SYNC'],
  [RWF_NOWAIT, 'RWF_NOWAIT'],
  [RWF_APPEND, 'RWF_APPEND'],
];
export const RWF_SUPPORTED = 31;

export const SEEK_SET = 0;
export const SEEK_CUR = 1;
export const SEEK_END = 2;
export const SEEK_DATA = 3;
export const SEEK_HOLE = 4;
export const SEEK_NAMES: FlagNames = [
  [SEEK_SET, 'SEEK_SET'],
  [SEEK_CUR, 'SEEK_CUR'],
  [SEEK_END, 'SEEK_END'],
  [SEEK_DATA, 'SEEK_DATA'],
  [SEEK_HOLE, 'SEEK_HOLE'],
];

/** Bits of access(2). */
export const R_OK = 4;
export const W_OK = 2;
export const X_OK = 1;
export const ACCESS_MODES: FlagNames = [
  [R_OK, 'R_OK'],
  [W_OK, 'W_OK'],
  [X_OK, 'X_OK'],
];

export const CLOSE_RANGE_UNSHARE = 2;
export const CLOSE_RANGE_CLOEXEC = 4;
export const PATH_MAX = 4096;
export const NAME_MAX = 255;

/** The last advice that posix_fadvise(2) knows. */
export const POSIX_FADV_NOREUSE = 5;
