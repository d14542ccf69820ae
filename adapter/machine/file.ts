/** Where the machine's thread starts: beside this file in source form, beside the bundle when built. */

export function machineFile(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './machine.cjs', import.meta.url);
}
