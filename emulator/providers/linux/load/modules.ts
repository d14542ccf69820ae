/** The ELF files in a process: program and dynamic linker as they were loaded, shared objects as they were mapped. */

import { PAGE_SIZE } from '../../../base/pages.ts';
import { isExecutable } from '../../../kernel/mm/protectionMask.ts';
import type { GuestModule } from '../../../kernel/ps/pico.ts';
import type { Process } from '../../../kernel/ps/process.ts';
import { groupOf } from '../task.ts';

/**
 * A shared object is a file whose beginning is mapped and of which some part is executable. It is linked at address 0,
 * so where its beginning lies is also how far it has moved.
 */
export function modulesOf(process: Process): GuestModule[] {
  const loaded = groupOf(process).memory.modules;
  const known = new Set(loaded.map(module => module.path));
  const mapped = new Map<string, { base: number; end: number; executable: boolean }>();
  for (const vad of process.vads) {
    if (vad.section === 0 || !vad.use.startsWith('/') || known.has(vad.use)) continue;
    const executable = vad.runs.some(run => isExecutable(run.protection));
    const module = mapped.get(vad.use);
    if (module) Object.assign(module, { end: vad.end, executable: module.executable || executable });
    else if (vad.sectionPage === 0) mapped.set(vad.use, { base: vad.start, end: vad.end, executable });
  }
  const shared = [...mapped].filter(([, module]) => module.executable);
  return [
    ...loaded.map(module => ({ ...module })),
    ...shared.map(([path, { base, end }]) => ({
      path,
      base: base * PAGE_SIZE,
      size: (end - base) * PAGE_SIZE,
      bias: base * PAGE_SIZE,
    })),
  ];
}
