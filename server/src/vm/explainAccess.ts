import { LAYOUT, type Fault, type Region } from './machine.ts';
import type { RegionTable } from './regions.ts';

/** What tried to touch memory, for the message. */
export interface Access {
  /** "reads" or "writes", or with its subject: "bpf_map_lookup_elem reads". */
  readonly verb: string;
  readonly size: number;
  readonly write: boolean;
  /** Names the map of a map handle. */
  readonly mapName: (index: number) => string | null;
  /** Helper that returned null in this run, where one did. */
  readonly nullFrom: { readonly helper: string; readonly pc: number } | null;
}

/** Says in plain words why a program may not touch [address, address + size). */
export function explainAccess(regions: RegionTable, address: bigint, access: Access): Fault {
  const what = `${access.verb} ${access.size} byte${access.size === 1 ? '' : 's'}`;
  const fault = (kind: Fault['kind'], message: string): Fault => ({ kind, message, address });
  if (address < BigInt(LAYOUT.nullEnd)) return fault('memory', `${what} at ${hex(address)}: ${nullCause(access)}`);
  if (address >= KERNEL_START)
    return fault('memory', `${what} at ${hex(address)}, memory of the kernel that is not recorded with the event`);
  if (address >= 0x1_0000_0000n)
    return fault('memory', `${what} at ${hex(address)}, which is not an address of this program's memory`);
  const at = Number(address);
  if (at >= LAYOUT.mapHandle && at < LAYOUT.packet) return fault('memory', `${what} of ${handleName(at, access)}`);
  if (at >= LAYOUT.code) return fault('memory', `${what} of the program's own code; a function can only be called`);
  const region = regions.nearest(at);
  if (region === null) return fault('memory', `${what} at ${hex(address)}, where nothing is mapped`);
  return explainRegion(region, at, access, what, fault);
}

/** The upper half of the address space is the kernel's, save for small negative numbers. */
const KERNEL_START = 1n << 63n;

function explainRegion(
  region: Region,
  at: number,
  access: Access,
  what: string,
  fault: (kind: Fault['kind'], message: string) => Fault,
): Fault {
  const place = placeIn(region, at);
  const inside = at >= region.start && at + access.size <= region.end;
  if (inside && access.write) return fault('readOnly', `${what} at ${place}, which is read-only`);
  if (inside) return fault('memory', `${what} at ${place}, which programs may not read`);
  if (region.kind === 'stack') return fault('memory', `${what} at ${place}, outside ${region.name} (r10-512 to r10-1)`);
  if (region.kind === 'ctx' && at >= LAYOUT.ctx && at < region.start)
    return fault('memory', `${what} at ${place}, which the kernel keeps to itself`);
  if (at < region.start) return fault('memory', `${what} at ${place}, before the ${region.name} begins`);
  return fault('memory', `${what} at ${place}, but the ${region.name} ends at ${placeIn(region, region.end)}`);
}

function nullCause({ nullFrom }: Access): string {
  if (nullFrom === null) return 'a null pointer';
  return `a null pointer (${nullFrom.helper} at instruction ${nullFrom.pc} returned null and the result was not checked)`;
}

function handleName(at: number, { mapName }: Access): string {
  const name = mapName(Math.floor((at - LAYOUT.mapHandle) / LAYOUT.mapHandleStride));
  return name === null ? 'unmapped memory' : `the map ${name} itself; look a value up first`;
}

/** "packet+60", "r10-520", "value of map counts+8". */
export function placeIn(region: Region, at: number): string {
  if (region.kind === 'stack') return signedOffset('r10', at - region.end);
  if (region.kind === 'ctx') return signedOffset(region.name, at - LAYOUT.ctx);
  return signedOffset(region.name, at - region.start);
}

function signedOffset(name: string, offset: number): string {
  return offset < 0 ? `${name}-${-offset}` : `${name}+${offset}`;
}

function hex(address: bigint): string {
  return `0x${address.toString(16)}`;
}
