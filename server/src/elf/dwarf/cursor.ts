const UTF8 = new TextDecoder();

/** Longest name that is read; damaged tables may hold one that never ends. */
const LONGEST_TEXT = 4096;

/** Longest number in LEB128: of 64 bits, with room for padding. */
const LONGEST_NUMBER = 16;

/** Bytes of one byte order. */
export interface ByteSource {
  readonly bytes: Uint8Array;
  /** Of the same bytes. */
  readonly view: DataView;
  readonly littleEndian: boolean;
}

export function byteSource(bytes: Uint8Array, littleEndian: boolean): ByteSource {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), littleEndian };
}

/** Reads a stretch of bytes from front to back. Behind its end everything is zero, and `failed` is set. */
export class Cursor {
  readonly bytes: Uint8Array;
  readonly littleEndian: boolean;
  at: number;
  end: number;
  failed: boolean;
  readonly #view: DataView;

  constructor({ bytes, view, littleEndian }: ByteSource, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.#view = view;
    this.littleEndian = littleEndian;
    this.end = Math.min(end, bytes.length);
    this.at = at;
    this.failed = !(at >= 0 && at <= this.end);
  }

  get done(): boolean {
    return this.failed || this.at >= this.end;
  }

  u8(): number {
    return this.#take(1) ? (this.bytes[this.at - 1] ?? 0) : 0;
  }

  u16(): number {
    return this.#take(2) ? this.#view.getUint16(this.at - 2, this.littleEndian) : 0;
  }

  u24(): number {
    const [a, b, c] = [this.u8(), this.u8(), this.u8()];
    return this.littleEndian ? a | (b << 8) | (c << 16) : (a << 16) | (b << 8) | c;
  }

  u32(): number {
    return this.#take(4) ? this.#view.getUint32(this.at - 4, this.littleEndian) : 0;
  }

  u64(): bigint {
    return this.#take(8) ? this.#view.getBigUint64(this.at - 8, this.littleEndian) : 0n;
  }

  /** An offset or length of the 32-bit or the 64-bit format; far beyond any file it loses digits. */
  offset(wide: boolean): number {
    return wide ? Number(this.u64()) : this.u32();
  }

  /** An unsigned LEB128 that is used as a count, offset or code. */
  uleb(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < LONGEST_NUMBER; i++) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      scale *= 128;
      if (byte < 0x80) return value;
    }
    this.failed = true;
    return 0;
  }

  uleb64(): bigint {
    return BigInt.asUintN(64, this.#leb()[0]);
  }

  sleb64(): bigint {
    const [value, bits] = this.#leb();
    return BigInt.asIntN(64, BigInt.asIntN(bits, value));
  }

  /** The number and how many bits were written. */
  #leb(): [value: bigint, bits: number] {
    let value = 0n;
    for (let i = 0; i < LONGEST_NUMBER; i++) {
      const byte = this.u8();
      value |= BigInt(byte & 0x7f) << BigInt(7 * i);
      if (byte < 0x80) return [value, 7 * i + 7];
    }
    this.failed = true;
    return [0n, 1];
  }

  skip(length: number): void {
    this.#take(length);
  }

  take(length: number): Uint8Array {
    return this.#take(length) ? this.bytes.subarray(this.at - length, this.at) : this.bytes.subarray(0, 0);
  }

  /** The text up to its zero byte. */
  text(): string {
    const end = this.bytes.indexOf(0, this.at);
    if (this.failed || end === -1 || end >= this.end) {
      this.failed = true;
      return '';
    }
    const text = UTF8.decode(this.bytes.subarray(this.at, Math.min(end, this.at + LONGEST_TEXT)));
    this.at = end + 1;
    return text;
  }

  skipText(): void {
    const end = this.bytes.indexOf(0, this.at);
    if (end === -1) this.failed = true;
    else this.#take(end + 1 - this.at);
  }

  #take(length: number): boolean {
    if (!this.failed && length >= 0 && this.at + length <= this.end) {
      this.at += length;
      return true;
    }
    this.failed = true;
    this.at = this.end;
    return false;
  }
}
