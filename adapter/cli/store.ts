/** `pico vm` with a limit on resident memory: what the compression store holds. */

import type { CompressionStore, MachineFace } from '../../emulator/index.ts';
import { hex } from '../memoryReferences.ts';
import { columns } from '../textTable.ts';

/** Statistics, regions and page records; nothing without a store. */
export function storeTables(machine: MachineFace): string[] {
  const store = machine.compressionStore();
  if (!store) return [];
  const tables = [statisticsText(store)];
  if (store.regions.length > 0) tables.push(recordTable(store));
  return tables;
}

function statisticsText({ process, statistics }: CompressionStore): string {
  const { pages, zeroPages, rawPages, originalSize, compressedSize, ratio } = statistics;
  const kept = `${pages} pages (${zeroPages} of zeros, ${rawPages} as they were): ${kibibytes(originalSize)} in ${kibibytes(compressedSize)}, ratio ${ratio.toFixed(2)}`;
  const room = `${statistics.regions} regions, ${kibibytes(statistics.regionSize)}, ${kibibytes(statistics.wasted)} wasted`;
  const history = `${statistics.storedPages} pages stored since boot, ${statistics.compressionFaults} compression faults, ${statistics.compactions} regions emptied`;
  return [`Store of process ${process}: ${kept}`, room, history].join('\n');
}

function recordTable({ regions }: CompressionStore): string {
  const rows = regions.flatMap(({ base, used, live, records }) => [
    [hex(base), `${records.length} pages`, `${live} of ${used} bytes`],
    ...records.map(record => [
      `  +${hex(record.offset)}`,
      `${record.pagingFile}:${hex(record.pageOffset)}`,
      `${record.size}`,
      record.references > 1 ? `${record.references} references` : '',
    ]),
  ]);
  return columns([['REGION', 'PAGE KEY', 'SIZE', ''], ...rows]);
}

function kibibytes(bytes: number): string {
  return `${Math.round(bytes / 1024)} K`;
}
