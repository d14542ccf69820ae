/** NtMapViewOfSection and NtUnmapViewOfSection: sections shown in a process's address space. */

import { PAGE_SIZE, pageOf, roundUp } from '../../base/pages.ts';
import type { Kernel } from '../kernel.ts';
import type { Process } from '../ps/process.ts';
import {
  STATUS_ACCESS_DENIED,
  STATUS_CONFLICTING_ADDRESSES,
  STATUS_IMAGE_NOT_AT_BASE,
  STATUS_INVALID_PAGE_PROTECTION,
  STATUS_INVALID_PARAMETER_3,
  STATUS_INVALID_VIEW_SIZE,
  STATUS_MAPPED_ALIGNMENT,
  STATUS_NOT_MAPPED_VIEW,
  STATUS_SECTION_PROTECTION,
  STATUS_SUCCESS,
  succeeded,
} from '../status.ts';
import type { NtStatus } from '../status.ts';
import { chargeProcess } from './charge.ts';
import { imageRuns } from './imageSection.ts';
import { HIGHEST_END, LOWEST_ADDRESS, NT_GRANULARITY, placeAllocation } from './place.ts';
import type { Placed } from './place.ts';
import { hasAddressSpace } from './addressSpaces.ts';
import { MEM_DOS_LIM, MEM_TOP_DOWN, VIEW_SHARE } from './protection.ts';
import { MM_EXECUTE_WRITECOPY, isCompatible, isWriteCopy, makeProtectionMask } from './protectionMask.ts';
import type { ProtectionMask } from './protectionMask.ts';
import type { Run } from './runs.ts';
import { getSection, referenceSection } from './section.ts';
import type { Section } from './section.ts';
import { VAD_IMAGE_MAP, VAD_NONE, findVad, insertVad } from './vad.ts';
import { releaseVads } from './virtualMemory.ts';

export interface ViewRequest {
  /** Section id; the view takes a reference of its own. */
  readonly section: number;
  /** Images go to their preferred base without it. */
  readonly base?: number | undefined;
  /** Bytes; 0 for all from `offset` on. With MEM_DOS_LIM it may pass the section's end: touching that is an in-page error. */
  readonly size: number;
  /** Bytes into the section, a multiple of 64 KiB, with MEM_DOS_LIM of the page size. */
  readonly offset: number;
  /** PAGE_*. Images have those of their subsections; what is said here must still be valid. */
  readonly protection: number;
  /** Writes make private copies though `protection` may not say so yet; as it says unless given. */
  readonly writeCopy?: boolean;
  readonly use?: string;
  /** MEM_DOS_LIM, MEM_TOP_DOWN. */
  readonly type: number;
  /** VIEW_SHARE unless given. */
  readonly inherit?: number;
  /** PAGE_*: the most that its pages may be made, if that is less than the section allows. */
  readonly most?: number | undefined;
}

const refused = (status: NtStatus): Placed => ({ status, base: 0 });

/** The checks come in NT's order: protection, inheritance, address and offset, the section's protection, its size. */
export function mapViewOfSection(kernel: Kernel, process: Process, request: ViewRequest): Placed {
  if (!hasAddressSpace(kernel, process)) return refused(STATUS_ACCESS_DENIED);
  const section = getSection(kernel, request.section);
  const mask = makeProtectionMask(request.protection);
  if (mask === undefined) return refused(STATUS_INVALID_PAGE_PROTECTION);
  const pageGranular = (request.type & MEM_DOS_LIM) !== 0;
  const granularity = pageGranular ? PAGE_SIZE : NT_GRANULARITY;
  if (request.offset % granularity || (request.base ?? 0) % granularity) return refused(STATUS_MAPPED_ALIGNMENT);
  const isImage = section.kind === 'image';
  if (!isImage && !isCompatible(section.protection, mask)) return refused(STATUS_SECTION_PROTECTION);
  const rest = section.size - request.offset;
  const size = request.size || rest;
  if (size <= 0 || (!pageGranular && size > roundUp(rest))) return refused(STATUS_INVALID_VIEW_SIZE);
  const place = placeView(process, request, section, size, granularity);
  if (!succeeded(place.status)) return place;

  const start = pageOf(place.base);
  const end = pageOf(roundUp(place.base + size));
  const shared = !isImage && !(request.writeCopy ?? isWriteCopy(mask));
  const whole: Run = { first: 0, count: end - start, committed: true, protection: mask, charged: false };
  const runs = isImage ? cutRuns(imageRuns(section), pageOf(request.offset), end - start) : [whole];
  let charge = 0;
  for (const run of runs) {
    run.charged = isWriteCopy(run.protection);
    if (run.charged) charge += run.count;
  }
  const charged = chargeProcess(kernel, process, charge);
  if (!succeeded(charged)) return refused(charged);
  const shown = section.contents || section.id;
  referenceSection(kernel, shown);
  insertVad(process, {
    start,
    end,
    runs,
    vadType: isImage ? VAD_IMAGE_MAP : VAD_NONE,
    privateMemory: false,
    noChange: false,
    protection: isImage ? MM_EXECUTE_WRITECOPY : mask,
    pageGranular,
    growsDownTo: -1,
    use: request.use ?? '',
    section: shown,
    sectionPage: request.offset / PAGE_SIZE,
    shared,
    inherit: request.inherit ?? VIEW_SHARE,
    ...(request.most === undefined ? {} : { most: makeProtectionMask(request.most) as ProtectionMask }),
  });
  return place;
}

function placeView(
  process: Process,
  request: ViewRequest,
  { image }: Section,
  size: number,
  granularity: number,
): Placed {
  const topDown = (request.type & MEM_TOP_DOWN) !== 0;
  const wish = request.base ?? (image && image.base + request.offset);
  if (wish !== undefined) {
    const [lowest, highest] =
      granularity === PAGE_SIZE ? [PAGE_SIZE, HIGHEST_END + 0xf000] : [LOWEST_ADDRESS, HIGHEST_END];
    const fits = wish >= lowest && wish + size <= highest;
    const place = fits && placeAllocation(process, { base: wish, size, granularity });
    if (typeof place === 'number') return { status: STATUS_SUCCESS, base: place };
    if (request.base !== undefined) return refused(fits ? STATUS_CONFLICTING_ADDRESSES : STATUS_INVALID_PARAMETER_3);
  }
  const place = placeAllocation(process, { size, granularity, topDown });
  if (typeof place !== 'number') return refused(place.status);
  return { status: image ? STATUS_IMAGE_NOT_AT_BASE : STATUS_SUCCESS, base: place };
}

/** `count` pages from `first` on, counted anew. */
function cutRuns(runs: readonly Run[], first: number, count: number): Run[] {
  return runs.flatMap(run => {
    const low = Math.max(run.first, first);
    const high = Math.min(run.first + run.count, first + count);
    return low < high ? [{ ...run, first: low - first, count: high - low }] : [];
  });
}

/** Takes away the view that shows `address`. */
export function unmapViewOfSection(kernel: Kernel, process: Process, address: number): NtStatus {
  const vad = findVad(process, pageOf(address));
  if (!vad || vad.privateMemory) return STATUS_NOT_MAPPED_VIEW;
  releaseVads(kernel, process, vad.start, vad.end);
  return STATUS_SUCCESS;
}
