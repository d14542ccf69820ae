/** The text of a launch.json with one configuration more; comments and the rest stay as they are. */

import {
  findNodeAtLocation,
  type FormattingOptions,
  applyEdits,
  modify,
  type ParseError,
  parseTree,
} from 'jsonc-parser';

export interface NamedConfiguration {
  readonly name: string;
  readonly [attribute: string]: unknown;
}

/** What VS Code itself begins the file with. */
const EMPTY = '{\n  "version": "0.2.0",\n  "configurations": []\n}\n';

/** The configuration comes first, as VS Code's own Add Configuration does it. Undefined where the text has mistakes. */
export function withConfiguration(text: string, configuration: NamedConfiguration): string | undefined {
  const before = text.trim() === '' ? EMPTY : text;
  const mistakes: ParseError[] = [];
  const root = parseTree(before, mistakes, { allowTrailingComma: true });
  if (root?.type !== 'object' || mistakes.length > 0) return undefined;
  const list = findNodeAtLocation(root, ['configurations']);
  if (list !== undefined && list.type !== 'array') return undefined;
  const formattingOptions = formattingOf(before);
  const edits = list
    ? modify(before, ['configurations', 0], configuration, { formattingOptions, isArrayInsertion: true })
    : modify(before, ['configurations'], [configuration], { formattingOptions });
  return applyEdits(before, edits);
}

/** As the file is written so far. */
function formattingOf(text: string): FormattingOptions {
  const [, indent] = /^([ \t]+)\S/m.exec(text) ?? [];
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  return indent?.startsWith('\t')
    ? { insertSpaces: false, tabSize: 4, eol }
    : { insertSpaces: true, tabSize: indent?.length ?? 2, eol };
}
