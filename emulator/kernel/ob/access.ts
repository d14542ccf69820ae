/** Access masks (winnt.h): the rights that a handle grants, and the generic ones that each type of object translates. */

export type AccessMask = number;

export const DELETE = 0x1_0000;
export const READ_CONTROL = 0x2_0000;
export const SYNCHRONIZE = 0x10_0000;
export const STANDARD_RIGHTS_REQUIRED = 0xf_0000;
export const ACCESS_SYSTEM_SECURITY = 0x100_0000;
export const MAXIMUM_ALLOWED = 0x200_0000;
export const GENERIC_ALL = 0x1000_0000;
export const GENERIC_EXECUTE = 0x2000_0000;
export const GENERIC_WRITE = 0x4000_0000;
export const GENERIC_READ = 0x8000_0000;
const GENERIC = GENERIC_ALL | GENERIC_EXECUTE | GENERIC_WRITE | GENERIC_READ;

/** GENERIC_MAPPING: what the four generic rights stand for. */
export interface GenericMapping {
  readonly read: AccessMask;
  readonly write: AccessMask;
  readonly execute: AccessMask;
  readonly all: AccessMask;
}

/** RtlMapGenericMask: the same request in the type's own rights. */
export function mapGenericMask(access: AccessMask, mapping: GenericMapping): AccessMask {
  let mapped = access & ~GENERIC;
  if (access & GENERIC_READ) mapped |= mapping.read;
  if (access & GENERIC_WRITE) mapped |= mapping.write;
  if (access & GENERIC_EXECUTE) mapped |= mapping.execute;
  if (access & GENERIC_ALL) mapped |= mapping.all;
  return mapped;
}

/** Whether `granted` holds every right of `wanted`. */
export function grants(granted: AccessMask, wanted: AccessMask): boolean {
  return (wanted & ~granted) === 0;
}
