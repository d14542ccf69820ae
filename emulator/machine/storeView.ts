/** The compression store as people look at it. */

import { PAGE_SIZE } from '../base/pages.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { RAW_SIZE, REGION_SIZE, getRecord, keyParts, roomFor } from '../kernel/sm/records.ts';
import type { PageRecord } from '../kernel/sm/records.ts';
import type { CompressionStore, StoreRecord } from './face.ts';

export function describeStore(kernel: Kernel): CompressionStore | undefined {
  const { store } = kernel.state;
  if (!store) return undefined;
  const records = [...store.records.values()];
  const regions = [...store.regions.values()];
  const compressedSize = records.reduce((sum, record) => sum + roomFor(record.size), 0);
  const originalSize = records.length * PAGE_SIZE;
  return {
    process: store.process,
    statistics: {
      pages: records.length,
      zeroPages: records.filter(({ size }) => size === 0).length,
      rawPages: records.filter(({ size }) => size === RAW_SIZE).length,
      originalSize,
      compressedSize,
      ratio: compressedSize === 0 ? 0 : originalSize / compressedSize,
      regions: regions.length,
      regionSize: regions.length * REGION_SIZE,
      wasted: regions.reduce((sum, { used, live }) => sum + used - live, 0),
      storedPages: store.stored,
      compressionFaults: kernel.state.paging.faults.compression,
      compactions: store.compactions,
    },
    regions: regions.map(({ base, used, live, records: keys }) => ({
      base,
      size: REGION_SIZE,
      used,
      live,
      records: [...keys].map(key => describeRecord(getRecord(store, key))).sort((a, b) => a.offset - b.offset),
    })),
    zeroRecords: records.filter(({ size }) => size === 0).map(describeRecord),
  };
}

function describeRecord({ key, size, offset, references }: PageRecord): StoreRecord {
  const { pagingFile, offset: pageOffset } = keyParts(key);
  return { key, pagingFile, pageOffset, size, offset, references };
}
