/** Writes pcapng: one section, one interface with nanosecond time stamps, then packets. */
export function pcapngHeader(application: string, linkType: number): Uint8Array {
  return concat([pcapngSection(application), pcapngInterface(linkType)]);
}

export interface WrittenPacket {
  readonly data: Uint8Array;
  /** Null is written as 0. */
  readonly timeNs: bigint | null;
  readonly wireLength: number;
  /** Which interface of the section, in the order they were written; 0 unless told otherwise. */
  readonly interfaceId?: number;
  /** Becomes epb_packetid, which pairs the packet with the event it came from. */
  readonly id: number;
  /** Becomes epb_verdict; null for a program type without one. */
  readonly verdict: { readonly type: 'xdp' | 'tc'; readonly value: number } | null;
}

const EPB_PACKETID = 5;
const EPB_VERDICT = 7;

export function pcapngPacket(packet: WrittenPacket): Uint8Array {
  const { data, verdict } = packet;
  const dataBytes = (data.length + 3) & ~3;
  const total = 32 + dataBytes + 12 + (verdict === null ? 0 : 16) + 4;
  const view = new DataView(new ArrayBuffer(total));
  const bytes = new Uint8Array(view.buffer);
  frame(view, 6, total);
  view.setUint32(8, packet.interfaceId ?? 0, true);
  const ticks = BigInt.asUintN(64, packet.timeNs ?? 0n);
  view.setUint32(12, Number(ticks >> 32n), true);
  view.setUint32(16, Number(ticks & 0xffff_ffffn), true);
  view.setUint32(20, data.length, true);
  view.setUint32(24, packet.wireLength, true);
  bytes.set(data, 28);
  option(view, 28 + dataBytes, EPB_PACKETID, 8);
  view.setBigUint64(28 + dataBytes + 4, BigInt(packet.id), true);
  if (verdict !== null) {
    const at = 28 + dataBytes + 12;
    option(view, at, EPB_VERDICT, 9);
    view.setUint8(at + 4, verdict.type === 'xdp' ? 2 : 1);
    view.setBigInt64(at + 5, BigInt(verdict.value), true);
  }
  return bytes;
}

export function pcapngSection(application: string): Uint8Array {
  const name = new TextEncoder().encode(application);
  const nameBytes = (name.length + 3) & ~3;
  const total = 28 + 4 + nameBytes + 4;
  const view = new DataView(new ArrayBuffer(total));
  frame(view, 0x0a0d_0d0a, total);
  view.setUint32(8, 0x1a2b_3c4d, true);
  view.setUint16(12, 1, true);
  view.setBigInt64(16, -1n, true);
  option(view, 24, 4, name.length);
  new Uint8Array(view.buffer).set(name, 28);
  return new Uint8Array(view.buffer);
}

export function pcapngInterface(linkType: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(32));
  frame(view, 1, 32);
  view.setUint16(8, linkType, true);
  option(view, 16, 9, 1);
  view.setUint8(20, 9);
  return new Uint8Array(view.buffer);
}

/** Type and length at the front, length again at the end; the end-of-options mark is the zeros before it. */
function frame(view: DataView, type: number, total: number): void {
  view.setUint32(0, type, true);
  view.setUint32(4, total, true);
  view.setUint32(total - 4, total, true);
}

function option(view: DataView, at: number, code: number, length: number): void {
  view.setUint16(at, code, true);
  view.setUint16(at + 2, length, true);
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const result = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}
