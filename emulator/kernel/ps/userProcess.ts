/** PspAllocateProcess and PspInsertProcess for traditional processes: image, ntdll.dll, PEB, first thread. */

import { checkProgram } from '../../formats/pe.ts';
import { FormatError } from '../../formats/formatError.ts';
import type { PeFile } from '../../formats/pe.ts';
import { mapSharedUserData } from '../ke/sharedUserData.ts';
import type { Kernel } from '../kernel.ts';
import { createImageFileSection } from '../mm/imageFile.ts';
import { PAGE_EXECUTE_WRITECOPY } from '../mm/protection.ts';
import { openContents } from '../io/fileBytes.ts';
import { closeSection } from '../mm/section.ts';
import type { SectionSource } from '../mm/section.ts';
import { mapViewOfSection } from '../mm/view.ts';
import type { Placed } from '../mm/place.ts';
import { openObjectFile } from '../io/openFile.ts';
import { CONSOLE_ERROR, CONSOLE_INPUT, CONSOLE_OUTPUT } from '../io/condrv.ts';
import { GENERIC_READ, GENERIC_WRITE } from '../ob/access.ts';
import { OBJ_INHERIT, inheritHandles } from '../ob/handleTable.ts';
import { STATUS_INVALID_IMAGE_FORMAT, STATUS_SUCCESS, STATUS_UNSUCCESSFUL, succeeded } from '../status.ts';
import type { NtStatus } from '../status.ts';
import { createMinimalProcess } from './create.ts';
import { createPeb } from './environment.ts';
import { createProcessParameters } from './processParameters.ts';
import type { Process } from './process.ts';
import { SYSTEM_DLL_PATH, systemDll } from './systemDll.ts';
import { terminateProcess } from './terminate.ts';
import type { Thread } from './thread.ts';
import { createUserThread } from './userThread.ts';

export interface UserProcessOptions {
  readonly parent: number;
  /** The bytes of the program's file, and where its pages come from. */
  readonly image: Uint8Array;
  readonly source: SectionSource;
  /** DOS path: `C:\folder\hello.exe`. */
  readonly imagePath: string;
  readonly commandLine: string;
  readonly currentDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly beingDebugged: boolean;
  /** Handles that it inherits, and which of them are its standard ones; without them it gets the console. */
  readonly handles?: (StandardHandles & { readonly from: Process }) | undefined;
}

export interface StandardHandles {
  readonly standardInput: number;
  readonly standardOutput: number;
  readonly standardError: number;
}

export interface CreatedProcess {
  readonly status: NtStatus;
  readonly process?: Process;
  /** Suspended, before its first instruction. */
  readonly thread?: Thread;
  /** What is wrong with the image, for people. */
  readonly problem?: string;
}

export function createUserProcess(kernel: Kernel, options: UserProcessOptions): CreatedProcess {
  const { image, source, imagePath } = options;
  const file = openContents(kernel, source, image.length);
  try {
    const created = createImageFileSection(kernel, image, file);
    if (!succeeded(created.status)) return { status: created.status };
    try {
      checkProgram(created.file);
      return start(kernel, created.section, created.file, options);
    } finally {
      closeSection(kernel, created.section); // the view keeps it
    }
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return { status: STATUS_INVALID_IMAGE_FORMAT, problem: `${imagePath}: ${error.message}` };
  } finally {
    closeSection(kernel, file);
  }
}

function start(kernel: Kernel, section: number, file: PeFile, options: UserProcessOptions): CreatedProcess {
  const { parent, imagePath, commandLine } = options;
  const name = imagePath.slice(imagePath.lastIndexOf('\\') + 1);
  const created = createMinimalProcess(kernel, { parent, name, commandLine });
  const { process } = created;
  if (!process) return created;
  process.minimal = false;
  kernel.debugPort?.processCreated(process);
  const built = build(kernel, process, section, file, options);
  if (built.thread) return { status: STATUS_SUCCESS, process, thread: built.thread };
  terminateProcess(kernel, process, built.status);
  return { status: built.status };
}

function build(
  kernel: Kernel,
  process: Process,
  section: number,
  file: PeFile,
  options: UserProcessOptions,
): { status: NtStatus; thread?: Thread } {
  const dll = systemDll(kernel);
  if (!dll) return { status: STATUS_UNSUCCESSFUL };
  const image = mapImage(kernel, process, section, options.imagePath);
  if (!succeeded(image.status)) return image;
  const library = mapImage(kernel, process, dll.section, SYSTEM_DLL_PATH);
  if (!succeeded(library.status)) return library;
  const shared = mapSharedUserData(kernel, process);
  if (!succeeded(shared)) return { status: shared };
  if (options.handles) inheritHandles(kernel, options.handles.from, process);
  const handles = options.handles ?? consoleHandles(kernel, process);
  const parameters = createProcessParameters(kernel, process, { ...options, ...handles });
  if (!succeeded(parameters.status)) return parameters;
  const peb = createPeb(kernel, process, {
    imageBase: image.base,
    processParameters: parameters.address,
    subsystem: file.subsystem,
    subsystemVersion: file.subsystemVersion,
    beingDebugged: options.beingDebugged,
  });
  if (!succeeded(peb.status)) return peb;
  process.peb = peb.address;
  return createUserThread(kernel, process, {
    start: image.base + file.entry,
    argument: peb.address,
    stackReserve: file.stackReserve,
    stackCommit: file.stackCommit,
  });
}

function mapImage(kernel: Kernel, process: Process, section: number, use: string): Placed {
  return mapViewOfSection(kernel, process, {
    section,
    size: 0,
    offset: 0,
    protection: PAGE_EXECUTE_WRITECOPY,
    use,
    type: 0,
  });
}

function consoleHandles(kernel: Kernel, process: Process): StandardHandles {
  const open = (name: string, access: number): number => {
    const attributes = { rootDirectory: 0, name, attributes: OBJ_INHERIT };
    return openObjectFile(kernel, { process }, { attributes, access }).handle;
  };
  return {
    standardInput: open(CONSOLE_INPUT, GENERIC_READ),
    standardOutput: open(CONSOLE_OUTPUT, GENERIC_WRITE),
    standardError: open(CONSOLE_ERROR, GENERIC_WRITE),
  };
}
