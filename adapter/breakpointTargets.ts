/** What a breakpoint of the client means for the programs that are loaded now. */

import type { BreakpointTarget } from '../emulator/index.ts';
import { type BreakpointName, parseBreakpointName } from './breakpointNames.ts';
import type { Origin, RequestedBreakpoint, Resolution } from './breakpoints.ts';
import { closest } from './closest.ts';
import type { Debuggee } from './debuggee.ts';
import { isAssemblyPath, sourceOf } from './documents.ts';
import {
  breakpointNeedsAssembly,
  breakpointNoCode,
  breakpointNoInstruction,
  breakpointNotMapped,
  breakpointPending,
  breakpointSourceGone,
  breakpointUnknownCall,
  RequestError,
} from './errors.ts';
import { filterTarget, PROVIDER_THROWS } from './filters.ts';
import { providerSource } from './providerValues.ts';
import type { Providers } from './provider/providers.ts';
import { hex, memoryReference, parseMemoryReference } from './memoryReferences.ts';

export async function resolveBreakpoint(debuggee: Debuggee, requested: RequestedBreakpoint): Promise<Resolution> {
  const { origin } = requested;
  switch (origin.kind) {
    case 'source':
      return resolveLine(debuggee, origin);
    case 'function':
      return resolveName(debuggee, parseBreakpointName(origin.name), origin.name);
    case 'instruction':
      return resolveInstruction(debuggee, origin);
    case 'filter': {
      if (origin.filter === PROVIDER_THROWS) return { targets: [], providerThrows: true, shown: { verified: true } };
      const target = filterTarget(origin.filter);
      return target ? works([target]) : fails(breakpointPending(origin.filter));
    }
  }
}

/** A line of a provider's file; the breakpoint moves to the next line that has code. */
async function resolveProviderLine(providers: Providers, file: string, line: number): Promise<Resolution> {
  const debug = await providers.load();
  if (!debug) return fails(providers.why);
  await debug.begin();
  const found = debug.sources.has(file) ? debug.sources.lineWithCode(file, line) : undefined;
  if (found === undefined) {
    await debug.settle();
    return fails(breakpointNoCode());
  }
  return {
    targets: [],
    provider: { path: file, line: found },
    shown: { verified: true, line: found, source: providerSource(file, debug.sources.isInternal(file)) },
  };
}

async function resolveLine(debuggee: Debuggee, origin: Extract<Origin, { kind: 'source' }>): Promise<Resolution> {
  const providers = debuggee.program?.providers;
  if (providers?.isProviderFile(origin.source.path))
    return resolveProviderLine(providers, origin.source.path, origin.line);
  const document = await debuggee.program?.documents.find(origin.source);
  if (!document) {
    const known = origin.source.sourceReference || isAssemblyPath(origin.source.path);
    return fails(known ? breakpointSourceGone() : breakpointNeedsAssembly());
  }
  const below = document.addresses.findIndex((address, index) => index >= origin.line - 1 && address !== undefined);
  const address = document.addresses[below];
  if (address === undefined) return fails(breakpointNoInstruction());
  return works([{ kind: 'address', address, process: document.process }], {
    source: sourceOf(document),
    line: below + 1,
    instructionReference: memoryReference(document.process, address),
  });
}

async function resolveInstruction(
  debuggee: Debuggee,
  origin: Extract<Origin, { kind: 'instruction' }>,
): Promise<Resolution> {
  try {
    const place = parseMemoryReference(origin.reference, debuggee.processInView());
    return await resolveAddress(debuggee, place.address + origin.offset, place.process);
  } catch (error) {
    // A bad reference spoils one breakpoint, not the whole request.
    if (error instanceof RequestError) return fails(error.message);
    throw error;
  }
}

async function resolveAddress(debuggee: Debuggee, address: number, process: number): Promise<Resolution> {
  const readable = await debuggee.program?.machine.readMemory(process, address, 1);
  if (!readable || readable.length === 0) return fails(breakpointNotMapped(hex(address)));
  return works([{ kind: 'address', address, process }], { instructionReference: memoryReference(process, address) });
}

async function resolveName(debuggee: Debuggee, name: BreakpointName, text: string): Promise<Resolution> {
  switch (name.kind) {
    case 'unusable':
      return fails(name.message);
    case 'exception':
    case 'signal':
      return works([name]);
    case 'address':
      return resolveAddress(debuggee, name.address, debuggee.processInView());
    case 'systemCall':
      return resolveSystemCall(debuggee, name);
    case 'symbol':
      return resolveSymbol(debuggee, name, text);
  }
}

async function resolveSystemCall(
  debuggee: Debuggee,
  target: Extract<BreakpointName, { kind: 'systemCall' }>,
): Promise<Resolution> {
  const calls = (await debuggee.program?.machine.systemCalls()) ?? [];
  if (target.name !== '*' && calls.length > 0 && !calls.some(({ name }) => name === target.name)) {
    const known = calls.map(({ name }) => name);
    return fails(breakpointUnknownCall(target.name, closest(target.name, known)));
  }
  return works([target]);
}

/**
 * In every process: a child of `fork` must not run past the breakpoint before it is known here. A hit in a process
 * where the address means something else is passed over (see {@link Debuggee}).
 */
async function resolveSymbol(
  debuggee: Debuggee,
  { name, offset }: Extract<BreakpointName, { kind: 'symbol' }>,
  text: string,
): Promise<Resolution> {
  const places = new Map<number, number>();
  for (const process of await debuggee.liveProcesses()) {
    for (const located of (await debuggee.program?.symbols.named(process, name)) ?? []) {
      const address = located.start + offset;
      if (located.kind !== 'object' && !places.has(address)) places.set(address, process);
    }
  }
  if (places.size === 0) return fails(breakpointPending(text));
  const targets = [...places.keys()].map((address): BreakpointTarget => ({ kind: 'address', address }));
  const [[address, process]] = places;
  return works(targets, { instructionReference: memoryReference(process, address) });
}

function works(targets: readonly BreakpointTarget[], shown: Omit<Resolution['shown'], 'verified'> = {}): Resolution {
  return { targets, shown: { verified: true, ...shown } };
}

function fails(message: string): Resolution {
  return { targets: [], shown: { verified: false, message } };
}
