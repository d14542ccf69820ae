/** CPUID: what this processor says about itself. A bit is set only for what the rows implement. */

import { areaSize, AVX, AVX_SIZE, BASIC_SIZE } from './x87/extendedSave.ts';

interface Leaf {
  readonly eax: number;
  readonly ebx: number;
  readonly ecx: number;
  readonly edx: number;
}

const bits = (...positions: number[]): number => positions.reduce((all, position) => (all | (1 << position)) >>> 0, 0);
const text = (four: string): number => [...four].reduceRight((word, letter) => word * 256 + letter.charCodeAt(0), 0);

/** Family 6, model 0x3a, stepping 9: plain, and old enough that nobody expects more than is here. */
const SIGNATURE = 0x000306a9;

/** Leaf 1 (SDM vol. 2, CPUID, tables 3-10 and 3-11). */
const FEATURES_EDX = bits(
  0, // FPU
  4, // TSC
  8, // CMPXCHG8B
  15, // CMOV
  23, // MMX
  24, // FXSR
  25, // SSE
  26, // SSE2
);
const FEATURES_ECX = bits(
  0, // SSE3
  1, // PCLMULQDQ
  9, // SSSE3
  13, // CMPXCHG16B
  19, // SSE4.1
  20, // SSE4.2
  22, // MOVBE
  23, // POPCNT
  25, // AES
  26, // XSAVE
  27, // OSXSAVE
);

/** Leaf 7.0 EBX. */
const EXTENDED_EBX = bits(
  0, // FSGSBASE
  3, // BMI1
  8, // BMI2
  9, // ERMS
  19, // ADX
  29, // SHA
);

/** Leaf 7.0 ECX. */
const EXTENDED_ECX = bits(
  2, // UMIP
  22, // RDPID
);

const BRAND = 'Pico virtual processor'.padEnd(48, '\0');

function brandLeaf(part: number): Leaf {
  const words = [0, 4, 8, 12].map(offset => text(BRAND.slice(part * 16 + offset, part * 16 + offset + 4)));
  return { eax: words[0], ebx: words[1], ecx: words[2], edx: words[3] };
}

const EMPTY: Leaf = { eax: 0, ebx: 0, ecx: 0, edx: 0 };

const LEAVES: ReadonlyMap<number, Leaf> = new Map([
  [0, { eax: 0xd, ebx: text('Genu'), ecx: text('ntel'), edx: text('ineI') }],
  [1, { eax: SIGNATURE, ebx: (1 << 16) | (8 << 8), ecx: FEATURES_ECX, edx: FEATURES_EDX }],
  [7, { ...EMPTY, ebx: EXTENDED_EBX, ecx: EXTENDED_ECX }],
  [0x8000_0000, { ...EMPTY, eax: 0x8000_0008 }],
  [0x8000_0001, { ...EMPTY, ecx: bits(0, 5), edx: bits(11, 20, 27, 29) }], // LAHF, LZCNT; SYSCALL, NX, RDTSCP, long mode
  [0x8000_0002, brandLeaf(0)],
  [0x8000_0003, brandLeaf(1)],
  [0x8000_0004, brandLeaf(2)],
  [0x8000_0006, { ...EMPTY, ecx: 0x0100_8040 }], // second-level cache: 256 KiB, 64-byte lines
  [0x8000_0008, { ...EMPTY, eax: 0x3028 }], // 48 bits of linear, 40 of physical address
]);

/** Deterministic cache parameters (leaf 4): level and type, ways, line size, sets. Programs size their copies by them. */
const CACHES: readonly Leaf[] = [
  { eax: 0x121, ebx: (7 << 22) | 63, ecx: 63, edx: 0 }, // 32 KiB of data
  { eax: 0x122, ebx: (7 << 22) | 63, ecx: 63, edx: 0 }, // 32 KiB of instructions
  { eax: 0x143, ebx: (7 << 22) | 63, ecx: 511, edx: 0 }, // 256 KiB
  { eax: 0x163, ebx: (15 << 22) | 63, ecx: 8191, edx: 0 }, // 8 MiB
];

/** What depends on the machine's configuration. */
export interface Choices {
  /** RDRAND and RDSEED. */
  readonly random: boolean;
  /** XCR0; with {@link AVX} in it there is everything of x86-64-v3. */
  readonly enabled: number;
}

const RDRAND = bits(30);
const RDSEED = bits(18);
/** What x86-64-v3 has beyond the rest, of which BMI1, BMI2, LZCNT and MOVBE are there in any case. */
const V3_ECX = bits(
  12, // FMA
  28, // AVX
  29, // F16C
);
const V3_EBX = bits(5); // AVX2

/** State components (leaf 0xd): what XSAVE can do, and how much memory it takes. */
function stateLeaf(subleaf: number, enabled: number): Leaf {
  const size = areaSize(enabled);
  if (subleaf === 0) return { eax: enabled, ebx: size, ecx: size, edx: 0 };
  if (subleaf === 1) return { eax: bits(0, 1, 2), ebx: size, ecx: 0, edx: 0 }; // XSAVEOPT, XSAVEC, XGETBV with ECX 1
  return subleaf === 2 && enabled & AVX ? { ...EMPTY, eax: AVX_SIZE, ebx: BASIC_SIZE } : EMPTY;
}

export function cpuid(leaf: number, subleaf: number, { random, enabled }: Choices): Leaf {
  if (leaf === 4) return CACHES[subleaf] ?? EMPTY;
  if (leaf === 0xd) return stateLeaf(subleaf, enabled);
  if (leaf === 7 && subleaf !== 0) return EMPTY;
  const found = LEAVES.get(leaf) ?? EMPTY;
  const avx = (enabled & AVX) !== 0;
  const added = (bit: number, v3: number): number => (random ? bit : 0) | (avx ? v3 : 0);
  if (leaf === 1) return { ...found, ecx: (found.ecx | added(RDRAND, V3_ECX)) >>> 0 };
  return leaf === 7 ? { ...found, ebx: (found.ebx | added(RDSEED, V3_EBX)) >>> 0 } : found;
}
