/** The tree that the guest finds: a root, the folders of the host that the launch names, /proc, /dev, /tmp. */

import type { Volume } from '../../../kernel/io/volume/file.ts';
import { createMemoryVolume, hostVolume } from '../../../kernel/io/volume/volume.ts';
import { createEvent } from '../../../kernel/ke/event.ts';
import { nextObject } from '../../../kernel/kernel.ts';
import {
  EXT4_SUPER_MAGIC,
  makeDevice,
  PIPEFS_MAGIC,
  PROC_SUPER_MAGIC,
  S_IFCHR,
  S_IFDIR,
  S_IFLNK,
  S_IFREG,
  SYSFS_MAGIC,
  TMPFS_MAGIC,
} from '../abi/stat.ts';
import { freshPosixQueues } from '../ipc/queueFile.ts';
import { freshIpc } from '../ipc/state.ts';
import { type Linux, type LinuxState, type MountOption, stateOf } from '../instance.ts';
import { encodeText } from '../userMemory.ts';
import { writeContents } from './contents.ts';
import { crossMount, enter, lookup } from './directory.ts';
import { createInode, freshAttributes, type Inode, isDirectory, type Superblock } from './inode.ts';
import { getInode } from './inodes.ts';
import { freshAdjustment } from '../process/adjustment.ts';
import { createConsoleTerminal } from './pseudoTerminal.ts';
import { freshLeases } from './leases.ts';
import { freshLocks } from './locks.ts';
import { procRootId } from './proc/tree.ts';

export function freshState(linux: Pick<Linux, 'kernel' | 'options'>): LinuxState {
  return {
    superblocks: new Map(),
    mounts: new Map(),
    files: new Map(),
    pipes: new Map(),
    sockets: new Map(),
    network: { queued: 0, nextPort: 0, nextName: 0, orphans: [] },
    counters: new Map(),
    epolls: new Map(),
    locks: freshLocks(),
    leases: freshLeases(),
    asynchronous: new Map(),
    watchers: new Map(),
    ptys: new Map(),
    timerFiles: new Map(),
    signalFiles: new Map(),
    processFiles: new Map(),
    futexes: new Map(),
    zombies: new Map(),
    ipc: freshIpc(),
    posixQueues: freshPosixQueues(),
    streams: {
      input: new Uint8Array(0),
      ended: false,
      changed: createEvent(linux.kernel, 'notification'),
      serial: 0,
    },
    root: 0,
    vdso: 0,
    anonymous: 0,
    nextId: 1,
    hostname: linux.options.hostname ?? 'pico',
    domainname: '(none)',
    adjustment: freshAdjustment(),
    said: new Set(),
  };
}

/** /proc lies on no volume. */
function createSuperblock(
  linux: Linux,
  volume: Volume | undefined,
  fields: Omit<Superblock, 'id' | 'root' | 'flags' | 'point'>,
): Superblock {
  const id = volume?.id ?? nextObject(linux.kernel);
  const superblock: Superblock = { ...fields, id, root: volume?.root ?? 0, flags: 0, point: 0 };
  stateOf(linux).superblocks.set(superblock.id, superblock);
  return superblock;
}

/** Builds the tree. A sentence names the mount that is wrong, if one is. */
export function mountAll(linux: Linux, mounts: readonly MountOption[]): string | undefined {
  const state = stateOf(linux);
  state.anonymous = createSuperblock(linux, createMemoryVolume(linux.kernel), {
    type: 'pipefs',
    source: 'pipefs',
    target: '',
    magic: PIPEFS_MAGIC,
    mode: 'rw',
  }).id;
  const rootMount = mounts.find(({ guest }) => guest === '/');
  const root = rootMount ? hostRoot(linux, rootMount) : memoryRoot(linux, 'tmpfs', '/');
  if (!root) return `The host folder ${rootMount?.host} cannot be mounted on /: it is not a folder that can be read.`;
  root.parent = root.id;
  state.root = root.id;
  if (!rootMount) fillRoot(linux, root);
  mountOn(linux, '/proc', getInode(linux, createProc(linux)));
  mountOn(linux, '/dev', memoryRoot(linux, 'devtmpfs', '/dev'));
  fillDevices(linux);
  mountOn(linux, '/sys', memoryRoot(linux, 'sysfs', '/sys'));
  fillSystem(linux);
  // A root that may be written has its own /tmp, perhaps with the very program that is to run.
  if (!rootMount || rootMount.mode === 'ro') mountOn(linux, '/tmp', memoryRoot(linux, 'tmpfs', '/tmp', 0o1777));
  for (const mount of mounts) {
    if (mount === rootMount) continue;
    const folder = hostRoot(linux, mount);
    if (!folder)
      return `The host folder ${mount.host} cannot be mounted on ${mount.guest}: it is not a folder that can be read.`;
    mountOn(linux, mount.guest, folder);
  }
  return undefined;
}

function memoryRoot(linux: Linux, type: 'tmpfs' | 'devtmpfs' | 'sysfs', target: string, mode = 0o755): Inode {
  const magic = type === 'sysfs' ? SYSFS_MAGIC : TMPFS_MAGIC;
  const volume = createMemoryVolume(linux.kernel);
  createSuperblock(linux, volume, { type, source: type, target, magic, mode: 'rw' });
  const root = getInode(linux, volume.root);
  root.attributes = freshAttributes(S_IFDIR | mode, 0, 0);
  return root;
}

function createProc(linux: Linux): number {
  const superblock = createSuperblock(linux, undefined, {
    type: 'proc',
    source: 'proc',
    target: '/proc',
    magic: PROC_SUPER_MAGIC,
    mode: 'rw',
  });
  superblock.root = procRootId();
  return superblock.root;
}

function hostRoot(linux: Linux, mount: MountOption): Inode | undefined {
  const volume = hostVolume(linux.kernel, mount.host, mount.mode);
  if (!volume) return undefined;
  createSuperblock(linux, volume, {
    type: 'host',
    source: mount.host,
    target: mount.guest,
    magic: EXT4_SUPER_MAGIC,
    mode: mount.mode,
  });
  return getInode(linux, volume.root);
}

/** Mounts on a directory, which is made in memory if it is missing, whatever the file system below says. */
function mountOn(linux: Linux, path: string, root: Inode): void {
  const point = makeDirectories(linux, path);
  root.parent = point.parent;
  root.name = point.name;
  stateOf(linux).mounts.set(point.id, root.id);
}

function makeDirectories(linux: Linux, path: string): Inode {
  let at = getInode(linux, stateOf(linux).root);
  for (const name of path.split('/').filter(Boolean)) {
    const found = lookup(linux, at, name);
    at = crossMount(linux, found && isDirectory(found) ? found : addEntry(linux, at, name, S_IFDIR | 0o755));
  }
  return at;
}

function addEntry(linux: Linux, directory: Inode, name: string, mode: number, rdev = 0): Inode {
  const inode = createInode(linux, directory.volume, mode, 0, 0);
  inode.attributes.rdev = rdev;
  enter(linux, directory, name, inode);
  return inode;
}

function addLink(linux: Linux, directory: Inode, name: string, target: string): void {
  const inode = addEntry(linux, directory, name, S_IFLNK | 0o777);
  inode.target = target;
  inode.size = target.length;
}

function addFile(linux: Linux, directory: Inode, name: string, text: string): void {
  writeContents(linux, addEntry(linux, directory, name, S_IFREG | 0o644), 0, encodeText(text));
}

/** What programs expect of a root that nobody has mounted. */
function fillRoot(linux: Linux, root: Inode): void {
  const { uid = 0, gid = 0 } = linux.options;
  for (const name of ['bin', 'etc', 'home', 'lib', 'lib64', 'mnt', 'root', 'run', 'usr', 'var'])
    addEntry(linux, root, name, S_IFDIR | 0o755);
  const etc = lookup(linux, root, 'etc') as Inode;
  const user = uid === 0 ? '' : `user:x:${uid}:${gid}:user:/home:/bin/sh\n`;
  addFile(
    linux,
    etc,
    'passwd',
    `root:x:0:0:root:/root:/bin/sh\n${user}nobody:x:65534:65534:nobody:/nonexistent:/bin/false\n`,
  );
  addFile(linux, etc, 'group', `root:x:0:\n${gid === 0 ? '' : `user:x:${gid}:\n`}nogroup:x:65534:\n`);
  addFile(linux, etc, 'hostname', `${stateOf(linux).hostname}\n`);
  addFile(linux, etc, 'hosts', '127.0.0.1 localhost\n');
}

/** Character devices (admin-guide/devices.txt of the kernel's documentation). */
const DEVICES: readonly (readonly [string, number, number, number])[] = [
  ['null', 1, 3, 0o666],
  ['zero', 1, 5, 0o666],
  ['full', 1, 7, 0o666],
  ['random', 1, 8, 0o666],
  ['urandom', 1, 9, 0o666],
  ['tty', 5, 0, 0o666],
  ['console', 5, 1, 0o600],
  ['ptmx', 5, 2, 0o666],
];

const LINKS: readonly (readonly [string, string])[] = [
  ['fd', '/proc/self/fd'],
  ['stdin', '/proc/self/fd/0'],
  ['stdout', '/proc/self/fd/1'],
  ['stderr', '/proc/self/fd/2'],
];

function fillDevices(linux: Linux): void {
  const dev = makeDirectories(linux, '/dev');
  for (const [name, major, minor, mode] of DEVICES)
    addEntry(linux, dev, name, S_IFCHR | mode, makeDevice(major, minor));
  for (const [name, target] of LINKS) addLink(linux, dev, name, target);
  const terminals = addEntry(linux, dev, 'pts', S_IFDIR | 0o755);
  if (linux.options.terminal) createConsoleTerminal(linux, terminals);
  addEntry(linux, dev, 'shm', S_IFDIR | 0o1777);
}

/** What C libraries ask of /sys: how many processors there are. */
function fillSystem(linux: Linux): void {
  const processors = makeDirectories(linux, '/sys/devices/system/cpu');
  for (const name of ['online', 'possible', 'present']) addFile(linux, processors, name, '0\n');
  addEntry(linux, processors, 'cpu0', S_IFDIR | 0o755);
}
