/** Where allocations and views go: addresses that were asked for, and free ranges where none was. */

import { PAGE_SIZE, USER_LIMIT, pageOf, roundDown, roundUp } from '../../base/pages.ts';
import type { Process } from '../ps/process.ts';
import { STATUS_CONFLICTING_ADDRESSES, STATUS_NO_MEMORY } from '../status.ts';
import type { NtStatus } from '../status.ts';
import { isRangeFree, vadIndex } from './vad.ts';

/** Where allocations go that name no address: all of it in the window (`memory/layout.ts`). */
export const MAP_LOW = 0x2000_0000;
export const MAP_HIGH = 0xf000_0000;
/** Of NT's allocations and views; pico providers' (MEM_DOS_LIM) are aligned to pages. */
export const NT_GRANULARITY = 0x1_0000;
/** Nothing of NT lies below; providers may go down to the second page. */
export const LOWEST_ADDRESS = 0x1_0000;
/** MmHighestUserAddress + 1. */
export const HIGHEST_END = USER_LIMIT - 0x1_0000;

export interface Placed {
  readonly status: NtStatus;
  /** Address; 0 if refused. */
  readonly base: number;
}

export interface PlaceRequest {
  readonly base?: number | undefined;
  /** Bytes. */
  readonly size: number;
  readonly granularity: number;
  /** MEM_TOP_DOWN: the highest place instead of the lowest. */
  readonly topDown?: boolean;
}

/** Where an allocation or view goes: at `base` if it is free, else where there is room. */
export function placeAllocation(process: Process, request: PlaceRequest): number | { status: NtStatus } {
  const { base, size, granularity: alignment, topDown = false } = request;
  if (base === undefined) {
    const low = findFreeRange(process, size, { low: MAP_LOW, high: MAP_HIGH, alignment, topDown });
    const high = { low: 0x1_0000_0000, high: HIGHEST_END, alignment, topDown };
    return low ?? findFreeRange(process, size, high) ?? { status: STATUS_NO_MEMORY };
  }
  const place = roundDown(base, alignment);
  if (!isRangeFree(process, pageOf(place), pageOf(roundUp(base + size))))
    return { status: STATUS_CONFLICTING_ADDRESSES };
  return place;
}

export interface FreeRangeRequest {
  readonly low: number;
  readonly high: number;
  readonly alignment?: number;
  readonly topDown?: boolean;
}

/** What an earlier search for a place has found: no room for `length` bytes in `[low, at)`. */
export interface PlaceHint {
  readonly low: number;
  readonly alignment: number;
  readonly length: number;
  at: number;
}

/** Says that pages from `start` on are free now. */
export function forgetPlaces(process: Process, start: number): void {
  if (process.placeHint && start * PAGE_SIZE <= process.placeHint.at) process.placeHint = undefined;
}

/** The lowest (or highest) free range of `size` bytes in `[low, high)`. */
export function findFreeRange(process: Process, size: number, request: FreeRangeRequest): number | undefined {
  const alignment = request.alignment ?? PAGE_SIZE;
  const length = roundUp(size);
  let best: number | undefined;
  const hint = process.placeHint;
  const knows = !request.topDown && hint?.low === request.low && hint.alignment === alignment && hint.length <= length;
  let at = knows ? hint.at : request.low;
  const found = (place: number): number => {
    if (knows && hint.length === length) hint.at = place;
    else if (!knows && !request.topDown) process.placeHint = { low: request.low, alignment, length, at: place };
    return place;
  };
  const consider = (end: number): void => {
    const low = roundUp(at, alignment);
    if (low + length > end) return;
    if (request.topDown) best = roundDown(end - length, alignment);
    else best ??= low;
  };
  for (let index = vadIndex(process, pageOf(at)); index < process.vads.length; index++) {
    const vad = process.vads[index];
    // A stack keeps the room it may grow into.
    const start = (vad.growsDownTo < 0 ? vad.start : vad.growsDownTo) * PAGE_SIZE;
    if (start >= request.high) break;
    if (start - at >= length) {
      consider(Math.min(start, request.high));
      if (best !== undefined && !request.topDown) return found(best);
    }
    at = Math.max(at, vad.end * PAGE_SIZE);
  }
  if (at < request.high) consider(request.high);
  return best === undefined ? undefined : found(best);
}
