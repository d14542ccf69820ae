/** How the kinds of process look, and what they are in a sentence, for all views that show processes. */

import type { ProcessInformation } from '../../adapter/index.ts';

type Kind = ProcessInformation['kind'];

const KINDS: Readonly<Record<Kind, { readonly icon: string; readonly meaning: string }>> = {
  system: {
    icon: 'settings-gear',
    meaning: "the kernel's own process, parent of its minimal processes; it has no user address space",
  },
  traditional: { icon: 'window', meaning: 'a process with ntdll, PEB, TEBs and shared user data' },
  minimal: { icon: 'circle-outline', meaning: 'an empty address space that the kernel uses for work of its own' },
  secure: { icon: 'shield', meaning: 'a minimal process whose memory belongs to the secure kernel' },
  pico: { icon: 'server-process', meaning: 'a minimal process whose system calls and exceptions go to its provider' },
};

export function iconOfKind(kind: Kind): string {
  return KINDS[kind].icon;
}

export function meaningOfKind(kind: Kind): string {
  return KINDS[kind].meaning;
}
