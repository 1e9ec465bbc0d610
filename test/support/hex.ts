/** Little-endian hex of the numbers inside an instruction, for programs written as bytes. */

export function hex16(value: number): string {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16LE(value);
  return bytes.toString('hex');
}

export function hex32(value: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes.toString('hex');
}
