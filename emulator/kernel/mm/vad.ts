/**
 * Virtual address descriptors: what a process's address space consists of, as data. One VAD is one allocation; its
 * runs of pages with equal state and protection are the regions that tools show.
 */

export type VadType = 'private' | 'mapped' | 'image';

/** `MI_VAD_TYPE` values that are modelled (pico-facts: VadNone for private memory and data views, VadImageMap). */
export interface Run {
  /** Pages, counted from the VAD's start. */
  first: number;
  count: number;
  committed: boolean;
  /** PAGE_*; 0 while only reserved. */
  protection: number;
}

export interface Vad {
  /** First page and the page after the last. */
  start: number;
  end: number;
  type: VadType;
  /** PAGE_* given when the allocation was made. */
  allocationProtection: number;
  /** Sorted, gapless, covering the whole VAD. */
  runs: Run[];
  /** For views: section id and the page of the section that `start` shows. */
  section: number;
  sectionPage: number;
  /** Views: writes make private copies. */
  writeCopy: boolean;
  /** Views: stores are seen by all mappers of the section. */
  shared: boolean;
  /** Stack that grows when its guard page is touched: lowest page it may reach, or -1. */
  growsDownTo: number;
  /** What the provider or kernel says it is for: `[heap]`, `[stack]`, a file's path, or empty. */
  use: string;
  /** 4 KiB granularity (MEM_DOS_LIM): may be released and split page by page. */
  pageGranular: boolean;
}
