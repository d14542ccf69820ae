/** What the answers of the kernel's volumes are as error numbers. */

import * as status from '../../../kernel/status.ts';
import type { NtStatus } from '../../../kernel/status.ts';
import * as errno from '../abi/errno.ts';

const NUMBERS: Readonly<Record<NtStatus, number>> = {
  [status.STATUS_SUCCESS]: 0,
  [status.STATUS_ACCESS_DENIED]: errno.EACCES,
  [status.STATUS_OBJECT_NAME_COLLISION]: errno.EEXIST,
  [status.STATUS_OBJECT_NAME_NOT_FOUND]: errno.ENOENT,
  [status.STATUS_DELETE_PENDING]: errno.ENOENT,
  [status.STATUS_FILE_IS_A_DIRECTORY]: errno.EISDIR,
  [status.STATUS_NOT_A_DIRECTORY]: errno.ENOTDIR,
  [status.STATUS_DIRECTORY_NOT_EMPTY]: errno.ENOTEMPTY,
  [status.STATUS_REPARSE_POINT_NOT_RESOLVED]: errno.ELOOP,
  [status.STATUS_DISK_FULL]: errno.ENOSPC,
  [status.STATUS_FILE_TOO_LARGE]: errno.EFBIG,
  [status.STATUS_MEDIA_WRITE_PROTECTED]: errno.EROFS,
  [status.STATUS_NOT_SAME_DEVICE]: errno.EXDEV,
  [status.STATUS_TOO_MANY_LINKS]: errno.EMLINK,
  [status.STATUS_NOT_SUPPORTED]: errno.EPERM,
  [status.STATUS_INVALID_PARAMETER]: errno.EINVAL,
};

/** 0 or a negative error. */
export function errnoOf(answer: NtStatus): number {
  return -(NUMBERS[answer] ?? errno.EIO);
}
