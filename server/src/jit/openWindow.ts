import { LAYOUT } from '../vm/machine.ts';
import type { RegionTable } from '../vm/regions.ts';
import { HOME_WINDOW, MIN_WINDOW_BYTES } from './windows.ts';

interface Extent {
  readonly start: number;
  readonly bytes: number;
}

/**
 * The range around `address`, which the regions have just allowed, in which the same kind of access is allowed until
 * the next helper call. Where no such range is known, or it is too short, the answer is a range that is always open.
 */
export function openWindow(regions: RegionTable, address: number, write: boolean): Extent {
  const extent = extentAt(regions, address, write);
  return extent !== null && extent.bytes >= MIN_WINDOW_BYTES ? extent : HOME_WINDOW;
}

function extentAt(regions: RegionTable, address: number, write: boolean): Extent | null {
  if (address >= LAYOUT.maps) return null;
  if (address >= LAYOUT.packet) return packetExtent(regions, address);
  if (address >= LAYOUT.objects) return null;
  if (address >= LAYOUT.ctx) return write && regions.ctxWritable !== null ? null : contextExtent(regions);
  const start = address - ((address - LAYOUT.stack) % LAYOUT.frameStride);
  return { start, bytes: LAYOUT.frameBytes };
}

function contextExtent({ ctxHidden, ctxBytes }: RegionTable): Extent {
  return { start: LAYOUT.ctx + ctxHidden, bytes: ctxBytes - ctxHidden };
}

function packetExtent(regions: RegionTable, address: number): Extent {
  const { packetMeta, packetStart, packetEnd } = regions;
  if (address < packetStart) return { start: packetMeta, bytes: packetStart - packetMeta };
  return { start: packetStart, bytes: packetEnd - packetStart };
}
