/** RtlCreateProcessParametersEx: what a program is started with, as one block in its address space. */

import { roundUp } from '../../base/pages.ts';
import type { Kernel } from '../kernel.ts';
import { copyToUser } from '../mm/copy.ts';
import { MEM_COMMIT, MEM_RESERVE, PAGE_READWRITE } from '../mm/protection.ts';
import { allocateVirtualMemory } from '../mm/virtualMemory.ts';
import { PARAMETERS_NORMALIZED, processParameters } from '../rtl/environmentBlocks.ts';
import { encodeStructure } from '../rtl/structure.ts';
import type { UnicodeValue } from '../rtl/structure.ts';
import { encodeUnicode } from '../rtl/unicode.ts';
import { STATUS_NO_MEMORY, STATUS_SUCCESS, succeeded } from '../status.ts';
import type { Block } from './environment.ts';
import type { Process } from './process.ts';

export interface ParameterValues {
  /** DOS path: `C:\hello.exe`. */
  readonly imagePath: string;
  readonly commandLine: string;
  /** DOS path. */
  readonly currentDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Handles of the process. */
  readonly standardInput: number;
  readonly standardOutput: number;
  readonly standardError: number;
}

export function createProcessParameters(kernel: Kernel, process: Process, values: ParameterValues): Block {
  const layout = processParameters();
  const directory = values.currentDirectory.endsWith('\\') ? values.currentDirectory : `${values.currentDirectory}\\`;
  const texts = {
    'CurrentDirectory.DosPath': directory,
    ImagePathName: values.imagePath,
    CommandLine: values.commandLine,
    WindowTitle: values.imagePath,
  };
  const environment = encodeUnicode(
    `${Object.entries(values.environment)
      .map(([name, value]) => `${name}=${value}\0`)
      .join('')}\0`,
  );
  const encoded = Object.entries(texts).map(([name, text]) => ({ name, bytes: encodeUnicode(`${text}\0`) }));
  const length = layout.size + encoded.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const size = roundUp(length + environment.length);
  const { status, base } = allocateVirtualMemory(kernel, process, {
    size,
    type: MEM_RESERVE | MEM_COMMIT,
    protection: PAGE_READWRITE,
    use: 'USER_PROCESS_PARAMETERS',
  });
  if (!succeeded(status)) return { status, address: 0 };
  const block = new Uint8Array(size);
  let end = layout.size;
  const strings: Record<string, UnicodeValue> = {};
  for (const { name, bytes } of encoded) {
    block.set(bytes, end);
    strings[name] = { address: base + end, length: bytes.length - 2 };
    end += bytes.length;
  }
  block.set(environment, end);
  block.set(
    encodeStructure(layout, {
      MaximumLength: length,
      Length: length,
      Flags: PARAMETERS_NORMALIZED,
      StandardInput: values.standardInput,
      StandardOutput: values.standardOutput,
      StandardError: values.standardError,
      ...strings,
      Environment: base + end,
      EnvironmentSize: environment.length,
    }),
  );
  if (copyToUser(kernel, process, base, block) < block.length) return { status: STATUS_NO_MEMORY, address: 0 };
  return { status: STATUS_SUCCESS, address: base };
}
