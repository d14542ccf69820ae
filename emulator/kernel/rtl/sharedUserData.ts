/**
 * KUSER_SHARED_DATA: the page at 0x7FFE0000 that every traditional process reads and only the kernel writes (ntddk.h,
 * phnt's ntexapi.h). One frame serves all of them.
 */

import type { Structure } from './structure.ts';
import { structure } from './structure.ts';

export const SHARED_USER_DATA = 0x7ffe_0000;

export const sharedUserData: () => Structure = () =>
  structure('KUSER_SHARED_DATA', 0x720, [
    [0x000, 'TickCountLowDeprecated', 'u32', ''],
    [0x004, 'TickCountMultiplier', 'u32', 'Milliseconds of a tick, in 2^-24'],
    [0x008, 'InterruptTime', 'time', 'Time since boot in 100 ns'],
    [0x014, 'SystemTime', 'time', 'Time since 1601 in 100 ns'],
    [0x020, 'TimeZoneBias', 'time', 'Local time behind UTC in 100 ns'],
    [0x02c, 'ImageNumberLow', 'u16', 'Machines whose images run: the lowest'],
    [0x02e, 'ImageNumberHigh', 'u16', 'and the highest'],
    [0x030, 'NtSystemRoot', 'text', 'Where Windows lies', 520],
    [0x240, 'TimeZoneId', 'u32', '0: no daylight saving time'],
    [0x260, 'NtBuildNumber', 'u32', ''],
    [0x264, 'NtProductType', 'u32', '1: workstation'],
    [0x268, 'ProductTypeIsValid', 'u8', ''],
    [0x26a, 'NativeProcessorArchitecture', 'u16', '9: x64'],
    [0x26c, 'NtMajorVersion', 'u32', ''],
    [0x270, 'NtMinorVersion', 'u32', ''],
    [0x274, 'ProcessorFeatures', 'bytes', 'PF_…: what IsProcessorFeaturePresent says', 64],
    [0x2d4, 'KdDebuggerEnabled', 'u8', ''],
    [0x2d8, 'ActiveConsoleId', 'u32', ''],
    [0x2e8, 'NumberOfPhysicalPages', 'u32', ''],
    [0x2ec, 'SafeBootMode', 'u8', ''],
    [0x300, 'QpcFrequency', 'u64', 'Performance counts in a second'],
    [0x308, 'SystemCall', 'u32', '0: services are called with SYSCALL'],
    [0x320, 'TickCount', 'time', 'Clock interrupts since boot'],
    [0x330, 'Cookie', 'u32', ''],
    [0x3c0, 'ActiveProcessorCount', 'u32', ''],
  ]);
