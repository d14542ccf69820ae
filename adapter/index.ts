/** The adapter's face: everything an extension may use of it. */

export type {
  AddressSpaceInformation,
  Allocation,
  GuestModule,
  ProcessInformation,
  Region,
  SystemCallDescription,
  ThreadInformation,
} from '../emulator/index.ts';
export { launchAttributes } from './configuration.ts';
export { serveStreams } from './connection.ts';
export type * from './customRequests.ts';
export { declaredFilters } from './filters.ts';
export { inWorker } from './machine/client.ts';
export { hex, memoryReference, parseMemoryReference } from './memoryReferences.ts';
export { ASSEMBLY_MIME_TYPE } from './requests/source.ts';
export { PicoSession } from './session.ts';
export { messageText } from './transcript.ts';
