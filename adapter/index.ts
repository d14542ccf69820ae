/** The adapter's face: everything an extension may use of it. */

export type {
  AddressSpaceInformation,
  Allocation,
  StructureInformation,
  ErrorDescription,
  InjectionProblem,
  PendingCall,
  StoreRegion,
  StoreRecord,
  FieldInformation,
  CompressionStore,
  GuestModule,
  HandleInformation,
  ObjectInformation,
  ProcessInformation,
  Region,
  SystemCallDescription,
  ThreadInformation,
} from '../emulator/index.ts';
export { launchAttributes } from './configuration.ts';
export type * from './customRequests.ts';
export { inWorker } from './machine/client.ts';
export { PicoSession } from './session.ts';
