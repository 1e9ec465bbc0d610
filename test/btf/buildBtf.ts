/** A type's record as a test writes it; the kind's trailing words are numbers, names are texts. */
export interface Row {
  readonly kind: number;
  readonly name?: string;
  readonly vlen?: number;
  readonly flag?: boolean;
  /** size or type */
  readonly word?: number;
  /** What follows the header: numbers, or names that become string offsets. */
  readonly rest?: readonly (number | string)[];
}

/** Bytes of a BTF section, built by hand so that the reader is not checked against itself. */
export function buildBtf(rows: readonly Row[], littleEndian = true): Uint8Array {
  const strings = new Map([['', 0]]);
  let text = '\0';
  const offsetOf = (name: string): number => {
    const known = strings.get(name);
    if (known !== undefined) return known;
    const offset = new TextEncoder().encode(text).length;
    strings.set(name, offset);
    text += `${name}\0`;
    return offset;
  };
  const words = rows.flatMap(({ kind, name = '', vlen = 0, flag = false, word = 0, rest = [] }) => {
    const info = (kind << 24) | vlen | (flag ? 0x8000_0000 : 0);
    return [offsetOf(name), info, word, ...rest.map((item) => (typeof item === 'string' ? offsetOf(item) : item))];
  });
  return assembled(words, new TextEncoder().encode(text), littleEndian);
}

function assembled(words: readonly number[], strings: Uint8Array, littleEndian: boolean): Uint8Array {
  const bytes = new Uint8Array(24 + words.length * 4 + strings.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0xeb9f, littleEndian);
  view.setUint8(2, 1);
  const header = [24, 0, words.length * 4, words.length * 4, strings.length];
  for (const [i, value] of [...header, ...words].entries()) view.setUint32(4 + i * 4, value >>> 0, littleEndian);
  bytes.set(strings, 24 + words.length * 4);
  return bytes;
}

export const KIND = {
  int: 1, ptr: 2, array: 3, struct: 4, union: 5, enum: 6, fwd: 7, typedef: 8, volatile: 9, const: 10, restrict: 11,
  func: 12, funcProto: 13, var: 14, datasec: 15, float: 16, declTag: 17, typeTag: 18, enum64: 19,
} as const; // prettier-ignore

export const SIGNED_INT = 0x0100_0020;
export const UNSIGNED_INT = 0x20;
export const CHAR = 0x0200_0008;
