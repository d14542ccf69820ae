/** A table of figures, and how it is written: Markdown that also reads well in a terminal. */

export interface Table {
  readonly title: string;
  readonly note: string;
  /** The first column is text, the others are numbers. */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export function tableText({ title, note, columns, rows }: Table): string {
  const widths = columns.map((column, index) => Math.max(3, ...[column, ...rows.map(row => row[index])].map(width)));
  const cell = (text: string, index: number): string => {
    const space = ' '.repeat(widths[index] - width(text));
    return index === 0 ? text + space : space + text;
  };
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  const rule = widths.map((size, index) => (index === 0 ? '-'.repeat(size) : `${'-'.repeat(size - 1)}:`));
  return [`## ${title}`, '', note, '', line(columns), `| ${rule.join(' | ')} |`, ...rows.map(line), ''].join('\n');
}

function width(text: string): number {
  return [...text].length;
}
