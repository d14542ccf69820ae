/** Icons of the kernel's object types, for all views that show objects. */

const ICONS: Readonly<Record<string, string>> = {
  Directory: 'folder',
  SymbolicLink: 'link',
  Process: 'server-process',
  Thread: 'git-commit',
  Event: 'bell',
  Mutant: 'lock',
  Semaphore: 'list-ordered',
  Timer: 'watch',
  Section: 'layers',
  Device: 'plug',
  File: 'file',
  Key: 'key',
};

export function iconOfType(type: string): string {
  return ICONS[type] ?? 'symbol-object';
}
