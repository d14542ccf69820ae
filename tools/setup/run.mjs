// Running other programs from scripts.

import { spawn } from 'node:child_process';
import { ROOT } from './paths.mjs';

/** Runs a program with this terminal; resolves to its exit code. */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: ROOT, stdio: 'inherit', ...options });
    child.once('error', reject);
    child.once('exit', code => resolve(code ?? 1));
  });
}

/** Like {@link run}; ends this process if the program fails. */
export async function must(command, args, options) {
  const code = await run(command, args, options);
  if (code !== 0) {
    process.stderr.write(`${command} ${args.join(' ')} ended with ${code}\n`);
    process.exit(code);
  }
}
