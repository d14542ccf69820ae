/** What a machine takes beside the memory of its guest. */

import { built } from './build.ts';
import type { Progress } from './comparison.ts';
import { measure } from './measure.ts';
import { RUNNERS } from './runners.ts';
import { figure } from './statistics.ts';
import type { Table } from './table.ts';

const SIZES = [0, 64, 512];

export function measureMemory(progress: Progress): Table[] {
  const node = measure([process.execPath, '-e', '0']).resident;
  const rows = SIZES.map(size => {
    progress(`memory: ${size} MiB`);
    const resident = new Map(
      RUNNERS.map(({ name, command }) => [name, measure(command([built('resident'), String(size)])).resident]),
    );
    const [native, machine] = [resident.get('native') ?? 0, resident.get('machine') ?? 0];
    return [`${size} MiB touched`, ...[native, machine, machine - native, machine - native - node].map(mebibytes)];
  });
  return [
    {
      title: 'Memory',
      note: `Greatest resident size of the process. Node alone has ${mebibytes(node)}; the last column is without that.`,
      columns: ['guest', 'native', 'machine', 'more than native', 'without Node'],
      rows,
    },
  ];
}

function mebibytes(kibibytes: number): string {
  return `${figure(kibibytes / 1024)} MiB`;
}
