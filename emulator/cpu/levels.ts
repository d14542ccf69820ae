/** What a processor may be asked to have: levels of the x86-64 psABI, of which each contains those before it. */

export const CPU_LEVELS = ['x86-64-v2', 'x86-64-v3'] as const;

export type CpuLevel = (typeof CPU_LEVELS)[number];

export const DEFAULT_CPU: CpuLevel = 'x86-64-v2';
