/**
 * Views see what is written to their section until they have copies of their own. Windows may hold copies of frames that
 * they do not own; when such a frame begins to change, the copies go.
 */

import type { Kernel } from '../kernel.ts';
import type { Section } from './section.ts';

/** For writes to a page of a section: no window uses a copy of it afterwards. */
export function dropCopies(kernel: Kernel, section: Section, page: number): void {
  const frame = section.pages.get(page);
  if (frame === undefined || kernel.frames.referencesOf(frame) === 1) return;
  for (const [id, space] of kernel.spaces)
    for (const vad of kernel.state.processes.get(id)?.vads ?? []) {
      const at = page - vad.sectionPage + vad.start;
      if (vad.section === section.id && at >= vad.start && at < vad.end && space.frame(at) === frame)
        space.contentsChange(at);
    }
}
