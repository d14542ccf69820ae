/** The emulator's face: everything that may be used above it. */

export * from './machine/face.ts';
export type { Host, HostConsole, HostErrorCode, HostFileStatus, HostFiles } from './base/host.ts';
export { HostError } from './base/host.ts';
export { PROVIDER_NAMES, compileInterpreter, createMachine } from './machine/create.ts';
