/**
 * PEB, TEB and process parameters of 64-bit Windows 10 22H2 (build 19045), as phnt's ntpebteb.h and ntrtl.h have them:
 * the fields that this kernel or its users have something to say about. What is not listed reads as zero.
 */

import type { Structure } from './structure.ts';
import { structure } from './structure.ts';

export const peb: () => Structure = () =>
  structure('PEB', 0x7c8, [
    [0x000, 'InheritedAddressSpace', 'u8', 'The process is a clone of another'],
    [0x001, 'ReadImageFileExecOptions', 'u8', 'There are execution options for the image'],
    [0x002, 'BeingDebugged', 'u8', 'A debugger is attached to the process'],
    [0x003, 'BitField', 'u8', 'Bit 2: the image was relocated'],
    [0x008, 'Mutant', 'handle', 'Not used; -1'],
    [0x010, 'ImageBaseAddress', 'pointer', 'Where the program lies'],
    [0x018, 'Ldr', 'pointer', 'The lists of modules (PEB_LDR_DATA), which the loader makes'],
    [0x020, 'ProcessParameters', 'pointer', 'What the program was started with'],
    [0x030, 'ProcessHeap', 'pointer', 'The first heap'],
    [0x068, 'ApiSetMap', 'pointer', 'Which modules stand behind api-ms-… names'],
    [0x070, 'TlsExpansionCounter', 'u32', 'Slots of thread-local storage beyond the first 64'],
    [0x0b8, 'NumberOfProcessors', 'u32', ''],
    [0x0bc, 'NtGlobalFlag', 'u32', 'Global flags (gflags)'],
    [0x0c0, 'CriticalSectionTimeout', 'u64', 'When waits for critical sections give up, in 100 ns, negative'],
    [0x0c8, 'HeapSegmentReserve', 'u64', ''],
    [0x0d0, 'HeapSegmentCommit', 'u64', ''],
    [0x0e8, 'NumberOfHeaps', 'u32', ''],
    [0x0ec, 'MaximumNumberOfHeaps', 'u32', ''],
    [0x0f0, 'ProcessHeaps', 'pointer', 'Addresses of all heaps'],
    [0x110, 'LoaderLock', 'pointer', ''],
    [0x118, 'OSMajorVersion', 'u32', ''],
    [0x11c, 'OSMinorVersion', 'u32', ''],
    [0x120, 'OSBuildNumber', 'u16', ''],
    [0x122, 'OSCSDVersion', 'u16', 'Service pack'],
    [0x124, 'OSPlatformId', 'u32', '2: Windows NT'],
    [0x128, 'ImageSubsystem', 'u32', '2: windows, 3: console'],
    [0x12c, 'ImageSubsystemMajorVersion', 'u32', ''],
    [0x130, 'ImageSubsystemMinorVersion', 'u32', ''],
    [0x138, 'ActiveProcessAffinityMask', 'u64', 'Processors that its threads may run on'],
    [0x2c0, 'SessionId', 'u32', ''],
  ]);

export const teb: () => Structure = () =>
  structure('TEB', 0x1838, [
    [0x0000, 'ExceptionList', 'pointer', 'Not used by 64-bit code'],
    [0x0008, 'StackBase', 'pointer', 'The end of the stack, its highest address'],
    [0x0010, 'StackLimit', 'pointer', 'The lowest address above the guard page; it moves as the stack grows'],
    [0x0030, 'Self', 'pointer', 'This TEB; GS:[0x30]'],
    [0x0038, 'EnvironmentPointer', 'pointer', ''],
    [0x0040, 'ClientId.UniqueProcess', 'handle', 'Process id'],
    [0x0048, 'ClientId.UniqueThread', 'handle', 'Thread id'],
    [0x0058, 'ThreadLocalStoragePointer', 'pointer', ''],
    [0x0060, 'ProcessEnvironmentBlock', 'pointer', 'The PEB; GS:[0x60]'],
    [0x0068, 'LastErrorValue', 'u32', 'What GetLastError says'],
    [0x006c, 'CountOfOwnedCriticalSections', 'u32', ''],
    [0x0108, 'CurrentLocale', 'u32', ''],
    [0x02c0, 'ExceptionCode', 'u32', 'Status of the exception that is being dispatched'],
    [0x1250, 'LastStatusValue', 'u32', ''],
    [0x1478, 'DeallocationStack', 'pointer', 'The lowest address that the stack may grow to'],
    [0x1748, 'GuaranteedStackBytes', 'u32', 'Room that is kept for handling a stack overflow'],
    [0x17ee, 'SameTebFlags', 'u16', 'Bit 10: the first thread of the process'],
  ]);

/** Set in SameTebFlags of a process's first thread. */
export const INITIAL_THREAD = 0x400;

export const processParameters: () => Structure = () =>
  structure('RTL_USER_PROCESS_PARAMETERS', 0x440, [
    [0x000, 'MaximumLength', 'u32', 'Bytes with all strings'],
    [0x004, 'Length', 'u32', ''],
    [0x008, 'Flags', 'u32', 'Bit 0: addresses, not offsets'],
    [0x010, 'ConsoleHandle', 'handle', ''],
    [0x020, 'StandardInput', 'handle', ''],
    [0x028, 'StandardOutput', 'handle', ''],
    [0x030, 'StandardError', 'handle', ''],
    [0x038, 'CurrentDirectory.DosPath', 'unicode', ''],
    [0x048, 'CurrentDirectory.Handle', 'handle', ''],
    [0x050, 'DllPath', 'unicode', ''],
    [0x060, 'ImagePathName', 'unicode', ''],
    [0x070, 'CommandLine', 'unicode', ''],
    [0x080, 'Environment', 'pointer', 'NAME=VALUE strings, each with a zero, and one more zero'],
    [0x0b0, 'WindowTitle', 'unicode', ''],
    [0x0c0, 'DesktopInfo', 'unicode', ''],
    [0x3f0, 'EnvironmentSize', 'u64', 'Bytes'],
    [0x408, 'ProcessGroupId', 'u32', ''],
  ]);

/** What the loader of ntdll.dll knows of modules (ntpsapi.h). */
export const loaderData: () => Structure = () =>
  structure('PEB_LDR_DATA', 0x58, [
    [0x00, 'Length', 'u32', ''],
    [0x04, 'Initialized', 'u8', ''],
    [0x10, 'InLoadOrderModuleList.Flink', 'pointer', 'LDR_DATA_TABLE_ENTRY of the program'],
    [0x18, 'InLoadOrderModuleList.Blink', 'pointer', ''],
    [0x20, 'InMemoryOrderModuleList.Flink', 'pointer', ''],
    [0x28, 'InMemoryOrderModuleList.Blink', 'pointer', ''],
    [0x30, 'InInitializationOrderModuleList.Flink', 'pointer', ''],
    [0x38, 'InInitializationOrderModuleList.Blink', 'pointer', ''],
    [0x48, 'ShutdownInProgress', 'u8', ''],
  ]);

/** RTL_USER_PROC_PARAMS_NORMALIZED. */
export const PARAMETERS_NORMALIZED = 1;
