/** The functions of the vDSO (vdso(7)), instruction by instruction. */

/** Bytes of an instruction; a text is a label here, and one behind an opcode is where its 8-bit displacement leads. */
type Line = readonly number[] | readonly [number, string] | string;

/** 228, clock_gettime(2). */
const CLOCK_GETTIME = 0xe4;

/**
 * RAX: nanoseconds since boot. The processor's time stamp counter is the machine's virtual time (SDM vol. 2, RDTSC).
 * Changes RDX.
 */
const SINCE_BOOT: readonly Line[] = [
  [0x0f, 0x31], // rdtsc
  [0x48, 0xc1, 0xe2, 0x20], // shl rdx, 32
  [0x48, 0x09, 0xd0], // or rax, rdx
];

/** RAX: seconds, RDX: nanoseconds, of the nanoseconds in RAX. Changes RCX. */
const SPLIT: readonly Line[] = [
  [0x31, 0xd2], // xor edx, edx
  [0xb9, 0x00, 0xca, 0x9a, 0x3b], // mov ecx, 1000000000
  [0x48, 0xf7, 0xf1], // div rcx
];

/** add rax, [boot]: the instruction's displacement is filled in. */
const ADD_BOOT_TIME = [0x48, 0x03, 0x05, 0, 0, 0, 0] as const;

const RETURN_ZERO: readonly Line[] = [[0x31, 0xc0], [0xc3]]; // xor eax, eax; ret

export const VDSO_FUNCTIONS: Readonly<Record<string, readonly Line[]>> = {
  /** EDI: clock; RSI: `struct timespec *`. REALTIME 0, MONOTONIC 1, MONOTONIC_RAW 4, the coarse ones 5 and 6, BOOTTIME 7. */
  __vdso_clock_gettime: [
    [0x83, 0xff, 0x07], // cmp edi, 7
    [0x77, 'call'], // ja
    [0xb8, 0xf3, 0x00, 0x00, 0x00], // mov eax, a bit for each clock that is served here
    [0x0f, 0xa3, 0xf8], // bt eax, edi
    [0x73, 'call'], // jnc
    ...SINCE_BOOT,
    [0xb9, 0x21, 0x00, 0x00, 0x00], // mov ecx, those that count from 1970
    [0x0f, 0xa3, 0xf9], // bt ecx, edi
    [0x73, 'store'], // jnc
    ADD_BOOT_TIME,
    'store',
    ...SPLIT,
    [0x48, 0x89, 0x06], // mov [rsi], rax
    [0x48, 0x89, 0x56, 0x08], // mov [rsi + 8], rdx
    ...RETURN_ZERO,
    'call',
    [0xb8, CLOCK_GETTIME, 0x00, 0x00, 0x00], // mov eax, the system call
    [0x0f, 0x05], // syscall
    [0xc3],
  ],
  /** RDI: `struct timeval *` or null; RSI: `struct timezone *` or null. */
  __vdso_gettimeofday: [
    [0x48, 0x85, 0xff], // test rdi, rdi
    [0x74, 'zone'], // jz
    ...SINCE_BOOT,
    ADD_BOOT_TIME,
    ...SPLIT,
    [0x48, 0x89, 0x07], // mov [rdi], rax
    [0x89, 0xd0], // mov eax, edx
    [0x31, 0xd2], // xor edx, edx
    [0xb9, 0xe8, 0x03, 0x00, 0x00], // mov ecx, 1000
    [0xf7, 0xf1], // div ecx
    [0x48, 0x89, 0x47, 0x08], // mov [rdi + 8], rax
    'zone',
    [0x48, 0x85, 0xf6], // test rsi, rsi
    [0x74, 'end'], // jz
    [0x48, 0xc7, 0x06, 0x00, 0x00, 0x00, 0x00], // mov qword [rsi], 0
    'end',
    ...RETURN_ZERO,
  ],
  /** RDI: `time_t *` or null. */
  __vdso_time: [
    ...SINCE_BOOT,
    ADD_BOOT_TIME,
    ...SPLIT,
    [0x48, 0x85, 0xff], // test rdi, rdi
    [0x74, 'end'], // jz
    [0x48, 0x89, 0x07], // mov [rdi], rax
    'end',
    [0xc3],
  ],
  /** RDI, RSI: `unsigned *` or null. There is one processor, on one node. */
  __vdso_getcpu: [
    [0x48, 0x85, 0xff], // test rdi, rdi
    [0x74, 'node'], // jz
    [0xc7, 0x07, 0x00, 0x00, 0x00, 0x00], // mov dword [rdi], 0
    'node',
    [0x48, 0x85, 0xf6], // test rsi, rsi
    [0x74, 'end'], // jz
    [0xc7, 0x06, 0x00, 0x00, 0x00, 0x00], // mov dword [rsi], 0
    'end',
    ...RETURN_ZERO,
  ],
};

/** The function's bytes where it begins at `start` and the nanoseconds of the boot time lie at `boot`. */
export function encodeFunction(lines: readonly Line[], start: number, boot: number): Uint8Array {
  const labels = new Map<string, number>();
  let at = 0;
  for (const line of lines) {
    if (typeof line === 'string') labels.set(line, at);
    else at += line.length;
  }
  const bytes = new Uint8Array(at);
  const view = new DataView(bytes.buffer);
  at = 0;
  for (const line of lines) {
    if (typeof line === 'string') continue;
    const [opcode, second] = line;
    const after = at + line.length;
    if (typeof second === 'string') bytes.set([opcode, (labels.get(second) ?? Number.NaN) - after], at);
    else bytes.set(line as readonly number[], at);
    if (line === ADD_BOOT_TIME) view.setInt32(at + 3, boot - (start + after), true);
    at = after;
  }
  return bytes;
}
