/** Mounting: linux/mount.h. */

import type { FlagNames } from './flagNames.ts';

export const MS_RDONLY = 0x1;
export const MS_NOSUID = 0x2;
export const MS_NODEV = 0x4;
export const MS_NOEXEC = 0x8;
/** Reading leaves the time of last access alone: of everything, or of directories. */
export const MS_NOATIME = 0x400;
export const MS_NODIRATIME = 0x800;
export const MS_REMOUNT = 0x20;
export const MS_BIND = 0x1000;
export const MS_MOVE = 0x2000;
export const MS_REC = 0x4000;
export const MS_UNBINDABLE = 0x2_0000;
export const MS_PRIVATE = 0x4_0000;
export const MS_SLAVE = 0x8_0000;
export const MS_SHARED = 0x10_0000;
/** How mounts spread to other namespaces: there is one, so nothing changes. */
export const MS_PROPAGATION = MS_UNBINDABLE | MS_PRIVATE | MS_SLAVE | MS_SHARED;
/** What a file system remembers of the flags; statfs(2) says them with the same bits. */
export const KEPT_FLAGS = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_NODIRATIME;

export const MOUNT_FLAGS: FlagNames = [
  [MS_RDONLY, 'MS_RDONLY'],
  [MS_NOSUID, 'MS_NOSUID'],
  [MS_NODEV, 'MS_NODEV'],
  [MS_NOEXEC, 'MS_NOEXEC'],
  [MS_NOATIME, 'MS_NOATIME'],
  [MS_NODIRATIME, 'MS_NODIRATIME'],
  [MS_REMOUNT, 'MS_REMOUNT'],
  [MS_BIND, 'MS_BIND'],
  [MS_MOVE, 'MS_MOVE'],
  [MS_REC, 'MS_REC'],
  [MS_UNBINDABLE, 'MS_UNBINDABLE'],
  [MS_PRIVATE, 'MS_PRIVATE'],
  [MS_SLAVE, 'MS_SLAVE'],
  [MS_SHARED, 'MS_SHARED'],
];

export const MNT_FORCE = 1;
export const MNT_DETACH = 2;
export const MNT_EXPIRE = 4;
export const UMOUNT_NOFOLLOW = 8;
export const UNMOUNT_FLAGS: FlagNames = [
  [MNT_FORCE, 'MNT_FORCE'],
  [MNT_DETACH, 'MNT_DETACH'],
  [MNT_EXPIRE, 'MNT_EXPIRE'],
  [UMOUNT_NOFOLLOW, 'UMOUNT_NOFOLLOW'],
];
