/** Small captures built byte by byte, so that a test shows what it feeds. */

export type Order = 'little' | 'big';

function fields(
  order: Order,
  ...parts: readonly (readonly [bits: 8 | 16 | 32 | 64, value: number | bigint])[]
): number[] {
  const bytes: number[] = [];
  for (const [bits, value] of parts) {
    const one = Array.from({ length: bits / 8 }, (_, i) =>
      Number((BigInt.asUintN(64, BigInt(value)) >> BigInt(8 * i)) & 255n),
    );
    bytes.push(...(order === 'little' ? one : one.toReversed()));
  }
  return bytes;
}

export interface PcapOptions {
  readonly order?: Order;
  readonly magic?: number;
  readonly version?: readonly [number, number];
  readonly snapLength?: number;
  readonly linkType?: number;
}

export function pcapHeader(options: PcapOptions = {}): number[] {
  const { order = 'little', magic = 0xa1b2c3d4, version = [2, 4], snapLength = 262144, linkType = 1 } = options;
  return fields(
    order,
    [32, magic],
    [16, version[0]],
    [16, version[1]],
    [32, 0],
    [32, 0],
    [32, snapLength],
    [32, linkType],
  );
}

export interface RecordOptions {
  readonly order?: Order;
  readonly seconds?: number;
  readonly fraction?: number;
  readonly captured?: number;
  readonly length?: number;
  readonly extra?: number;
}

export function pcapRecord(data: readonly number[], options: RecordOptions = {}): number[] {
  const { order = 'little', seconds = 1, fraction = 2, extra = 0 } = options;
  const { captured = data.length, length = captured } = options;
  const lead = fields(order, [32, seconds], [32, fraction], [32, captured], [32, length]);
  return [...lead, ...Array.from({ length: extra }, () => 0xee), ...data];
}

/** A block with header, padded body and trailer. */
export function block(order: Order, type: number, body: readonly number[], total = 12 + padded(body).length): number[] {
  return [...fields(order, [32, type], [32, total]), ...padded(body), ...fields(order, [32, total])];
}

export function section(order: Order = 'little', version: readonly [number, number] = [1, 0]): number[] {
  return block(order, 0x0a0d0d0a, fields(order, [32, 0x1a2b3c4d], [16, version[0]], [16, version[1]], [64, -1]));
}

export function option(order: Order, code: number, data: readonly number[], length = data.length): number[] {
  return [...fields(order, [16, code], [16, length]), ...padded(data)];
}

export function interfaceBlock(
  linkType = 1,
  options: readonly number[] = [],
  order: Order = 'little',
  snapLength = 0,
): number[] {
  return block(order, 1, [...fields(order, [16, linkType], [16, 0], [32, snapLength]), ...options]);
}

export interface PacketOptions {
  readonly order?: Order;
  readonly id?: number;
  readonly ticks?: bigint;
  readonly captured?: number;
  readonly length?: number;
  readonly options?: readonly number[];
}

export function enhancedPacket(data: readonly number[], settings: PacketOptions = {}): number[] {
  const {
    order = 'little',
    id = 0,
    ticks = 1_000_002n,
    captured = data.length,
    length = captured,
    options = [],
  } = settings;
  const lead = fields(order, [32, id], [32, ticks >> 32n], [32, ticks & 0xffff_ffffn], [32, captured], [32, length]);
  return block(order, 6, [...lead, ...padded(data), ...options]);
}

export function simplePacket(data: readonly number[], length = data.length, order: Order = 'little'): number[] {
  return block(order, 3, [...fields(order, [32, length]), ...data]);
}

export function bytesOf(...parts: readonly (readonly number[])[]): Uint8Array {
  return Uint8Array.from(parts.flat());
}

export function ascii(text: string): number[] {
  return Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
}

function padded(data: readonly number[]): number[] {
  return [...data, ...Array.from({ length: (4 - (data.length % 4)) % 4 }, () => 0)];
}

export { fields };
