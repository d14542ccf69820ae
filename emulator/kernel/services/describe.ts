/** Calls of services and their answers as text. */

import { hex } from '../../base/pages.ts';
import { RAX } from '../../cpu/registers.ts';
import type { Kernel } from '../kernel.ts';
import { peekUser } from '../mm/peek.ts';
import type { DescribedCall, ErrorDescription, SystemCallDescription, TrapFrame } from '../ps/pico.ts';
import { getProcess } from '../ps/process.ts';
import type { Thread } from '../ps/thread.ts';
import { statusNames, statusText } from '../statusNames.ts';
import { argumentWords } from './service.ts';
import { findService, serviceTable } from './table.ts';

export function describeServices(): SystemCallDescription[] {
  return serviceTable().map(({ number, name, arguments: parameters, support, note, isOneWay }) => ({
    number,
    name,
    arguments: parameters.map(({ name: parameter, type }) => ({ name: parameter, type })),
    support,
    note,
    ...(isOneWay && { isOneWay }),
  }));
}

/** The service that `frame` asks for: `NtClose(0x8)`. */
export function describeService(kernel: Kernel, thread: Thread, frame: TrapFrame): DescribedCall {
  const number = frame.low(RAX);
  const service = findService(number);
  if (!service) return { number, name: `service_${number}`, text: `service_${number}()`, values: {} };
  const process = getProcess(kernel, thread.process);
  const peek = (address: number, size: number): Uint8Array => peekUser(kernel, process, address, size);
  const words = argumentWords(frame, service.arguments.length, (address, into) => {
    const found = peek(address, into.length);
    into.set(found);
    return found.length;
  });
  if (!words) return { number, name: service.name, text: `${service.name}(?)`, values: {} };
  const printer = { peek, words };
  const values: Record<string, number | string> = {};
  const texts = service.arguments.map((argument, index) => {
    values[argument.name] = words[index].value;
    const text = argument.text?.(printer, words[index]);
    if (text !== undefined) values[`$${argument.name}`] = text;
    return argument.print(printer, words[index]);
  });
  return { number, name: service.name, text: `${service.name}(${texts.join(', ')})`, values };
}

/** ` = STATUS_SUCCESS`, ` = STATUS_ACCESS_VIOLATION (0xc0000005)`. `value` is RAX. */
export function describeServiceResult(number: number, value: number): string {
  if (findService(number)?.isOneWay) return '';
  return ` = ${value === 0 ? 'STATUS_SUCCESS' : statusText(value >>> 0)}`;
}

/** The statuses of warnings and errors that this kernel knows (NT_WARNING, NT_ERROR). */
export function describeErrors(): ErrorDescription[] {
  return [...statusNames()]
    .filter(([status]) => status >= SEVERITY_WARNING)
    .map(([result, name]) => ({ name, result, meaning: hex(result, 8) }));
}

const SEVERITY_WARNING = 0x8000_0000;
