/** A file of a user's provider as it runs: what the session has compiled, and V8 runs as a script of its own. */

import { pathToFileURL } from 'node:url';

export interface UserModule {
  /** Of the file that the user has written. */
  readonly path: string;
  /** What runs: the text of V8's script from its first character on. */
  readonly code: string;
  /** JSON of the source map from `code` to the file; '' for a file that has no code, such as data. */
  readonly map: string;
}

/**
 * The address by which V8 knows the file's script: what the machine's thread gives as `filename`. `version` counts the
 * times that the provider was loaded anew, from 0 on.
 */
export function moduleUrl(path: string, version: number): string {
  const { href } = pathToFileURL(path);
  return version === 0 ? href : `${href}?v=${version}`;
}
