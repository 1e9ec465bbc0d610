/** A buffer that grows: what the parts of a WebAssembly module are written to. */
export class ByteBuffer {
  private bytes = new Uint8Array(256);
  length = 0;

  u8(value: number): void {
    if (this.length === this.bytes.length) this.reserve(1);
    this.bytes[this.length++] = value;
  }

  /** LEB128 of an unsigned 32-bit number. */
  unsigned(value: number): void {
    let rest = value >>> 0;
    if (rest < 0x80) {
      this.u8(rest);
      return;
    }
    while (rest > 0x7f) {
      this.u8((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    this.u8(rest);
  }

  /** LEB128 of a signed 32-bit number. */
  signed(value: number): void {
    if (value >= -64 && value < 64) {
      this.u8(value & 0x7f);
      return;
    }
    this.signed64(value, value >> 31);
  }

  /** LEB128 of a signed 64-bit number given by its halves, so compiling needs no BigInt. */
  signed64(lo: number, hi: number): void {
    let low = lo | 0;
    let high = hi | 0;
    for (;;) {
      const byte = low & 0x7f;
      low = (low >>> 7) | (high << 25);
      high >>= 7;
      const rest = (byte & 0x40) === 0 ? 0 : -1;
      if (low === rest && high === rest) {
        this.u8(byte);
        return;
      }
      this.u8(byte | 0x80);
    }
  }

  /** A name as WebAssembly writes it: its length, then its characters (ours are ASCII). */
  name(text: string): void {
    this.unsigned(text.length);
    for (let i = 0; i < text.length; i++) this.u8(text.charCodeAt(i) & 0x7f);
  }

  append(other: ByteBuffer): void {
    this.reserve(other.length);
    this.bytes.set(other.view(), this.length);
    this.length += other.length;
  }

  /** The bytes written so far: a view, valid until the next write. */
  view(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  private reserve(more: number): void {
    const wanted = this.length + more;
    if (wanted <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(wanted, 2 * this.bytes.length));
    grown.set(this.view());
    this.bytes = grown;
  }
}
