/**
 * The page that all traditional processes read at 0x7FFE0000: made with the first of them, and kept current by the clock
 * interrupt. The clock ticks every 15.625 ms of virtual time, so what a thread reads depends on virtual time alone.
 */

import { PAGE_SIZE } from '../../base/pages.ts';
import type { Kernel } from '../kernel.ts';
import { MEM_DOS_LIM, PAGE_READONLY } from '../mm/protection.ts';
import { createSection, writeSection } from '../mm/section.ts';
import { mapViewOfSection } from '../mm/view.ts';
import type { Process } from '../ps/process.ts';
import { SHARED_USER_DATA, sharedUserData } from '../rtl/sharedUserData.ts';
import { encodeStructure, offsetOf } from '../rtl/structure.ts';
import { encodeUnicode } from '../rtl/unicode.ts';
import type { NtStatus } from '../status.ts';
import { BUILD_NUMBER, MAJOR_VERSION, MINOR_VERSION } from '../version.ts';

/** Virtual ns between clock interrupts: 64 in a second, as KeQueryTimeIncrement says on PCs. */
export const CLOCK_TICK = 15_625_000;
/** Milliseconds of a tick in fixed point with 24 bits behind it. */
const TICK_COUNT_MULTIPLIER = 0x0fa0_0000;
/** 100-ns units between 1601 and 1970. */
export const FILETIME_EPOCH = 116_444_736_000_000_000;
export const NS_PER_UNIT = 100;
/** Performance counts are 100 ns long (QpcFrequency on machines with an invariant time stamp counter). */
export const QPC_FREQUENCY = 10_000_000;
const IMAGE_FILE_MACHINE_AMD64 = 0x8664;
const PROCESSOR_ARCHITECTURE_AMD64 = 9;
const PRODUCT_WORKSTATION = 1;
/** PF_…: compare-exchange double (2), MMX (3), SSE (6), RDTSC (8), NX (12), SSE2 (10), SSE3 (13), CMPXCHG16B (14), SSSE3 to SSE4.2 (36 to 38). */
const PROCESSOR_FEATURES = [2, 3, 6, 8, 10, 12, 13, 14, 36, 37, 38];

/** Shows the page in a process. */
export function mapSharedUserData(kernel: Kernel, process: Process): NtStatus {
  kernel.state.sharedUserData ||= createPage(kernel);
  return mapViewOfSection(kernel, process, {
    section: kernel.state.sharedUserData,
    base: SHARED_USER_DATA,
    size: PAGE_SIZE,
    offset: 0,
    protection: PAGE_READONLY,
    use: 'USER_SHARED_DATA',
    type: MEM_DOS_LIM,
  }).status;
}

function createPage(kernel: Kernel): number {
  const section = createSection(kernel, { size: PAGE_SIZE });
  const features = new Uint8Array(64);
  for (const feature of PROCESSOR_FEATURES) features[feature] = 1;
  const bytes = encodeStructure(sharedUserData(), {
    TickCountMultiplier: TICK_COUNT_MULTIPLIER,
    ImageNumberLow: IMAGE_FILE_MACHINE_AMD64,
    ImageNumberHigh: IMAGE_FILE_MACHINE_AMD64,
    NtSystemRoot: encodeUnicode('C:\\Windows'),
    NtBuildNumber: BUILD_NUMBER,
    NtProductType: PRODUCT_WORKSTATION,
    ProductTypeIsValid: 1,
    NativeProcessorArchitecture: PROCESSOR_ARCHITECTURE_AMD64,
    NtMajorVersion: MAJOR_VERSION,
    NtMinorVersion: MINOR_VERSION,
    ProcessorFeatures: features,
    ActiveConsoleId: 1,
    NumberOfPhysicalPages: kernel.limits.frames,
    QpcFrequency: QPC_FREQUENCY,
    ActiveProcessorCount: 1,
  });
  writeSection(kernel, section, 0, bytes);
  writeTimes(kernel, section);
  return section;
}

/** The virtual time of the next clock interrupt; Infinity while no process could see it. */
export function nextClockTick(kernel: Kernel): number {
  const { sharedUserData: section, clockTicks } = kernel.state;
  return section === 0 ? Infinity : (clockTicks + 1) * CLOCK_TICK;
}

/** The clock interrupts that are due at the present virtual time. */
export function updateSystemTime(kernel: Kernel): void {
  const { sharedUserData: section, clockTicks, time } = kernel.state;
  if (section !== 0 && time >= (clockTicks + 1) * CLOCK_TICK) writeTimes(kernel, section);
}

function writeTimes(kernel: Kernel, section: number): void {
  const { state } = kernel;
  state.clockTicks = Math.floor(state.time / CLOCK_TICK);
  const now = state.clockTicks * CLOCK_TICK;
  const layout = sharedUserData();
  const times = encodeStructure(layout, {
    TickCountLowDeprecated: state.clockTicks,
    InterruptTime: now / NS_PER_UNIT,
    SystemTime: systemTime(kernel, now),
    TickCount: state.clockTicks,
  });
  for (const name of ['TickCountLowDeprecated', 'InterruptTime', 'SystemTime', 'TickCount']) {
    const offset = offsetOf(layout, name);
    writeSection(kernel, section, offset, times.subarray(offset, offset + (name.startsWith('TickCountLow') ? 4 : 12)));
  }
}

/** Time since 1601 in 100 ns at `time` virtual ns after boot. */
export function systemTime(kernel: Kernel, time: number): number {
  return FILETIME_EPOCH + Math.floor((kernel.state.bootTime + time) / NS_PER_UNIT);
}
