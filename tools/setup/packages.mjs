// What the scripts need beyond Node and npm: this project's npm packages, and for tests some of Debian's.

import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { ROOT } from './paths.mjs';

/**
 * Installs node_modules if it is missing or older than the lock file. `npm ci` would refuse: npm leaves binaries of other
 * platforms out of lock files that it writes without registry addresses.
 */
export function installNodeModules() {
  const lock = path.join(ROOT, 'package-lock.json');
  const stamp = path.join(ROOT, 'node_modules/.package-lock.json');
  if (
    fs.existsSync(path.join(ROOT, 'node_modules/esbuild')) &&
    (!fs.existsSync(stamp) || fs.statSync(stamp).mtimeMs >= fs.statSync(lock).mtimeMs)
  )
    return;
  process.stdout.write('Installing npm packages…\n');
  execFileSync('npm', ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: ROOT,
    stdio: 'inherit',
  });
}

/** Debian package → a file that shows it is there, and what it is for. */
const DEBIAN_PACKAGES = [
  { name: 'busybox-static', file: '/bin/busybox', use: 'a real static program to run in the machine' },
  { name: 'gcc', file: '/usr/bin/gcc', use: 'building native test programs' },
  { name: 'libc6-dev', file: '/usr/include/stdio.h', use: 'building native test programs' },
  { name: 'musl-tools', file: '/usr/bin/musl-gcc', use: 'building static musl test programs' },
  { name: 'openssl', file: '/usr/bin/openssl', use: 'digests and ciphers in the machine' },
  { name: 'sqlite3', file: '/usr/bin/sqlite3', use: 'a database in the machine' },
  { name: 'python3', file: '/usr/bin/python3', use: 'an interpreter with large libraries in the machine' },
  { name: 'perl', file: '/usr/bin/perl', use: 'an interpreter in the machine' },
  { name: 'lua5.4', file: '/usr/bin/lua5.4', use: 'an interpreter in the machine' },
  { name: 'bzip2', file: '/usr/bin/bzip2', use: 'compression in the machine' },
  { name: 'xz-utils', file: '/usr/bin/xz', use: 'compression in the machine' },
  { name: 'redis-server', file: '/usr/bin/redis-server', use: 'a server in the machine' },
  { name: 'nginx', file: '/usr/sbin/nginx', use: 'a server in the machine' },
  { name: 'curl', file: '/usr/bin/curl', use: 'its client' },
  { name: 'golang-go', file: '/usr/bin/go', use: 'building a Go program to run in the machine' },
  { name: 'strace', file: '/usr/bin/strace', use: 'a tracer in the machine' },
  { name: 'gdb', file: '/usr/bin/gdb', use: 'a debugger in the machine' },
  { name: 'chromium', file: '/usr/bin/chromium', use: 'VS Code in a browser, for UI tests' },
  { name: 'fonts-dejavu-core', file: '/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf', use: 'readable screenshots' },
];

/** Installs what tests need where it may; returns what is still missing, as sentences. */
export function installDebianPackages() {
  const missing = () => DEBIAN_PACKAGES.filter(entry => !fs.existsSync(entry.file));
  if (missing().length === 0) return [];
  const mayInstall = process.platform === 'linux' && process.getuid?.() === 0 && fs.existsSync('/usr/bin/apt-get');
  if (mayInstall) {
    const names = missing().map(entry => entry.name);
    process.stdout.write(`Installing Debian packages: ${names.join(' ')}…\n`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    spawnSync('apt-get', ['update', '-qq'], { env, stdio: ['ignore', 'ignore', 'inherit'] });
    spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...names], {
      env,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
  return missing().map(
    entry => `${entry.name} is missing (${entry.use}); install it with: sudo apt-get install ${entry.name}`,
  );
}
