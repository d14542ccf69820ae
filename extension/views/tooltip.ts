/** Tooltips of the views: names and values as a table. */

import * as vscode from 'vscode';

export function tooltip(rows: readonly (readonly [string, string])[]): vscode.MarkdownString {
  return new vscode.MarkdownString(
    ['| | |', '|:--|:--|', ...rows.map(([name, value]) => `| ${name} | \`${value}\` |`)].join('\n'),
  );
}
