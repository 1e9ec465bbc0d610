/** A section of texts as ELF and BTF have them: each once, closed by a zero byte; the empty one comes first. */
export interface StringTable {
  /** Byte offset of the text, which is added when it is new. */
  readonly offsetOf: (text: string) => number;
  /** All texts so far, each closed by a zero byte. */
  readonly bytes: () => Uint8Array;
}

export function stringTable(): StringTable {
  const offsets = new Map<string, number>([['', 0]]);
  const pieces: Uint8Array[] = [new Uint8Array(1)];
  let end = 1;
  const offsetOf = (text: string): number => {
    const known = offsets.get(text);
    if (known !== undefined) return known;
    const piece = UTF8.encode(`${text.replaceAll('\0', '')}\0`);
    const offset = end;
    offsets.set(text, offset);
    pieces.push(piece);
    end += piece.length;
    return offset;
  };
  return { offsetOf, bytes: () => joined(pieces, end) };
}

const UTF8 = new TextEncoder();

function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
