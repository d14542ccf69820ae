/** All system calls by number, and what can be told about them. */

import type { SystemCallDescription } from '../../../kernel/ps/pico.ts';
import { absentRows } from './absent.ts';
import { adjustingRows } from './adjusting.ts';
import { asynchronousRows } from './asynchronous.ts';
import { administrationRows } from './administration.ts';
import { attributeRows } from './attributes.ts';
import { capabilityRows } from './capabilities.ts';
import { copyingRows } from './copying.ts';
import { descriptorRows } from './descriptors.ts';
import { extendedAttributeRows } from './extendedAttributes.ts';
import { fcntlRows } from './fcntl.ts';
import { futexRows } from './futex.ts';
import { identityRows } from './identity.ts';
import { messageRows } from './messages.ts';
import { intervalTimerRows } from './intervalTimers.ts';
import { memoryRows } from './memory.ts';
import { mountRows } from './mounts.ts';
import { nameRows } from './names.ts';
import { pollingRows } from './polling.ts';
import { otherProcessRows } from './otherProcesses.ts';
import { posixQueueRows } from './posixQueues.ts';
import { portRows } from './ports.ts';
import { prctlRows } from './prctl.ts';
import { ptraceRows } from './ptrace.ts';
import { processFileRows } from './processFiles.ts';
import { processRows } from './processes.ts';
import { readWriteRows } from './readWrite.ts';
import type { Row } from './row.ts';
import { schedulingRows } from './scheduling.ts';
import { semaphoreRows } from './semaphores.ts';
import { sharedMemoryRows } from './sharedMemory.ts';
import { signalRows } from './signals.ts';
import { socketMessageRows } from './socketMessages.ts';
import { socketRows } from './sockets.ts';
import { systemRows } from './system.ts';
import { timeRows } from './time.ts';
import { watchingRows } from './watching.ts';
import { timerFileRows } from './timerFiles.ts';

export const ROWS: readonly Row[] = [
  ...readWriteRows,
  ...descriptorRows,
  ...fcntlRows,
  ...extendedAttributeRows,
  ...mountRows,
  ...watchingRows,
  ...copyingRows,
  ...nameRows,
  ...administrationRows,
  ...attributeRows,
  ...memoryRows,
  ...processRows,
  ...processFileRows,
  ...otherProcessRows,
  ...posixQueueRows,
  ...portRows,
  ...prctlRows,
  ...ptraceRows,
  ...capabilityRows,
  ...schedulingRows,
  ...identityRows,
  ...signalRows,
  ...timeRows,
  ...intervalTimerRows,
  ...timerFileRows,
  ...pollingRows,
  ...futexRows,
  ...sharedMemoryRows,
  ...semaphoreRows,
  ...messageRows,
  ...socketRows,
  ...socketMessageRows,
  ...systemRows,
  ...adjustingRows,
  ...asynchronousRows,
  ...absentRows,
].sort((a, b) => a.number - b.number);

/** By number; holes for numbers that mean nothing. */
export const TABLE: readonly (Row | undefined)[] = ROWS.reduce<(Row | undefined)[]>((table, row) => {
  table[row.number] = row;
  return table;
}, []);

/** What can be told of the calls of a table. */
export function describeRows(table: readonly (Row | undefined)[] = TABLE): SystemCallDescription[] {
  return table
    .filter(row => row !== undefined)
    .map(({ number, name, arguments: parameters, support, note, isOneWay }) => ({
      number,
      name,
      arguments: parameters.map(parameter => ({ name: parameter.name, type: parameter.type })),
      support,
      note,
      ...(isOneWay && { isOneWay }),
    }));
}

/** For the published types: what extensions of each call are handed, as a TypeScript interface. */
export function callTypes(): string {
  const lines = ROWS.map(({ name, arguments: parameters, support, note }) => {
    const values = parameters.map(({ name: label, gives }) => `${label}: ${gives}`).join(', ');
    const about =
      support === 'full'
        ? ''
        : `  /** ${support === 'missing' ? 'Not served by the provider itself. ' : ''}${note} */\n`;
    return `${about}  ${name}: [${values}];\n`;
  });
  return `export interface LinuxSystemCalls {\n${lines.join('')}}\n`;
}

/** The list of support as a Markdown table. */
export function supportTable(): string {
  const count = (support: Row['support']): number => ROWS.filter(row => row.support === support).length;
  const lines = ROWS.map(
    ({ number, name, support, note }) => `| ${number} | ${name} | ${support} | ${note.replaceAll('|', '\\|')} |`,
  );
  return [
    `${count('full')} system calls are complete, ${count('partial')} partial, ${count('missing')} missing.`,
    '',
    '| number | name | support | note |',
    '| --- | --- | --- | --- |',
    ...lines,
    '',
  ].join('\n');
}
