/**
 * Traditional NT programs: PE images that run without a provider, on the kernel's own services. Drive C: shows what the
 * mounts show: a folder that guests of a provider see at /a/b is C:\a\b.
 */

import { PAGE_SIZE } from '../base/pages.ts';
import type { Host } from '../base/host.ts';
import { isPe } from '../formats/pe.ts';
import { createConsole, feedConsole } from '../kernel/io/condrv.ts';
import { createDevice, createLink } from '../kernel/io/device.ts';
import { registerFileSystemDriver } from '../kernel/io/driver.ts';
import type { FileSystemDriver } from '../kernel/io/driver.ts';
import { readFileBytes } from '../kernel/io/fileBytes.ts';
import { VOLUME_DRIVER } from '../kernel/io/volume/contents.ts';
import { createDriveDriver } from '../kernel/io/volume/drive.ts';
import { attachHost } from '../kernel/io/volume/volume.ts';
import { registerUserApcs } from '../kernel/ke/userApc.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { VAD_IMAGE_MAP } from '../kernel/mm/vad.ts';
import type { GuestModule, ProgramStart, ProviderServices, SystemCallDescription } from '../kernel/ps/pico.ts';
import type { Process } from '../kernel/ps/process.ts';
import { SYSTEM_DLL_PATH, initializeSystemDll } from '../kernel/ps/systemDll.ts';
import { createUserProcess } from '../kernel/ps/userProcess.ts';
import {
  describeErrors,
  describeService,
  describeServiceResult,
  describeServices,
} from '../kernel/services/describe.ts';
import { findService } from '../kernel/services/table.ts';
import { statusName, statusText } from '../kernel/statusNames.ts';
import type { Mount } from './face.ts';

export interface TraditionalParts {
  readonly host: Host;
  readonly mounts: readonly Mount[];
  /** The bytes of ntdll.dll, which the machine has no file for; undefined where the host has none either. */
  readonly ntdll?: () => Uint8Array | undefined;
}

export interface TraditionalServices extends ProviderServices {
  /** Whether the file at this guest path is a PE image. */
  isProgram(path: string): boolean;
}

const DRIVE = '\\??\\C:';
/** Programs beyond this are not read: 256 MiB. */
const LARGEST_PROGRAM = 0x1000_0000;
/** NT_ERROR: the two highest bits of a status. */
const SEVERITY_ERROR = 0xc000_0000;
const FILE_OPEN = 1;

export function createTraditionalServices(kernel: Kernel, parts: TraditionalParts): TraditionalServices {
  attachHost(kernel, parts.host.files);
  const volume = createDriveDriver(kernel, parts.mounts);
  let described: readonly SystemCallDescription[] | undefined;

  /** The driver's name for a file on C:, and its size; undefined if there is none. */
  function find(path: string): { file: string; size: number } | undefined {
    const opened = volume.files?.open({
      path,
      caseInsensitive: true,
      disposition: FILE_OPEN,
      wantsWrite: false,
      options: 0,
    });
    if (opened?.file === undefined) return undefined;
    const information = volume.files?.information(opened.file);
    volume.close?.(opened.file);
    return information?.kind === 'file' ? { file: opened.file, size: information.size } : undefined;
  }

  function createProgram(start: ProgramStart): { process: Process } | { error: string } {
    const problem = prepare(kernel, parts, volume);
    if (problem) return { error: problem };
    const path = dosPath(start.program);
    const found = find(path.slice(2));
    if (!found) return { error: `${start.program} does not exist.` };
    if (found.size > LARGEST_PROGRAM) return { error: `${path} has ${found.size} bytes; at most 256 MiB are read.` };
    const source = { driver: VOLUME_DRIVER, file: found.file };
    const created = createUserProcess(kernel, {
      parent: 0,
      image: readFileBytes(kernel, source, found.size),
      source,
      imagePath: path,
      commandLine: [path, ...start.arguments].map(quote).join(' '),
      currentDirectory: dosPath(start.directory),
      environment: { SystemDrive: 'C:', SystemRoot: 'C:\\Windows', ...start.environment },
      beingDebugged: false,
    });
    if (created.process) return { process: created.process };
    return { error: created.problem ?? `${path} could not be started: ${statusText(created.status)}.` };
  }

  return {
    isProgram(path) {
      const found = find(dosPath(path).slice(2));
      if (!found) return false;
      const head = new Uint8Array(2);
      return volume.files?.read(found.file, 0, head).count === head.length && isPe(head);
    },
    get systemCalls() {
      described ??= describeServices();
      return described;
    },
    createProgram,
    describeSystemCall: (thread, frame) => describeService(kernel, thread, frame),
    describeResult: describeServiceResult,
    get errors() {
      return describeErrors();
    },
    hasFailed: value => value >>> 0 >= SEVERITY_ERROR,
    handler: number => findService(number)?.body,
    describeException: ({ exceptionCode }) => statusName(exceptionCode),
    modules: process => modulesOf(process),
    readFile(path) {
      if (path === SYSTEM_DLL_PATH) return parts.ntdll?.();
      const found = path.startsWith('C:\\') ? find(path.slice(2)) : undefined;
      return found && readFileBytes(kernel, { driver: VOLUME_DRIVER, file: found.file }, found.size);
    },
    input: bytes => feedConsole(kernel, bytes),
    exitCode: ({ exitStatus }) => exitStatus,
    describeExit: ({ exitStatus }) =>
      exitStatus >= SEVERITY_ERROR || (statusName(exitStatus) && exitStatus >= 0x8000_0000)
        ? `ended with ${statusText(exitStatus)}`
        : `exited with code ${exitStatus}`,
  };
}

/** What the first traditional process needs of the kernel. A sentence if something is missing. */
function prepare(kernel: Kernel, { host, ntdll }: TraditionalParts, volume: FileSystemDriver): string | undefined {
  if (kernel.state.systemDll) return undefined;
  const bytes = ntdll?.();
  if (!bytes)
    return 'This is a Windows program, and there is no ntdll.dll for it beside the debugger. Build it with npm run build.';
  const problem = initializeSystemDll(kernel, bytes);
  if (problem) return problem;
  registerUserApcs(kernel);
  createConsole(kernel, host.console);
  registerFileSystemDriver(kernel, VOLUME_DRIVER, volume);
  createDevice(kernel, 'HarddiskVolume1', VOLUME_DRIVER, [DRIVE]);
  createLink(kernel, '\\SystemRoot', `${DRIVE}\\Windows`);
  return undefined;
}

/** `C:\a\b` of the guest path /a/b. */
function dosPath(path: string): string {
  return /^[A-Za-z]:/.test(path) ? path : `C:${path.replaceAll('/', '\\')}`;
}

/** As CommandLineToArgvW reads it back. */
function quote(text: string): string {
  if (text !== '' && !/[\s"]/.test(text)) return text;
  return `"${text.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, '$1$1')}"`;
}

/** Images by their addresses. Symbols of images are relative to their base. */
function modulesOf(process: Process): GuestModule[] {
  return process.vads
    .filter(({ vadType }) => vadType === VAD_IMAGE_MAP)
    .map(({ use, start, end }) => ({
      path: use,
      base: start * PAGE_SIZE,
      size: (end - start) * PAGE_SIZE,
      bias: start * PAGE_SIZE,
    }));
}
