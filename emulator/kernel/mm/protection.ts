/** Page protections, allocation types and section attributes, spelled and valued as in winnt.h. */

export const PAGE_NOACCESS = 0x01;
export const PAGE_READONLY = 0x02;
export const PAGE_READWRITE = 0x04;
export const PAGE_WRITECOPY = 0x08;
export const PAGE_EXECUTE = 0x10;
export const PAGE_EXECUTE_READ = 0x20;
export const PAGE_EXECUTE_READWRITE = 0x40;
export const PAGE_EXECUTE_WRITECOPY = 0x80;
export const PAGE_GUARD = 0x100;
export const PAGE_NOCACHE = 0x200;
export const PAGE_WRITECOMBINE = 0x400;

export const MEM_COMMIT = 0x1000;
export const MEM_RESERVE = 0x2000;
export const MEM_DECOMMIT = 0x4000;
export const MEM_RELEASE = 0x8000;
export const MEM_FREE = 0x1_0000;
export const MEM_PRIVATE = 0x2_0000;
export const MEM_MAPPED = 0x4_0000;
/** The pages' contents are not needed any more: they may read as zero when touched again. */
export const MEM_RESET = 0x8_0000;
export const MEM_TOP_DOWN = 0x10_0000;
export const MEM_WRITE_WATCH = 0x20_0000;
export const MEM_PHYSICAL = 0x40_0000;
export const MEM_IMAGE = 0x100_0000;
export const MEM_LARGE_PAGES = 0x2000_0000;
/** Page (4 KiB) instead of 64 KiB granularity: how pico providers map. */
export const MEM_DOS_LIM = 0x4000_0000;

export const SEC_FILE = 0x80_0000;
export const SEC_IMAGE = 0x100_0000;
export const SEC_RESERVE = 0x400_0000;
export const SEC_COMMIT = 0x800_0000;

/** SECTION_INHERIT: what a cloned process gets of a view. */
export const VIEW_SHARE = 1;
export const VIEW_UNMAP = 2;
