/** What TypeScript says of a file, as a problem that clients show. */

import * as ts from 'typescript-js';
import type { Problem } from './providerCode.ts';

export function diagnosticProblem({
  file,
  start = 0,
  length = 0,
  category,
  code,
  messageText,
}: ts.Diagnostic): Problem {
  const from = file?.getLineAndCharacterOfPosition(start) ?? { line: 0, character: 0 };
  const to = file?.getLineAndCharacterOfPosition(start + length) ?? from;
  return {
    path: file?.fileName ?? '',
    line: from.line + 1,
    column: from.character + 1,
    endLine: to.line + 1,
    endColumn: to.character + 1,
    severity: category === ts.DiagnosticCategory.Error ? 'error' : 'warning',
    code: `TS${code}`,
    message: ts.flattenDiagnosticMessageText(messageText, '\n'),
  };
}
