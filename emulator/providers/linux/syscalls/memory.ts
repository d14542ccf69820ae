/** Memory: mmap(2) and its kin, translated to allocations and views of the kernel, 4 KiB granular. */

import { refuseWriting } from '../files/seals.ts';
import { PAGE_SIZE, pageOf, roundDown, roundUp, USER_LIMIT } from '../../../base/pages.ts';
import { addressSpace } from '../../../kernel/mm/addressSpaces.ts';
import { lockVirtualMemory, unlockVirtualMemory } from '../../../kernel/mm/lock.ts';
import { MAP_HIGH, MAP_LOW } from '../../../kernel/mm/place.ts';
import {
  MEM_COMMIT,
  MEM_DECOMMIT,
  MEM_DOS_LIM,
  MEM_RELEASE,
  MEM_RESERVE,
  PAGE_READWRITE,
} from '../../../kernel/mm/protection.ts';
import { closeSection, createSection } from '../../../kernel/mm/section.ts';
import { isRangeFree } from '../../../kernel/mm/vad.ts';
import { mapViewOfSection } from '../../../kernel/mm/view.ts';
import { allocateVirtualMemory, discardVirtualMemory, freeVirtualMemory } from '../../../kernel/mm/virtualMemory.ts';
import { succeeded } from '../../../kernel/status.ts';
import { EACCES, EEXIST, EINVAL, ENODEV, ENOMEM, isError } from '../abi/errno.ts';
import * as mman from '../abi/mman.ts';
import { RLIMIT_DATA } from '../abi/sched.ts';
import { sectionOf } from '../../../kernel/io/volume/contents.ts';
import { fileOf, inodeOf, isReadable, isWritable, type OpenFile } from '../files/openFile.ts';
import { pageProtection } from '../memory/protection.ts';
import { checkAddressSpace, coveringParts, mappedParts, protectPart } from '../memory/range.ts';
import { mremap } from '../memory/remap.ts';
import type { Task } from '../task.ts';
import { choice, fd, flags, offset, out, pointer, size } from './arguments.ts';
import { call, missing, partly, type Row } from './row.ts';
import { giveBytes } from '../userMemory.ts';

const address = pointer('addr');
const length = size('length');
const protection = flags('prot', mman.PROT_FLAGS, 'PROT_NONE');

export const memoryRows: readonly Row[] = [
  partly(
    call(9, 'mmap', [address, length, protection, flags('flags', mman.MAP_FLAGS), fd(), offset()], mmap),
    'Hints above 4 GiB are not honoured; MAP_LOCKED, MAP_POPULATE and MAP_HUGETLB are ignored.',
  ),
  call(10, 'mprotect', [address, length, protection], mprotect),
  call(11, 'munmap', [address, length], munmap),
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
    call(26, 'msync', [address, length, flags('flags', mman.MSYNC_FLAGS)], msync),
    'Mappings and files share their pages; nothing is written to the host.',
  ),
  partly(
    call(27, 'mincore', [address, length, out('vec', 'unsigned char *')], mincore),
    'Says that all mapped pages are in memory.',
  ),
  partly(
    call(28, 'madvise', [address, length, choice('advice', mman.MADVISE_NAMES)], madvise),
    'MADV_DONTNEED and MADV_FREE act; other advice is not taken.',
  ),
  ...locking(),
  missing(216, 'remap_file_pages', 'Obsolete; programs use mmap.'),
];

function locking(): Row[] {
  return [
    call(149, 'mlock', [address, length], mlock),
    call(150, 'munlock', [address, length], munlock),
    partly(call(151, 'mlockall', [size('flags')], mlockall), 'Locks what is in memory; MCL_FUTURE is ignored.'),
    call(152, 'munlockall', [], munlockall),
    partly(call(325, 'mlock2', [address, length, size('flags')], mlock), 'MLOCK_ONFAULT locks at once.'),
  ];
}

/** Keeps pages from being trimmed and compressed, where the machine has a limit on resident memory. */
function mlock({ kernel, process }: Task, start: number, wanted: number): number {
  const bytes = roundUp(start + wanted) - roundDown(start);
  return bytes === 0 || succeeded(lockVirtualMemory(kernel, process, roundDown(start), bytes)) ? 0 : -ENOMEM;
}

function munlock(task: Task, start: number, wanted: number): number {
  const bytes = roundUp(start + wanted) - roundDown(start);
  if (bytes > 0 && !coveringParts(task, roundDown(start), bytes)) return -ENOMEM;
  unlockVirtualMemory(task.kernel, task.process, start, wanted);
  return 0;
}

function mlockall({ kernel, process }: Task): number {
  addressSpace(kernel, process).setLocked(0, pageOf(USER_LIMIT), true);
  return 0;
}

function munlockall({ kernel, process }: Task): number {
  unlockVirtualMemory(kernel, process, 0, USER_LIMIT);
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
  const base = choosePlace(task, hint, bytes, mapFlags);
  if (base !== undefined && base < 0) return base;
  const { status, base: mapped } =
    file?.type === 'regular'
      ? mapFile(task, file, base, bytes, prot, isShared, start)
      : mapAnonymous(task, base, bytes, prot, isShared, mapFlags);
  return succeeded(status) ? mapped : -ENOMEM;
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
  if (start % PAGE_SIZE !== 0) return -EINVAL;
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
  if (start % PAGE_SIZE !== 0 || wanted <= 0 || start + wanted > USER_LIMIT) return -EINVAL;
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
    const request = { base: breakCommitted, size: growth, type: MEM_COMMIT | MEM_DOS_LIM, protection: PAGE_READWRITE };
    if (!succeeded(allocateVirtualMemory(task.kernel, task.process, request).status)) return memory.break;
    memory.breakCommitted = end;
  } else if (end < breakCommitted) {
    freeVirtualMemory(task.kernel, task.process, end, breakCommitted - end, MEM_DECOMMIT);
    memory.breakCommitted = end;
  }
  memory.break = wanted;
  return wanted;
}

function msync(task: Task, start: number, wanted: number, syncFlags: number): number {
  if (start % PAGE_SIZE !== 0 || syncFlags & ~7 || (syncFlags & 5) === 5) return -EINVAL;
  return wanted === 0 || coveringParts(task, start, roundUp(wanted)) ? 0 : -ENOMEM;
}

function mincore(task: Task, start: number, wanted: number, result: number): number {
  if (start % PAGE_SIZE !== 0) return -EINVAL;
  if (wanted > 0 && !coveringParts(task, start, roundUp(wanted))) return -ENOMEM;
  return giveBytes(task, result, new Uint8Array(roundUp(wanted) / PAGE_SIZE).fill(1));
}

function madvise(task: Task, start: number, wanted: number, advice: number): number {
  if (start % PAGE_SIZE !== 0 || wanted < 0) return -EINVAL;
  const bytes = roundUp(wanted);
  if (bytes === 0) return 0;
  if (!coveringParts(task, start, bytes)) return -ENOMEM;
  const discards = [mman.MADV_DONTNEED, mman.MADV_FREE, mman.MADV_DONTNEED_LOCKED];
  if (discards.includes(advice)) discardVirtualMemory(task.kernel, task.process, start, bytes);
  return advice === mman.MADV_REMOVE || advice < 0 ? -EINVAL : 0;
}
