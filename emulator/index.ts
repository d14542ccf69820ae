/** The emulator's face: everything that may be used above it. */

export * from './machine/face.ts';
export type { Host, HostConsole, HostErrorCode, HostFileStatus, HostFiles } from './base/host.ts';
export { HostError } from './base/host.ts';
export { ProviderFailure } from './kernel/ps/providerFailure.ts';
export { compileHitCondition } from './machine/condition/hits.ts';
export { COMPILED_HERE, type ModuleCompiler } from './cpu/moduleCompiler.ts';
export {
  PROVIDER_MODULE,
  PROVIDER_NAMES,
  checkDefinedProvider,
  compileInterpreter,
  createMachine,
} from './machine/create.ts';
