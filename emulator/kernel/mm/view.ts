/** NtMapViewOfSection: sections shown in a process's address space. */

import { PAGE_SIZE, pageOf, roundUp } from '../../base/pages.ts';
import type { Kernel } from '../kernel.ts';
import type { Process } from '../ps/process.ts';
import { STATUS_INVALID_PAGE_PROTECTION, STATUS_INVALID_PARAMETER, STATUS_SUCCESS } from '../status.ts';
import { MEM_DOS_LIM, isValidProtection } from './protection.ts';
import { referenceSection } from './section.ts';
import { insertVad } from './vad.ts';
import { placeAllocation } from './virtualMemory.ts';
import type { Placed } from './virtualMemory.ts';

export interface ViewRequest {
  /** Section id; the view takes a reference of its own. */
  readonly section: number;
  readonly base?: number;
  /** Bytes. The view may be longer than the section: touching pages behind its end is an in-page error. */
  readonly size: number;
  /** Bytes into the section, a multiple of the page size. */
  readonly offset: number;
  readonly protection: number;
  /** Writes make private copies (PAGE_WRITECOPY); otherwise they go to the section. */
  readonly writeCopy: boolean;
  readonly use?: string;
  /** MEM_DOS_LIM for 4 KiB granularity, else 0. */
  readonly type: number;
}

const VIEW_GRANULARITY = 0x1_0000;

export function mapViewOfSection(kernel: Kernel, process: Process, request: ViewRequest): Placed {
  if (!isValidProtection(request.protection)) return { status: STATUS_INVALID_PAGE_PROTECTION, base: 0 };
  const pageGranular = (request.type & MEM_DOS_LIM) !== 0;
  if (request.offset % (pageGranular ? PAGE_SIZE : VIEW_GRANULARITY))
    return { status: STATUS_INVALID_PARAMETER, base: 0 };
  const place = placeAllocation(process, request.base, request.size, pageGranular ? PAGE_SIZE : VIEW_GRANULARITY);
  if (typeof place !== 'number') return { status: place.status, base: 0 };
  const start = pageOf(place);
  const end = pageOf(roundUp(place + request.size));
  referenceSection(kernel, request.section);
  insertVad(process, {
    start,
    end,
    type: 'mapped',
    allocationProtection: request.protection,
    runs: [{ first: 0, count: end - start, committed: true, protection: request.protection }],
    section: request.section,
    sectionPage: request.offset / PAGE_SIZE,
    shared: !request.writeCopy,
    growsDownTo: -1,
    use: request.use ?? '',
    pageGranular,
  });
  return { status: STATUS_SUCCESS, base: place };
}
