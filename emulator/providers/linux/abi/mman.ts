/** Mapping memory: asm-generic/mman-common.h, asm-generic/mman.h, linux/mman.h, linux/memfd.h. */

import type { FlagNames } from './flagNames.ts';

export const PROT_NONE = 0;
export const PROT_READ = 1;
export const PROT_WRITE = 2;
export const PROT_EXEC = 4;
export const PROT_GROWSDOWN = 0x0100_0000;
export const PROT_FLAGS: FlagNames = [
  [PROT_READ, 'PROT_READ'],
  [PROT_WRITE, 'PROT_WRITE'],
  [PROT_EXEC, 'PROT_EXEC'],
  [8, 'PROT_SEM'],
  [PROT_GROWSDOWN, 'PROT_GROWSDOWN'],
  [0x0200_0000, 'PROT_GROWSUP'],
];

export const MAP_SHARED = 0x01;
export const MAP_PRIVATE = 0x02;
export const MAP_SHARED_VALIDATE = 0x03;
export const MAP_TYPE = 0x0f;
export const MAP_FIXED = 0x10;
export const MAP_ANONYMOUS = 0x20;
export const MAP_GROWSDOWN = 0x100;
export const MAP_LOCKED = 0x2000;
export const MAP_NORESERVE = 0x4000;
export const MAP_FIXED_NOREPLACE = 0x10_0000;
export const MAP_FLAGS: FlagNames = [
  [MAP_SHARED_VALIDATE, 'MAP_SHARED_VALIDATE'],
  [MAP_SHARED, 'MAP_SHARED'],
  [MAP_PRIVATE, 'MAP_PRIVATE'],
  [MAP_FIXED, 'MAP_FIXED'],
  [MAP_ANONYMOUS, 'MAP_ANONYMOUS'],
  [0x40, 'MAP_32BIT'],
  [MAP_GROWSDOWN, 'MAP_GROWSDOWN'],
  [0x0800, 'MAP_DENYWRITE'],
  [0x1000, 'MAP_EXECUTABLE'],
  [MAP_LOCKED, 'MAP_LOCKED'],
  [MAP_NORESERVE, 'MAP_NORESERVE'],
  [0x8000, 'MAP_POPULATE'],
  [0x1_0000, 'MAP_NONBLOCK'],
  [0x2_0000, 'MAP_STACK'],
  [0x4_0000, 'MAP_HUGETLB'],
  [0x8_0000, 'MAP_SYNC'],
  [MAP_FIXED_NOREPLACE, 'MAP_FIXED_NOREPLACE'],
];

export const MREMAP_MAYMOVE = 1;
export const MREMAP_FIXED = 2;
export const MREMAP_DONTUNMAP = 4;
export const MREMAP_FLAGS: FlagNames = [
  [MREMAP_MAYMOVE, 'MREMAP_MAYMOVE'],
  [MREMAP_FIXED, 'MREMAP_FIXED'],
  [MREMAP_DONTUNMAP, 'MREMAP_DONTUNMAP'],
];

export const MS_ASYNC = 1;
export const MS_INVALIDATE = 2;
export const MS_SYNC = 4;
export const MSYNC_FLAGS: FlagNames = [
  [MS_ASYNC, 'MS_ASYNC'],
  [MS_INVALIDATE, 'MS_INVALIDATE'],
  [MS_SYNC, 'MS_SYNC'],
];

export const MCL_CURRENT = 1;
export const MCL_FUTURE = 2;
export const MCL_ONFAULT = 4;
export const MCL_FLAGS: FlagNames = [
  [MCL_CURRENT, 'MCL_CURRENT'],
  [MCL_FUTURE, 'MCL_FUTURE'],
  [MCL_ONFAULT, 'MCL_ONFAULT'],
];

export const MADV_NORMAL = 0;
export const MADV_DONTNEED = 4;
export const MADV_FREE = 8;
export const MADV_REMOVE = 9;
/** Merging equal pages: kernels without KSM refuse it. */
export const MADV_MERGEABLE = 12;
export const MADV_UNMERGEABLE = 13;
export const MADV_DONTNEED_LOCKED = 24;
export const MADVISE_NAMES: FlagNames = [
  [MADV_NORMAL, 'MADV_NORMAL'],
  [1, 'MADV_RANDOM'],
  [2, 'MADV_SEQUENTIAL'],
  [3, 'MADV_WILLNEED'],
  [MADV_DONTNEED, 'MADV_DONTNEED'],
  [MADV_FREE, 'MADV_FREE'],
  [MADV_REMOVE, 'MADV_REMOVE'],
  [10, 'MADV_DONTFORK'],
  [11, 'MADV_DOFORK'],
  [MADV_MERGEABLE, 'MADV_MERGEABLE'],
  [MADV_UNMERGEABLE, 'MADV_UNMERGEABLE'],
  [14, 'MADV_HUGEPAGE'],
  [15, 'MADV_NOHUGEPAGE'],
  [16, 'MADV_DONTDUMP'],
  [17, 'MADV_DODUMP'],
  [18, 'MADV_WIPEONFORK'],
  [19, 'MADV_KEEPONFORK'],
  [20, 'MADV_COLD'],
  [21, 'MADV_PAGEOUT'],
  [22, 'MADV_POPULATE_READ'],
  [23, 'MADV_POPULATE_WRITE'],
  [MADV_DONTNEED_LOCKED, 'MADV_DONTNEED_LOCKED'],
];

export const MFD_CLOEXEC = 1;
export const MFD_ALLOW_SEALING = 2;
export const MEMFD_FLAGS: FlagNames = [
  [MFD_CLOEXEC, 'MFD_CLOEXEC'],
  [MFD_ALLOW_SEALING, 'MFD_ALLOW_SEALING'],
  [4, 'MFD_HUGETLB'],
];
