/** What a file is: linux/stat.h, asm/stat.h, linux/magic.h, and the structures that say it. */

import type { FlagNames } from './flagNames.ts';

export const S_IFMT = 0o170000;
export const S_IFSOCK = 0o140000;
export const S_IFLNK = 0o120000;
export const S_IFREG = 0o100000;
export const S_IFBLK = 0o060000;
export const S_IFDIR = 0o040000;
export const S_IFCHR = 0o020000;
export const S_IFIFO = 0o010000;
export const S_ISUID = 0o4000;
export const S_ISGID = 0o2000;
export const S_ISVTX = 0o1000;
export const S_IXGRP = 0o010;

export const MODE_TYPES: FlagNames = [
  [S_IFSOCK, 'S_IFSOCK'],
  [S_IFLNK, 'S_IFLNK'],
  [S_IFREG, 'S_IFREG'],
  [S_IFBLK, 'S_IFBLK'],
  [S_IFDIR, 'S_IFDIR'],
  [S_IFCHR, 'S_IFCHR'],
  [S_IFIFO, 'S_IFIFO'],
];

export const TMPFS_MAGIC = 0x01021994;
export const PROC_SUPER_MAGIC = 0x9fa0;
export const SYSFS_MAGIC = 0x62656572;
export const PIPEFS_MAGIC = 0x50495045;
export const EXT4_SUPER_MAGIC = 0xef53;

export const UTIME_NOW = 0x3fffffff;
export const UTIME_OMIT = 0x3ffffffe;

/** STATX_BASIC_STATS and the birth time are not asked for one by one: all basic fields are always filled. */
export const STATX_BASIC_STATS = 0x7ff;

export interface Timespec {
  seconds: number;
  nanoseconds: number;
}

export interface Stat {
  readonly device: number;
  readonly inode: number;
  readonly mode: number;
  readonly links: number;
  readonly uid: number;
  readonly gid: number;
  readonly rdev: number;
  readonly size: number;
  readonly blocks: number;
  readonly atime: Timespec;
  readonly mtime: Timespec;
  readonly ctime: Timespec;
}

export const STAT_SIZE = 144;
export const STATX_SIZE = 256;
export const BLOCK_SIZE = 4096;

function setLong(view: DataView, offset: number, value: number): void {
  view.setUint32(offset, value >>> 0, true);
  view.setInt32(offset + 4, Math.floor(value / 0x1_0000_0000), true);
}

function setTime(view: DataView, offset: number, { seconds, nanoseconds }: Timespec): void {
  setLong(view, offset, seconds);
  setLong(view, offset + 8, nanoseconds);
}

/** `struct stat` of x86-64, at the start of `memory`: programs ask so often that new bytes each time would be felt. */
export function encodeStat(stat: Stat, memory: Uint8Array): Uint8Array {
  const bytes = memory.subarray(0, STAT_SIZE).fill(0);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  setLong(view, 0, stat.device);
  setLong(view, 8, stat.inode);
  setLong(view, 16, stat.links);
  view.setUint32(24, stat.mode, true);
  view.setUint32(28, stat.uid, true);
  view.setUint32(32, stat.gid, true);
  setLong(view, 40, stat.rdev);
  setLong(view, 48, stat.size);
  setLong(view, 56, BLOCK_SIZE);
  setLong(view, 64, stat.blocks);
  setTime(view, 72, stat.atime);
  setTime(view, 88, stat.mtime);
  setTime(view, 104, stat.ctime);
  return bytes;
}

/** `struct statx` (linux/stat.h). */
export function encodeStatx(stat: Stat): Uint8Array {
  const bytes = new Uint8Array(STATX_SIZE);
  const view = new DataView(bytes.buffer);
  view.setUint32(0x00, STATX_BASIC_STATS, true);
  view.setUint32(0x04, BLOCK_SIZE, true);
  view.setUint32(0x10, stat.links, true);
  view.setUint32(0x14, stat.uid, true);
  view.setUint32(0x18, stat.gid, true);
  view.setUint16(0x1c, stat.mode, true);
  setLong(view, 0x20, stat.inode);
  setLong(view, 0x28, stat.size);
  setLong(view, 0x30, stat.blocks);
  const times: readonly [number, Timespec][] = [
    [0x40, stat.atime],
    [0x60, stat.ctime],
    [0x70, stat.mtime],
  ];
  for (const [offset, time] of times) {
    setLong(view, offset, time.seconds);
    view.setUint32(offset + 8, time.nanoseconds, true);
  }
  view.setUint32(0x80, major(stat.rdev), true);
  view.setUint32(0x84, minor(stat.rdev), true);
  view.setUint32(0x88, major(stat.device), true);
  view.setUint32(0x8c, minor(stat.device), true);
  return bytes;
}

/** Device numbers as user programs see them, for numbers below 2^32 (makedev(3)). */
export function makeDevice(majorNumber: number, minorNumber: number): number {
  return ((minorNumber & 0xff) | (majorNumber << 8) | ((minorNumber & ~0xff) << 12)) >>> 0;
}

export function major(device: number): number {
  return (device >>> 8) & 0xfff;
}

export function minor(device: number): number {
  return (device & 0xff) | ((device >>> 12) & 0xfff00);
}

export interface FileSystemStatus {
  readonly magic: number;
  readonly blocks: number;
  readonly free: number;
  readonly files: number;
  /** ST_RDONLY, ST_NOSUID, ST_NODEV, ST_NOEXEC. */
  readonly flags: number;
}

export const STATFS_SIZE = 120;

/** `struct statfs` (asm-generic/statfs.h). */
export function encodeStatfs(status: FileSystemStatus): Uint8Array {
  const bytes = new Uint8Array(STATFS_SIZE);
  const view = new DataView(bytes.buffer);
  setLong(view, 0, status.magic);
  setLong(view, 8, BLOCK_SIZE);
  setLong(view, 16, status.blocks);
  setLong(view, 24, status.free);
  setLong(view, 32, status.free);
  setLong(view, 40, status.files);
  setLong(view, 48, status.files);
  setLong(view, 64, 255); // f_namelen
  setLong(view, 72, BLOCK_SIZE); // f_frsize
  setLong(view, 80, 0x20 | status.flags); // ST_VALID
  return bytes;
}

/** d_type of a directory entry: the type bits of the mode, shifted (readdir(3)). */
export function direntType(mode: number): number {
  return (mode & S_IFMT) >> 12;
}
