import type { Machine } from './createMachine.ts';
import { range, trap } from './helpers/frame.ts';

/** BPF_DYNPTR_TYPE_* of include/linux/bpf.h: what a dynptr's bytes are. */
export const DYNPTR = { invalid: 0, local: 1, ringbuf: 2, skb: 3, xdp: 4, skbMeta: 5 } as const;

export type DynptrType = (typeof DYNPTR)[keyof typeof DYNPTR];

/** DYNPTR_MAX_SIZE: sizes have 24 bits. */
export const DYNPTR_MAX_BYTES = 0xff_ffff;

export const DYNPTR_BYTES = 16;

const TYPE_SHIFT = 28;
const READ_ONLY = 0x8000_0000;

/** A dynptr as it lies in the program's memory: struct bpf_dynptr_kern of include/linux/bpf.h, with guest addresses. */
export interface Dynptr {
  /** Address of the memory, or of the packet's context; 0 for a null dynptr. */
  readonly data: number;
  readonly type: DynptrType;
  readonly offset: number;
  readonly size: number;
  readonly readOnly: boolean;
}

/** The dynptr that argument `n` points to; null with a fault where the program may not touch it. */
export function dynptrArg(machine: Machine, name: string, n: number): Dynptr | null {
  const at = range(machine, name, n, DYNPTR_BYTES, false);
  return at === 0 ? null : readDynptr(machine, at);
}

function readDynptr({ memory }: Machine, at: number): Dynptr {
  const word = memory.view.getUint32(at + 8, true);
  return {
    data: memory.view.getUint32(at, true),
    type: ((word >>> TYPE_SHIFT) & 7) as DynptrType,
    offset: memory.view.getUint32(at + 12, true),
    size: word & DYNPTR_MAX_BYTES,
    readOnly: word >= READ_ONLY,
  };
}

/** Writes a dynptr to where argument `n` points; false with a fault where the program may not touch it. */
export function setDynptr(machine: Machine, name: string, n: number, dynptr: Dynptr): boolean {
  const at = range(machine, name, n, DYNPTR_BYTES, true);
  if (at !== 0) storeDynptr(machine, at, dynptr);
  return at !== 0;
}

export function storeDynptr(machine: Machine, at: number, dynptr: Dynptr): void {
  const word = dynptr.size | (dynptr.type << TYPE_SHIFT) | (dynptr.readOnly ? READ_ONLY : 0);
  machine.memory.set64(at, dynptr.data, 0);
  machine.memory.set64(at + 8, word, dynptr.offset);
}

export const NULL_DYNPTR: Dynptr = { data: 0, type: DYNPTR.invalid, offset: 0, size: 0, readOnly: false };

/** Whether [offset, offset + size) lies in the dynptr. */
export function covers(dynptr: Dynptr, offset: number, size: number): boolean {
  return size <= dynptr.size && offset <= dynptr.size - size;
}

/** Guest address of a byte that `covers` has allowed. Bytes of packets have one too, whether programs reach them or not. */
function addressIn({ packet }: Machine, { type, data, offset }: Dynptr, at: number): number {
  if (type === DYNPTR.skbMeta) return packet.meta + offset + at;
  return (type === DYNPTR.skb || type === DYNPTR.xdp ? packet.start : data) + offset + at;
}

/**
 * Guest address of bytes that `covers` has allowed; 0 where a packet has become shorter since; null with a fault where
 * the dynptr points to what the program may not touch, which only a program can do that was not verified.
 */
export function bytesOf(
  machine: Machine,
  name: string,
  dynptr: Dynptr,
  at: number,
  size: number,
  write: boolean,
): number | null {
  const { packet, regions } = machine;
  const address = addressIn(machine, dynptr, at);
  const end = address + size;
  if (dynptr.type === DYNPTR.skb || dynptr.type === DYNPTR.xdp)
    return address >= packet.start && end <= packet.end ? address : 0;
  if (dynptr.type === DYNPTR.skbMeta) return address >= packet.meta && end <= packet.start ? address : 0;
  if (size === 0 || regions.allows(address, size, write)) return address;
  trap(machine, 'helper', `${name}: the dynptr has been overwritten, or its memory is gone`);
  return null;
}
