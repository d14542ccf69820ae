/** What readers of file formats throw: a sentence that says what is wrong with the bytes, and what to do about it. */
export class FormatError extends Error {
  override readonly name = 'FormatError';
}
