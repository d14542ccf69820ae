/** NTSTATUS values the kernel returns, spelled as in ntstatus.h. */

export type NtStatus = number;

export const STATUS_SUCCESS = 0x0000_0000;
export const STATUS_TIMEOUT = 0x0000_0102;
export const STATUS_USER_APC = 0x0000_00c0;
export const STATUS_GUARD_PAGE_VIOLATION = 0x8000_0001;
export const STATUS_BREAKPOINT = 0x8000_0003;
export const STATUS_SINGLE_STEP = 0x8000_0004;
export const STATUS_UNSUCCESSFUL = 0xc000_0001;
export const STATUS_INFO_LENGTH_MISMATCH = 0xc000_0004;
export const STATUS_ACCESS_VIOLATION = 0xc000_0005;
export const STATUS_IN_PAGE_ERROR = 0xc000_0006;
export const STATUS_INVALID_PARAMETER = 0xc000_000d;
export const STATUS_NO_MEMORY = 0xc000_0017;
export const STATUS_CONFLICTING_ADDRESSES = 0xc000_0018;
export const STATUS_UNABLE_TO_FREE_VM = 0xc000_001a;
export const STATUS_ILLEGAL_INSTRUCTION = 0xc000_001d;
export const STATUS_ACCESS_DENIED = 0xc000_0022;
export const STATUS_NOT_COMMITTED = 0xc000_002d;
export const STATUS_INVALID_PAGE_PROTECTION = 0xc000_0045;
export const STATUS_SECTION_PROTECTION = 0xc000_004e;
export const STATUS_INTEGER_DIVIDE_BY_ZERO = 0xc000_0094;
export const STATUS_PRIVILEGED_INSTRUCTION = 0xc000_0096;
export const STATUS_MEMORY_NOT_ALLOCATED = 0xc000_00a0;
export const STATUS_PROCESS_IS_TERMINATING = 0xc000_010a;
export const STATUS_STACK_OVERFLOW = 0xc000_00fd;
export const STATUS_COMMITMENT_LIMIT = 0xc000_012d;
export const STATUS_TOO_LATE = 0xc000_0189;
export const STATUS_QUOTA_EXCEEDED = 0xc000_0044;

export function succeeded(status: NtStatus): boolean {
  return status < 0x8000_0000;
}
