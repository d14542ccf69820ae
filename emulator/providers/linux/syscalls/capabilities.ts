/** Capabilities: capget(2) and capset(2). */

import { EFAULT, EINVAL, EPERM, ESRCH } from '../abi/errno.ts';
import { findByTid } from '../process/lookup.ts';
import { groupOf, type Task } from '../task.ts';
import { giveBytes, readView, writeInt } from '../userMemory.ts';
import { out, pointer } from './arguments.ts';
import { partly, call, type Row } from './row.ts';

const header = pointer('hdrp', 'cap_user_header_t');
const NOTE = 'They are kept and told; what calls check is whether the effective user is root.';

export const capabilityRows: readonly Row[] = [
  partly(call(125, 'capget', [header, out('datap', 'cap_user_data_t')], capget), NOTE),
  partly(call(126, 'capset', [header, pointer('datap', 'const cap_user_data_t')], capset), NOTE),
];

/** Words of each set by version: _LINUX_CAPABILITY_VERSION_1, 2 and 3. */
const VERSIONS: Readonly<Record<number, number>> = { 0x1998_0330: 1, 0x2007_1026: 2, 0x2008_0522: 2 };
const PREFERRED = 0x2008_0522;

interface Header {
  readonly words: number;
  readonly pid: number;
}

/** An unknown version is answered with the one that should be used. */
function readHeader(task: Task, address: number): Header | number {
  const view = readView(task, address, 8);
  if (!view) return -EFAULT;
  const words = VERSIONS[view.getUint32(0, true)];
  if (words === undefined) return writeInt(task, address, PREFERRED) ? -EINVAL : -EFAULT;
  return { words, pid: view.getInt32(4, true) };
}

function capget(task: Task, address: number, data: number): number {
  const found = readHeader(task, address);
  if (typeof found === 'number') return found === -EINVAL && data === 0 ? 0 : found;
  if (found.pid < 0) return -EINVAL;
  const process = found.pid === 0 ? task.process : findByTid(task.linux, found.pid)?.process;
  if (!process) return -ESRCH;
  if (data === 0) return 0;
  const { effective, permitted, inheritable } = groupOf(process).credentials.capabilities;
  const words = new Uint32Array(found.words * 3);
  for (let word = 0; word < found.words; word++)
    [effective, permitted, inheritable].forEach((set, index) => {
      words[word * 3 + index] = Number((set >> BigInt(word * 32)) & 0xffff_ffffn);
    });
  return giveBytes(task, data, new Uint8Array(words.buffer));
}

function capset(task: Task, address: number, data: number): number {
  const found = readHeader(task, address);
  if (typeof found === 'number') return found;
  if (found.pid !== 0 && found.pid !== task.self.tid && found.pid !== task.group.pid) return -EPERM;
  const view = readView(task, data, found.words * 12);
  if (!view) return -EFAULT;
  const set = (index: number): bigint => {
    const word = (at: number): bigint => (at < found.words ? BigInt(view.getUint32(at * 12 + index * 4, true)) : 0n);
    return word(0) | (word(1) << 32n);
  };
  const { capabilities } = task.group.credentials;
  const [effective, permitted, inheritable] = [set(0), set(1), set(2)];
  const { inheritable: before, permitted: held, bounding } = capabilities;
  const isWithin = (part: bigint, whole: bigint): boolean => (part & ~whole) === 0n;
  if (!isWithin(permitted, held) || !isWithin(effective, permitted)) return -EPERM;
  if (!isWithin(inheritable, before | held) || !isWithin(inheritable, before | bounding)) return -EPERM;
  Object.assign(capabilities, { effective, permitted, inheritable });
  return 0;
}
