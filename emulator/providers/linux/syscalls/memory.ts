/** Memory: mmap(2) and its kin, translated to allocations and views of the kernel, 4 KiB granular. */

import { refuseWriting } from '../files/seals.ts';
import { PAGE_SIZE, pageOf, roundDown, roundUp, USER_LIMIT } from '../../../base/pages.ts';
import { unlockVirtualMemory } from '../../../kernel/mm/lock.ts';
import { MAP_HIGH, MAP_LOW } from '../../../kernel/mm/place.ts';
import {
  MEM_COMMIT,
  MEM_DECOMMIT,
  MEM_DOS_LIM,
  MEM_RELEASE,
  MEM_RESERVE,
  PAGE_EXECUTE_READ,
  PAGE_READWRITE,
} from '../../../kernel/mm/protection.ts';
import { isWritable as isWritableMask } from '../../../kernel/mm/protectionMask.ts';
import { clearSection, closeSection, createSection } from '../../../kernel/mm/section.ts';
import { isRangeFree } from '../../../kernel/mm/vad.ts';
import { mapViewOfSection } from '../../../kernel/mm/view.ts';
import { allocateVirtualMemory, discardVirtualMemory, freeVirtualMemory } from '../../../kernel/mm/virtualMemory.ts';
import { succeeded } from '../../../kernel/status.ts';
import { EACCES, EBUSY, EEXIST, EINVAL, ENODEV, ENOMEM, isError } from '../abi/errno.ts';
import * as mman from '../abi/mman.ts';
import { RLIMIT_DATA } from '../abi/sched.ts';
import { sectionOf } from '../../../kernel/io/volume/contents.ts';
import { fileOf, inodeOf, isReadable, isWritable, type OpenFile } from '../files/openFile.ts';
import { lockedPages, lockMapping, lockRange, mlockall, munlockall, refuseLockedMapping } from '../memory/locking.ts';
import { pageProtection } from '../memory/protection.ts';
import { checkAddressSpace, coveringParts, mappedParts, type Part, protectPart } from '../memory/range.ts';
import { remapFilePages } from '../memory/rearrange.ts';
import { mremap } from '../memory/remap.ts';
import type { Task } from '../task.ts';
import { type Argument, choice, fd, flags, offset, out, pointer, size } from './arguments.ts';
import { call, partly, type Row } from './row.ts';
import { giveBytes } from '../userMemory.ts';

const address = pointer('addr');
/** An address that must be a multiple of the page size: checked on all 64 bits, which a number does not hold. */
const aligned: Argument<number> = {
  ...address,
  mayRefuse: true,
  decode(task, register) {
    if (task.frame.low(register) % PAGE_SIZE !== 0) task.refusal = -EINVAL;
    return address.decode(task, register);
  },
};
const length = size('length');
const protection = flags('prot', mman.PROT_FLAGS, 'PROT_NONE');

export const memoryRows: readonly Row[] = [
  partly(
    call(9, 'mmap', [address, length, protection, flags('flags', mman.MAP_FLAGS), fd(), offset()], mmap),
    'Hints above 4 GiB are not honoured; MAP_POPULATE and MAP_HUGETLB are ignored.',
  ),
  call(10, 'mprotect', [aligned, length, protection], mprotect),
  call(11, 'munmap', [aligned, length], munmap),
  call(12, 'brk', [address], brk),
  partly(
    call(
      25,
      'mremap',
      [
        pointer('old_address'),
        size('old_size'),
        size('new_size'),
        flags('flags', mman.MREMAP_FLAGS),
        pointer('new_address'),
      ],
      mremap,
    ),
    'Within one mapping; MREMAP_DONTUNMAP is refused.',
  ),
  partly(
    call(26, 'msync', [aligned, length, flags('flags', mman.MSYNC_FLAGS)], msync),
    'Mappings and files share their pages; nothing is written to the host.',
  ),
  partly(
    call(27, 'mincore', [aligned, length, out('vec', 'unsigned char *')], mincore),
    'Says that all mapped pages are in memory.',
  ),
  partly(
    call(28, 'madvise', [aligned, length, choice('advice', mman.MADVISE_NAMES)], madvise),
    'MADV_DONTNEED, MADV_FREE and MADV_REMOVE act; other advice is not taken.',
  ),
  ...locking(),
  call(
    216,
    'remap_file_pages',
    [address, size(), flags('prot', mman.PROT_FLAGS), size('pgoff'), flags('flags', mman.MAP_FLAGS)],
    remapFilePages,
  ),
];

function locking(): Row[] {
  return [
    call(149, 'mlock', [address, length], mlock),
    call(150, 'munlock', [address, length], munlock),
    call(151, 'mlockall', [flags('flags', mman.MCL_FLAGS)], mlockall),
    call(152, 'munlockall', [], munlockall),
    partly(call(325, 'mlock2', [address, length, size('flags')], mlock2), 'MLOCK_ONFAULT locks at once.'),
  ];
}

function mlock(task: Task, start: number, wanted: number): number {
  return lockRange(task, roundDown(start), roundUp(start + wanted) - roundDown(start));
}

const MLOCK_ONFAULT = 1;

function mlock2(task: Task, start: number, wanted: number, lockFlags: number): number {
  return lockFlags & ~MLOCK_ONFAULT ? -EINVAL : mlock(task, start, wanted);
}

function munlock(task: Task, start: number, wanted: number): number {
  const bytes = roundUp(start + wanted) - roundDown(start);
  if (bytes > 0 && !coveringParts(task, roundDown(start), bytes)) return -ENOMEM;
  unlockVirtualMemory(task.kernel, task.process, start, wanted);
  return 0;
}

function mmap(
  task: Task,
  hint: number,
  wanted: number,
  prot: number,
  mapFlags: number,
  descriptor: number,
  start: number,
): number {
  const type = mapFlags & mman.MAP_TYPE;
  const isShared = type === mman.MAP_SHARED || type === mman.MAP_SHARED_VALIDATE;
  if (wanted <= 0 || start % PAGE_SIZE !== 0 || start < 0) return -EINVAL;
  if (!isShared && type !== mman.MAP_PRIVATE) return -EINVAL;
  const bytes = roundUp(wanted);
  if (bytes >= USER_LIMIT) return -ENOMEM;
  const refused = checkAddressSpace(task, bytes, prot !== mman.PROT_NONE && (mapFlags & mman.MAP_ANONYMOUS) !== 0);
  if (refused < 0) return refused;
  const file = mapFlags & mman.MAP_ANONYMOUS ? undefined : fileOf(task, descriptor);
  if (file !== undefined) {
    if (isError(file)) return file;
    const denied = checkFile(task, file, prot, isShared);
    if (denied < 0) return denied;
  }
  const isLocked = (mapFlags & mman.MAP_LOCKED) !== 0 || task.group.memory.locksFuture;
  const tooMuch = isLocked ? refuseLockedMapping(task, bytes) : 0;
  if (tooMuch < 0) return tooMuch;
  const base = choosePlace(task, hint, bytes, mapFlags);
  if (base !== undefined && base < 0) return base;
  const { status, base: mapped } =
    file?.type === 'regular'
      ? mapFile(task, file, base, bytes, prot, isShared, start)
      : mapAnonymous(task, base, bytes, prot, isShared, mapFlags);
  if (!succeeded(status)) return -ENOMEM;
  if (isLocked) lockMapping(task, mapped, bytes);
  return mapped;
}

function checkFile(task: Task, file: OpenFile, prot: number, isShared: boolean): number {
  if (file.type !== 'regular' && file.type !== 'zero')
    return file.type === 'directory' || file.type === 'text' ? -ENODEV : -EACCES;
  if (!isReadable(file)) return -EACCES;
  if (!isShared || (prot & mman.PROT_WRITE) === 0) return 0;
  return isWritable(file) ? refuseWriting(inodeOf(task, file)) : -EACCES;
}

/**
 * The address that a mapping must have, or undefined if the kernel may choose. MAP_FIXED takes what is there away first;
 * hints are taken when they are free and low.
 */
function choosePlace(task: Task, hint: number, bytes: number, mapFlags: number): number | undefined {
  const { kernel, process } = task;
  if (mapFlags & (mman.MAP_FIXED | mman.MAP_FIXED_NOREPLACE)) {
    if (hint % PAGE_SIZE !== 0 || hint + bytes > USER_LIMIT - PAGE_SIZE) return hint % PAGE_SIZE ? -EINVAL : -ENOMEM;
    if (hint < 0x1_0000) return -EACCES;
    const isFree = isRangeFree(process, pageOf(hint), pageOf(hint + bytes));
    if (mapFlags & mman.MAP_FIXED_NOREPLACE) return isFree ? hint : -EEXIST;
    if (!isFree) freeVirtualMemory(kernel, process, hint, bytes, MEM_RELEASE | MEM_DOS_LIM);
    return hint;
  }
  const wish = Math.floor(hint / PAGE_SIZE) * PAGE_SIZE;
  if (wish < MAP_LOW || wish + bytes > MAP_HIGH) return undefined;
  return isRangeFree(process, pageOf(wish), pageOf(wish + bytes)) ? wish : undefined;
}

function mapFile(
  task: Task,
  file: OpenFile,
  base: number | undefined,
  bytes: number,
  prot: number,
  isShared: boolean,
  start: number,
): { status: number; base: number } {
  return mapViewOfSection(task.kernel, task.process, {
    section: sectionOf(task.kernel, inodeOf(task, file)),
    base,
    size: bytes,
    offset: start,
    protection: pageProtection(prot, !isShared),
    writeCopy: !isShared,
    use: file.path,
    type: MEM_DOS_LIM,
    most: isShared && !isWritable(file) ? PAGE_EXECUTE_READ : undefined,
  });
}

/**
 * Shared anonymous memory is a section of its own. Private memory that may not be touched is only reserved, so that
 * programs may keep room for later without being charged for it; mprotect commits it.
 */
function mapAnonymous(
  task: Task,
  base: number | undefined,
  bytes: number,
  prot: number,
  isShared: boolean,
  mapFlags: number,
): { status: number; base: number } {
  const { kernel, process } = task;
  if (isShared) {
    const section = createSection(kernel, { size: bytes });
    const view = {
      section,
      base,
      size: bytes,
      offset: 0,
      protection: pageProtection(prot, false),
      writeCopy: false,
      use: '/dev/zero (deleted)',
      type: MEM_DOS_LIM,
    };
    const placed = mapViewOfSection(kernel, process, view);
    closeSection(kernel, section);
    return placed;
  }
  const isReserve = prot === mman.PROT_NONE;
  return allocateVirtualMemory(kernel, process, {
    base,
    size: bytes,
    type: MEM_RESERVE | MEM_DOS_LIM | (isReserve ? 0 : MEM_COMMIT),
    protection: isReserve ? PAGE_READWRITE : pageProtection(prot, false),
    ...(mapFlags & mman.MAP_GROWSDOWN && base !== undefined ? { growsDownTo: base } : {}),
  });
}

function mprotect(task: Task, start: number, wanted: number, prot: number): number {
  const bytes = roundUp(wanted);
  if (bytes === 0) return 0;
  // As in Linux, the pages before a hole have changed when the hole is met.
  const { parts, isWhole } = mappedParts(task, start, bytes);
  for (const part of parts) {
    const refused = protectPart(task, part, prot);
    if (refused < 0) return refused;
  }
  return isWhole ? 0 : -ENOMEM;
}

function munmap(task: Task, start: number, wanted: number): number {
  if (wanted <= 0 || start + wanted > USER_LIMIT) return -EINVAL;
  freeVirtualMemory(task.kernel, task.process, start, roundUp(wanted), MEM_RELEASE | MEM_DOS_LIM);
  return 0;
}

/** brk(2): the system call answers the new break, or the present one if it cannot move. */
function brk(task: Task, wanted: number): number {
  const { memory, limits } = task.group;
  if (wanted < memory.breakStart || wanted > memory.breakLimit) return memory.break;
  if (wanted - memory.breakStart > limits[RLIMIT_DATA].soft) return memory.break;
  const end = roundUp(wanted);
  const { breakCommitted } = memory;
  if (end > breakCommitted) {
    const growth = end - breakCommitted;
    if (checkAddressSpace(task, growth) < 0) return memory.break;
    if (memory.locksFuture && refuseLockedMapping(task, growth) < 0) return memory.break;
    const request = { base: breakCommitted, size: growth, type: MEM_COMMIT | MEM_DOS_LIM, protection: PAGE_READWRITE };
    if (!succeeded(allocateVirtualMemory(task.kernel, task.process, request).status)) return memory.break;
    memory.breakCommitted = end;
    if (memory.locksFuture) lockMapping(task, breakCommitted, growth);
  } else if (end < breakCommitted) {
    freeVirtualMemory(task.kernel, task.process, end, breakCommitted - end, MEM_DECOMMIT);
    memory.breakCommitted = end;
  }
  memory.break = wanted;
  return wanted;
}

function msync(task: Task, start: number, wanted: number, syncFlags: number): number {
  if (syncFlags & ~7 || (syncFlags & 5) === 5) return -EINVAL;
  const bytes = roundUp(wanted);
  if (syncFlags & mman.MS_INVALIDATE && isLockedIn(task, start, bytes)) return -EBUSY;
  return wanted === 0 || coveringParts(task, start, bytes) ? 0 : -ENOMEM;
}

function isLockedIn({ kernel, process }: Task, start: number, bytes: number): boolean {
  return lockedPages(kernel, process, pageOf(start), pageOf(start + bytes)) > 0;
}

function mincore(task: Task, start: number, wanted: number, result: number): number {
  if (wanted > 0 && !coveringParts(task, start, roundUp(wanted))) return -ENOMEM;
  return giveBytes(task, result, new Uint8Array(roundUp(wanted) / PAGE_SIZE).fill(1));
}

const NOT_TAKEN = [mman.MADV_MERGEABLE, mman.MADV_UNMERGEABLE];

function madvise(task: Task, start: number, wanted: number, advice: number): number {
  const isKnown = mman.MADVISE_NAMES.some(([known]) => known === advice) && !NOT_TAKEN.includes(advice);
  if (!isKnown || wanted < 0) return -EINVAL;
  const bytes = roundUp(wanted);
  if (bytes === 0) return 0;
  const parts = coveringParts(task, start, bytes);
  if (!parts) return -ENOMEM;
  if (advice === mman.MADV_REMOVE) return removePages(task, parts);
  const discards = [mman.MADV_DONTNEED, mman.MADV_FREE].includes(advice);
  if (discards && isLockedIn(task, start, bytes)) return -EINVAL;
  if (discards || advice === mman.MADV_DONTNEED_LOCKED) discardVirtualMemory(task.kernel, task.process, start, bytes);
  return 0;
}

/** MADV_REMOVE: a hole in what the shared mappings show. */
function removePages(task: Task, parts: readonly Part[]): number {
  for (const { vad, low, high } of parts) {
    const { kernel, process } = task;
    if (vad.section === 0 || lockedPages(kernel, process, low, high) > 0) return -EINVAL;
    if (!vad.shared || !isWritableMask(vad.protection)) return -EACCES;
    clearSection(kernel, vad.section, (vad.sectionPage + low - vad.start) * PAGE_SIZE, (high - low) * PAGE_SIZE);
  }
  return 0;
}
