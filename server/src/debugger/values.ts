import type { Machine } from '../vm/createMachine.ts';
import type { Frame } from '../vm/interpreter.ts';
import { LAYOUT } from '../vm/machine.ts';

/** `0x5c (92)`, and for a pointer what it points to: `0x10010e = packet+14 (60 left)`. */
export function formatValue(value: bigint, place: string | null): string {
  const hex = `0x${value.toString(16)}`;
  if (place !== null) return `${hex} = ${place}`;
  const signed = BigInt.asIntN(64, value);
  if (signed >= 0n && signed < 10n) return String(signed);
  return `${hex} (${signed})`;
}

/** What an address stands for in the program's own terms; null for a plain number. */
export function formatAddress(machine: Machine, frame: Frame, value: bigint): string | null {
  if (value < BigInt(LAYOUT.stack) || value > BigInt(machine.memory.byteLength)) return null;
  const address = Number(value);
  return (
    stackPlace(frame, address) ??
    packetPlace(machine, address) ??
    mapPlace(machine, address) ??
    regionPlace(machine, address)
  );
}

function stackPlace(frame: Frame, address: number): string | null {
  const end = LAYOUT.stack + LAYOUT.maxFrames * LAYOUT.frameStride;
  if (address < LAYOUT.stack || address >= end) return null;
  const distance = address - frame.framePointer;
  if (distance <= 0 && address >= frame.stackStart) return distance === 0 ? 'fp' : `fp${distance}`;
  const owner = Math.floor((address - LAYOUT.stack) / LAYOUT.frameStride);
  const offset = address - (LAYOUT.stack + owner * LAYOUT.frameStride + LAYOUT.frameBytes);
  return `stack of frame ${owner} ${offset}`;
}

function packetPlace({ packet }: Machine, address: number): string | null {
  if (packet.kind === 'none' || address < packet.hardStart || address > packet.hardEnd) return null;
  if (address === packet.end) return 'packet end';
  if (address > packet.end) return `${address - packet.end} bytes behind the packet's end`;
  if (address < packet.start) return `${packet.start - address} bytes before the packet`;
  return `packet+${address - packet.start} (${packet.end - address} left)`;
}

function mapPlace({ maps }: Machine, address: number): string | null {
  const map = maps.find((one) => one?.handle === address);
  return map ? `map ${map.spec.name}` : null;
}

function regionPlace({ regions }: Machine, address: number): string | null {
  const region = regions.regionAt(address);
  if (region === null) return null;
  const offset = address - region.start;
  return offset === 0 ? region.name : `${region.name}+${offset}`;
}
