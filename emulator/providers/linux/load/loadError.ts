/** Why a program cannot be started: a sentence for the person who wants to start it, and an error for execve(2). */

import { ENOEXEC } from '../abi/errno.ts';

export class LoadError extends Error {
  override readonly name = 'LoadError';
  /** Positive error number. */
  readonly errno: number;
  constructor(sentence: string, errno = ENOEXEC) {
    super(sentence);
    this.errno = errno;
  }
}
