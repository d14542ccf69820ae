/** The stubs of ntdll.dll: one for each service of the kernel, in assembly. */

import type { Service } from '../../emulator/kernel/services/service.ts';

export function stubs(services: Iterable<Service>): string {
  const sorted = [...services].sort((left, right) => left.number - right.number);
  const bodies = sorted.map(({ name, number }) => {
    const zw = `Zw${name.slice(2)}`;
    return `.globl ${name}, ${zw}\n${name}:\n${zw}:\n mov r10, rcx\n mov eax, ${number}\n syscall\n ret\n .balign 16\n`;
  });
  return `.intel_syntax noprefix\n.text\n .balign 16\n${bodies.join('')}`;
}
