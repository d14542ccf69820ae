/** The Address Space view: processes, their allocations, and the regions of each, as System Informer groups them. */

import type * as vscode from 'vscode';
import type {
  AddressSpaceInformation,
  Allocation,
  FieldInformation,
  ProcessInformation,
  Region,
  StoreRecord,
  StoreRegion,
  StructureInformation,
} from '../../adapter/index.ts';
import { allocationItem, factsItem, processItem, refusalItem, regionItem } from './memoryItems.ts';
import { StopView } from './stopView.ts';
import { recordItem, recordsItem, storeItem } from './storeItems.ts';
import { fieldItem, structureItem } from './structureItems.ts';

type Node =
  | { readonly kind: 'process'; readonly process: ProcessInformation }
  | { readonly kind: 'facts'; readonly process: ProcessInformation }
  | { readonly kind: 'refusal'; readonly process: number; readonly sentence: string }
  | { readonly kind: 'store'; readonly store: Store }
  | { readonly kind: 'allocation'; readonly process: number; readonly allocation: Allocation; readonly parts: Parts }
  | { readonly kind: 'region'; readonly process: number; readonly region: Region }
  | { readonly kind: 'structure'; readonly process: number; readonly structure: StructureInformation }
  | {
      readonly kind: 'field';
      readonly process: number;
      readonly of: StructureInformation;
      readonly field: FieldInformation;
    }
  | { readonly kind: 'records'; readonly process: number; readonly region: StoreRegion }
  | { readonly kind: 'record'; readonly process: number; readonly region: StoreRegion; readonly record: StoreRecord };

type Store = Parameters<typeof storeItem>[0];

/** What is known of parts of a process's memory beyond regions. */
interface Parts {
  readonly structures: readonly StructureInformation[];
  readonly store: Store | undefined;
}

/** What commands on the view's items get. */
export interface RegionPlace {
  readonly process: number;
  readonly address: number;
  readonly size: number;
}

export class AddressSpaceView extends StopView<Node> {
  override async getChildren(node?: Node): Promise<Node[]> {
    const session = this.sessions.active;
    if (!session) return [];
    if (!node) {
      const { processes } = await this.sessions.request(session, 'pico/processes', {});
      return processes.map(process => ({ kind: 'process', process }));
    }
    switch (node.kind) {
      case 'process':
        return this.partsOfProcess(session, node.process);
      case 'allocation':
        return partsOfAllocation(node.process, node.allocation, node.parts);
      case 'structure':
        return node.structure.fields.map(field => ({
          kind: 'field',
          process: node.process,
          of: node.structure,
          field,
        }));
      case 'records':
        return node.region.records.map(record => ({
          kind: 'record',
          process: node.process,
          region: node.region,
          record,
        }));
      default:
        return [];
    }
  }

  override getTreeItem(node: Node): vscode.TreeItem {
    switch (node.kind) {
      case 'process':
        return processItem(node.process);
      case 'facts':
        return factsItem(node.process);
      case 'refusal':
        return refusalItem(node.process, node.sentence);
      case 'store':
        return storeItem(node.store);
      case 'allocation':
        return allocationItem(node.process, node.allocation);
      case 'region':
        return regionItem(node.process, node.region);
      case 'structure':
        return structureItem(node.process, node.structure);
      case 'field':
        return fieldItem(node.process, node.of, node.field);
      case 'records':
        return recordsItem(node.region);
      case 'record':
        return recordItem(node.region, node.record);
    }
  }

  private async partsOfProcess(session: vscode.DebugSession, process: ProcessInformation): Promise<Node[]> {
    const { id, facts, kind } = process;
    const [{ addressSpace }, { structures }, { store }] = await Promise.all([
      this.sessions.request(session, 'pico/addressSpace', { process: id }),
      kind === 'traditional' ? this.sessions.request(session, 'pico/structures', { process: id }) : { structures: [] },
      kind === 'minimal' ? this.sessions.request(session, 'pico/compressionStore', {}) : { store: undefined },
    ]);
    const its = store?.process === id ? store : undefined;
    return [
      ...(facts.length ? [{ kind: 'facts', process } as const] : []),
      ...(addressSpace?.refusal ? [{ kind: 'refusal', process: id, sentence: addressSpace.refusal } as const] : []),
      ...(its ? [{ kind: 'store', store: its } as const] : []),
      ...allocationNodes(addressSpace, { structures, store: its }),
    ];
  }
}

function allocationNodes(space: AddressSpaceInformation | undefined, parts: Parts): Node[] {
  return (space?.allocations ?? []).map(allocation => ({
    kind: 'allocation',
    process: space?.process ?? 0,
    allocation,
    parts,
  }));
}

function partsOfAllocation(process: number, allocation: Allocation, { structures, store }: Parts): Node[] {
  const isInside = (address: number): boolean =>
    address >= allocation.base && address < allocation.base + allocation.size;
  return [
    ...structures
      .filter(({ address }) => isInside(address))
      .map((structure): Node => ({ kind: 'structure', process, structure })),
    ...(store?.regions ?? [])
      .filter(({ base }) => isInside(base))
      .map((region): Node => ({ kind: 'records', process, region })),
    ...allocation.regions.map((region): Node => ({ kind: 'region', process, region })),
  ];
}

/** Where an item of the view is; undefined for items that are no memory. */
export function placeOf(node: Node | undefined): RegionPlace | undefined {
  switch (node?.kind) {
    case 'allocation':
      return { process: node.process, address: node.allocation.base, size: node.allocation.size };
    case 'region':
      return { process: node.process, address: node.region.base, size: node.region.size };
    case 'structure':
      return { process: node.process, address: node.structure.address, size: node.structure.size };
    case 'field':
      return { process: node.process, address: node.of.address + node.field.offset, size: node.field.size };
    case 'record':
      return { process: node.process, address: node.region.base + node.record.offset, size: node.record.size };
    default:
      return undefined;
  }
}
