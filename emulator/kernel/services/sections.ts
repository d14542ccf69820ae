/** Sections and their views. */

import { FormatError } from '../../formats/formatError.ts';
import { getDriver } from '../io/driver.ts';
import { openContents, readFileBytes } from '../io/fileBytes.ts';
import { getFileObject } from '../io/fileObject.ts';
import { createImageFileSection } from '../mm/imageFile.ts';
import * as mem from '../mm/protection.ts';
import { makeProtectionMask } from '../mm/protectionMask.ts';
import { closeSection, createPagingSection, createSection, getSection, resizeSection } from '../mm/section.ts';
import { mapViewOfSection, unmapViewOfSection } from '../mm/view.ts';
import { referenceObjectByHandle } from '../ob/handleTable.ts';
import { createObjectByName, openObjectByName } from '../ob/open.ts';
import type { ObjectAttributes } from '../ob/open.ts';
import type { ObjectHeader } from '../ob/object.ts';
import type { Process } from '../ps/process.ts';
import { encodeStructure, structure } from '../rtl/structure.ts';
import {
  STATUS_ACCESS_VIOLATION,
  STATUS_INFO_LENGTH_MISMATCH,
  STATUS_INVALID_FILE_FOR_SECTION,
  STATUS_INVALID_IMAGE_FORMAT,
  STATUS_INVALID_INFO_CLASS,
  STATUS_INVALID_PAGE_PROTECTION,
  STATUS_INVALID_PARAMETER,
  STATUS_INVALID_PARAMETER_4,
  STATUS_MAPPED_FILE_SIZE_ZERO,
  STATUS_SECTION_NOT_EXTENDED,
  STATUS_SECTION_TOO_BIG,
  STATUS_SUCCESS,
  succeeded,
} from '../status.ts';
import type { NtStatus } from '../status.ts';
import {
  accessMask,
  choice,
  flags,
  handle,
  handleOut,
  inOut,
  object,
  objectAttributes,
  optionalLargeInteger,
  optionalOut,
  pointer,
  process,
  size,
} from './arguments.ts';
import type { InOut } from './arguments.ts';
import { PROCESS_VM_OPERATION, PROTECTIONS } from './memory.ts';
import { partly, service } from './service.ts';
import type { Call, Service } from './service.ts';
import { give } from './synchronization.ts';
import { writeLong, writeUser } from './userMemory.ts';

const SECTION_QUERY = 1;
const SECTION_MAP_READ = 4;
const SECTION_EXTEND_SIZE = 0x10;
const SECTION_BASIC_INFORMATION = 0;

export function sectionServices(): Service[] {
  return [
    service(
      0x4a,
      'NtCreateSection',
      [
        handleOut('SectionHandle'),
        accessMask(),
        objectAttributes(),
        optionalLargeInteger('MaximumSize'),
        flags('SectionPageProtection', PROTECTIONS),
        flags('AllocationAttributes', [
          [mem.SEC_IMAGE, 'SEC_IMAGE'],
          [mem.SEC_RESERVE, 'SEC_RESERVE'],
          [mem.SEC_COMMIT, 'SEC_COMMIT'],
        ]),
        handle('FileHandle'),
      ],
      create,
    ),
    service(
      0x37,
      'NtOpenSection',
      [handleOut('SectionHandle'), accessMask(), objectAttributes()],
      (call, to, access, attributes) =>
        give(call, to, openObjectByName(call.kernel, call, 'Section', access, attributes)),
    ),
    service(
      0x28,
      'NtMapViewOfSection',
      [
        object('SectionHandle', 'Section', SECTION_MAP_READ),
        process(PROCESS_VM_OPERATION),
        inOut('BaseAddress', 'PVOID *'),
        size('ZeroBits'),
        size('CommitSize'),
        optionalLargeInteger('SectionOffset'),
        inOut('ViewSize', 'PSIZE_T'),
        choice('InheritDisposition', 'SECTION_INHERIT', [
          [mem.VIEW_SHARE, 'ViewShare'],
          [mem.VIEW_UNMAP, 'ViewUnmap'],
        ]),
        flags('AllocationType', [[mem.MEM_TOP_DOWN, 'MEM_TOP_DOWN']]),
        flags('PageProtection', PROTECTIONS),
      ],
      (call, section, target, base, _zeroBits, _commit, offset, viewSize, inherit, type, protection) =>
        map(call, section, target, { base, offset: offset ?? 0, size: viewSize, inherit, type, protection }),
    ),
    service(
      0x2a,
      'NtUnmapViewOfSection',
      [process(PROCESS_VM_OPERATION), pointer('BaseAddress')],
      ({ kernel }, target, address) =>
        address < 0 ? STATUS_INVALID_PARAMETER : unmapViewOfSection(kernel, target, address),
    ),
    service(
      0xe3,
      'NtExtendSection',
      [object('SectionHandle', 'Section', SECTION_EXTEND_SIZE), inOut('NewSectionSize', 'PLARGE_INTEGER')],
      (call, header, { address, value }) => {
        const section = getSection(call.kernel, header.body);
        if (section.kind !== 'dataFile') return STATUS_SECTION_NOT_EXTENDED;
        if (value > section.size) {
          if (section.contents !== 0) resizeSection(call.kernel, section.contents, value);
          resizeSection(call.kernel, section.id, value);
        }
        writeLong(call, address, Math.max(value, section.size));
        return STATUS_SUCCESS;
      },
    ),
    partly(
      service(
        0x51,
        'NtQuerySection',
        [
          object('SectionHandle', 'Section', SECTION_QUERY),
          choice('SectionInformationClass', 'SECTION_INFORMATION_CLASS', [
            [SECTION_BASIC_INFORMATION, 'SectionBasicInformation'],
          ]),
          pointer('SectionInformation'),
          size('SectionInformationLength'),
          optionalOut('ReturnLength', 'PSIZE_T', 8),
        ],
        query,
      ),
      'SectionBasicInformation only.',
    ),
  ];
}

function create(
  call: Call,
  to: number,
  access: number,
  attributes: ObjectAttributes,
  maximum: number | undefined,
  protection: number,
  type: number,
  fileHandle: number,
): NtStatus {
  const made =
    fileHandle === 0
      ? pagingSection(call, maximum ?? 0, protection, type)
      : fileSection(call, fileHandle, maximum ?? 0, protection, type);
  if (!succeeded(made.status)) return made.status;
  const opened = createObjectByName(call.kernel, call, 'Section', access, attributes, () => made.section);
  // Another object of that name, or none: the section was made for nothing.
  if (opened.object?.body !== made.section) closeSection(call.kernel, made.section);
  return give(call, to, opened);
}

interface Made {
  readonly status: NtStatus;
  readonly section: number;
}

function pagingSection({ kernel }: Call, maximum: number, protection: number, type: number): Made {
  const mask = makeProtectionMask(protection);
  if (mask === undefined) return { status: STATUS_INVALID_PAGE_PROTECTION, section: 0 };
  if (type & mem.SEC_IMAGE) return { status: STATUS_INVALID_FILE_FOR_SECTION, section: 0 };
  if (maximum <= 0) return { status: STATUS_INVALID_PARAMETER_4, section: 0 };
  return createPagingSection(kernel, { size: maximum, protection: mask, isReserve: (type & mem.SEC_RESERVE) !== 0 });
}

const FILE_READ_DATA = 1;

function fileSection(call: Call, fileHandle: number, maximum: number, protection: number, type: number): Made {
  const { kernel, process: owner } = call;
  const found = referenceObjectByHandle(kernel, owner, fileHandle, FILE_READ_DATA, 'File');
  if (!found.object) return { status: found.status, section: 0 };
  const { driver, file } = getFileObject(kernel, found.object.body);
  const information = getDriver(kernel, driver).files?.information(file);
  if (information?.kind !== 'file') return { status: STATUS_INVALID_FILE_FOR_SECTION, section: 0 };
  if (information.size === 0 && maximum === 0) return { status: STATUS_MAPPED_FILE_SIZE_ZERO, section: 0 };
  if (maximum > information.size) return { status: STATUS_SECTION_TOO_BIG, section: 0 };
  const mask = makeProtectionMask(protection);
  if (mask === undefined) return { status: STATUS_INVALID_PAGE_PROTECTION, section: 0 };
  const source = { driver, file };
  if (!(type & mem.SEC_IMAGE))
    return {
      status: STATUS_SUCCESS,
      section: createSection(kernel, {
        kind: 'dataFile',
        size: maximum || information.size,
        contents: openContents(kernel, source, information.size),
        protection: mask,
      }),
    };
  const contents = openContents(kernel, source, information.size);
  try {
    return createImageFileSection(kernel, readFileBytes(kernel, source, information.size), contents);
  } catch (error) {
    if (error instanceof FormatError) return { status: STATUS_INVALID_IMAGE_FORMAT, section: 0 };
    throw error;
  } finally {
    closeSection(kernel, contents);
  }
}

interface View {
  readonly base: InOut;
  readonly offset: number;
  readonly size: InOut;
  readonly inherit: number;
  readonly type: number;
  readonly protection: number;
}

function map(call: Call, header: ObjectHeader, target: Process, view: View): NtStatus {
  const { base, offset, size: length, inherit, type, protection } = view;
  if (type & mem.MEM_DOS_LIM || offset < 0 || length.value < 0) return STATUS_INVALID_PARAMETER;
  const placed = mapViewOfSection(call.kernel, target, {
    section: header.body,
    base: base.value === 0 ? undefined : base.value,
    size: length.value,
    offset,
    protection,
    inherit,
    type,
  });
  if (!succeeded(placed.status)) return placed.status;
  writeLong(call, base.address, placed.base);
  writeLong(call, length.address, length.value || getSection(call.kernel, header.body).size - offset);
  return placed.status;
}

const BASIC_INFORMATION = () =>
  structure('SECTION_BASIC_INFORMATION', 0x18, [
    [0x00, 'BaseAddress', 'pointer', ''],
    [0x08, 'AllocationAttributes', 'u32', ''],
    [0x10, 'MaximumSize', 'u64', ''],
  ]);
function query(
  call: Call,
  header: ObjectHeader,
  what: number,
  buffer: number,
  length: number,
  returned: number,
): NtStatus {
  const section = getSection(call.kernel, header.body);
  const attributes = { pageFile: mem.SEC_COMMIT, dataFile: mem.SEC_FILE, image: mem.SEC_FILE | mem.SEC_IMAGE };
  if (what !== SECTION_BASIC_INFORMATION) return STATUS_INVALID_INFO_CLASS;
  const bytes = encodeStructure(BASIC_INFORMATION(), {
    AllocationAttributes: attributes[section.kind],
    MaximumSize: section.size,
  });
  if (length < bytes.length) return STATUS_INFO_LENGTH_MISMATCH;
  if (!writeUser(call, buffer, bytes)) return STATUS_ACCESS_VIOLATION;
  if (returned) writeLong(call, returned, bytes.length);
  return STATUS_SUCCESS;
}
