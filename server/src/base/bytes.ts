/** Reads fixed-width values from bytes. Reading past the end throws `EndOfData`, which every format reader catches. */
export class EndOfData extends Error {
  override name = 'EndOfData';
  readonly offset: number;
  constructor(offset: number, wanted: number, length: number) {
    super(`${wanted} bytes wanted at offset ${offset}, but the data ends at ${length}`);
    this.offset = offset;
  }
}

export class ByteReader {
  readonly bytes: Uint8Array;
  readonly littleEndian: boolean;
  offset: number;
  private readonly view: DataView;

  constructor(bytes: Uint8Array, littleEndian = true, offset = 0) {
    this.bytes = bytes;
    this.littleEndian = littleEndian;
    this.offset = offset;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get remaining(): number {
    return this.bytes.length - this.offset;
  }

  u8(): number {
    return this.view.getUint8(this.take(1));
  }
  u16(): number {
    return this.view.getUint16(this.take(2), this.littleEndian);
  }
  i16(): number {
    return this.view.getInt16(this.take(2), this.littleEndian);
  }
  u32(): number {
    return this.view.getUint32(this.take(4), this.littleEndian);
  }
  i32(): number {
    return this.view.getInt32(this.take(4), this.littleEndian);
  }
  u64(): bigint {
    return this.view.getBigUint64(this.take(8), this.littleEndian);
  }
  /** A view of the next `count` bytes, not a copy. */
  slice(count: number): Uint8Array {
    const start = this.take(count);
    return this.bytes.subarray(start, start + count);
  }
  skip(count: number): void {
    this.take(count);
  }

  private take(count: number): number {
    const start = this.offset;
    if (count < 0 || start < 0 || start + count > this.bytes.length)
      throw new EndOfData(start, count, this.bytes.length);
    this.offset = start + count;
    return start;
  }
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Lower-case hex of bytes in memory order. */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += HEX[byte];
  return text;
}

/** Bytes of a hex text (white space allowed), or null when it is none. */
export function fromHex(text: string): Uint8Array | null {
  const digits = text.replaceAll(/\s+/g, '');
  if (digits.length % 2 !== 0 || /[^0-9a-fA-F]/.test(digits)) return null;
  const bytes = new Uint8Array(digits.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}
