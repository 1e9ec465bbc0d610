/** Finds names in a section of strings by what they say, without making texts of the tens of thousands in there. */
export class NameIndex {
  readonly #strings: Uint8Array;
  /** By entry: where its name stands; 0 for none. */
  readonly #names: Uint32Array;
  /** By bucket: its lowest entry and 1, or 0. */
  readonly #first: Uint32Array;
  /** By entry: the next one of its bucket and 1, or 0. */
  readonly #next: Uint32Array;

  constructor(strings: Uint8Array, names: Uint32Array) {
    this.#strings = strings;
    this.#names = names;
    this.#first = new Uint32Array(bucketsFor(names.length));
    this.#next = new Uint32Array(names.length);
    for (let entry = names.length - 1; entry >= 0; entry--) if (names[entry] !== 0) this.#enter(entry);
  }

  /** All entries of this name, lowest first. */
  all(name: string): number[] {
    const found: number[] = [];
    for (let entry = this.#firstLike(name); entry !== 0; entry = this.#next[entry - 1]!)
      if (this.#says(entry - 1, name)) found.push(entry - 1);
    return found;
  }

  /** The lowest entry of this name; -1 for none. */
  lowest(name: string): number {
    let entry = this.#firstLike(name);
    while (entry !== 0 && !this.#says(entry - 1, name)) entry = this.#next[entry - 1]!;
    return entry - 1;
  }

  #enter(entry: number): void {
    let hash = START;
    for (let at = this.#names[entry]!; ; at++) {
      const byte = this.#strings[at];
      if (byte === undefined || byte === 0) break;
      hash = step(hash, byte);
    }
    const bucket = bucketOf(hash, this.#first.length);
    this.#next[entry] = this.#first[bucket]!;
    this.#first[bucket] = entry + 1;
  }

  #firstLike(name: string): number {
    let hash = START;
    for (let at = 0; at < name.length; at++) hash = step(hash, name.charCodeAt(at));
    return name === '' ? 0 : this.#first[bucketOf(hash, this.#first.length)]!;
  }

  #says(entry: number, name: string): boolean {
    const strings = this.#strings;
    const from = this.#names[entry]!;
    for (let at = 0; at < name.length; at++) if (strings[from + at] !== name.charCodeAt(at)) return false;
    return strings[from + name.length] === 0;
  }
}

/** FNV-1a, 32 bits. */
const START = 0x811c9dc5;

function step(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, 0x01000193);
}

function bucketOf(hash: number, buckets: number): number {
  return (hash ^ (hash >>> 15)) & (buckets - 1);
}

function bucketsFor(entries: number): number {
  let buckets = 64;
  while (buckets < entries) buckets *= 2;
  return buckets;
}
