import type { Diagnostic } from '../base/diagnostic.ts';
import type { Btf, BtfType, LazyTypes } from './btf.ts';
import { collectFindings, type Findings } from './findings.ts';
import { readHeader, type BtfHeader } from './header.ts';
import { NameIndex } from './nameIndex.ts';
import { locateTypes } from './read.ts';
import { readType, type TypeSource } from './readType.ts';
import { singleStrings } from './strings.ts';

/**
 * Opens the types of a whole kernel, some 150,000: only where each record begins is found out, the rest when it is
 * asked for. What is wrong with a single type is not told; such a type is read as `readBtf` reads it.
 */
export function openBtf(bytes: Uint8Array): { btf: Btf | null; diagnostics: readonly Diagnostic[] } {
  const header = readHeader(bytes);
  if ('code' in header) return { btf: null, diagnostics: [header] };
  const findings = collectFindings('the type data');
  const starts = locateTypes(bytes, header, findings);
  return { btf: new KernelTypes(bytes, header, starts), diagnostics: findings.all() };
}

const SILENT: Findings = { add: () => undefined, all: () => [] };
const DECL_TAG = 17;
const ENUM = 6;
const ENUM64 = 19;
/** By number: whether C code can name it: struct, union, enum, typedef, enum64. */
const NAMEABLE = Uint8Array.from({ length: 32 }, (_, kind) => ([4, 5, ENUM, 8, ENUM64].includes(kind) ? 1 : 0));

class KernelTypes implements Btf, LazyTypes {
  readonly count: number;
  readonly #source: TypeSource;
  readonly #starts: readonly number[];
  readonly #strings: Uint8Array;
  readonly #read: BtfType[];
  #names: NameIndex | null = null;
  #enumerators: { readonly names: NameIndex; readonly holders: readonly number[] } | null = null;
  #tags: Map<number, number[]> | null = null;
  #flavoured: readonly number[] | null = null;
  readonly #named = new Map<string, readonly number[]>();

  constructor(bytes: Uint8Array, header: BtfHeader, starts: readonly number[]) {
    const { littleEndian, strings } = header;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.count = starts.length + 1;
    this.#starts = starts;
    this.#strings = bytes.subarray(strings.start, strings.end);
    const names = singleStrings(this.#strings);
    this.#source = { view, littleEndian, count: this.count, strings: names, findings: SILENT };
    this.#read = [{ kind: 'void' }];
  }

  get lazy(): LazyTypes {
    return this;
  }

  /** All of them: for readers that go through every type. */
  get types(): readonly BtfType[] {
    for (let id = 1; id < this.count; id++) this.at(id);
    return this.#read;
  }

  readonly at = (id: number): BtfType | undefined => {
    const known = this.#read[id];
    const start = this.#starts[id - 1];
    if (known !== undefined || start === undefined) return known;
    return (this.#read[id] = readType(this.#source, start, id));
  };

  readonly named = (name: string): readonly number[] => {
    const known = this.#named.get(name);
    if (known !== undefined) return known;
    const found = this.#byName().all(name);
    this.#named.set(name, found);
    return found;
  };

  readonly flavours = (name: string): readonly string[] => {
    this.#flavoured ??= placesWithin(this.#strings, new TextEncoder().encode('___'));
    const bytes = new TextEncoder().encode(name);
    const starts = this.#flavoured.map((at) => at - bytes.length);
    const matching = starts.filter((start) => start >= 0 && startsWith(this.#strings, start, bytes));
    return [...new Set(matching.map((start) => this.#source.strings(start) ?? ''))];
  };

  readonly declared = (name: string): readonly number[] =>
    this.#byName()
      .all(name)
      .filter((id) => NAMEABLE[this.#kind(id)] === 1);

  readonly enumerationOf = (enumerator: string): number | null => {
    const { names, holders } = (this.#enumerators ??= this.#indexEnumerators());
    return holders[names.lowest(enumerator)] ?? null;
  };

  readonly tagsOn = (id: number): { name: string; component: number }[] => {
    this.#tags ??= this.#indexTags();
    return (this.#tags.get(id) ?? []).flatMap((tag) => {
      const type = this.at(tag);
      return type?.kind === 'declTag' ? [{ name: type.name, component: type.component }] : [];
    });
  };

  #byName(): NameIndex {
    if (this.#names !== null) return this.#names;
    const names = new Uint32Array(this.count);
    for (let id = 1; id < this.count; id++) names[id] = this.#word(id, 0);
    return (this.#names = new NameIndex(this.#strings, names));
  }

  #indexEnumerators(): { names: NameIndex; holders: number[] } {
    const names: number[] = [];
    const holders: number[] = [];
    for (let id = 1; id < this.count; id++) {
      const kind = this.#kind(id);
      if (kind !== ENUM && kind !== ENUM64) continue;
      const count = this.#word(id, 4) & 0xffff;
      const bytes = kind === ENUM ? 8 : 12;
      for (let value = 0; value < count; value++) {
        names.push(this.#word(id, 12 + value * bytes));
        holders.push(id);
      }
    }
    return { names: new NameIndex(this.#strings, Uint32Array.from(names)), holders };
  }

  #indexTags(): Map<number, number[]> {
    const tags = new Map<number, number[]>();
    for (let id = 1; id < this.count; id++) {
      if (this.#kind(id) !== DECL_TAG) continue;
      const on = this.#word(id, 8);
      const others = tags.get(on);
      if (others === undefined) tags.set(on, [id]);
      else others.push(id);
    }
    return tags;
  }

  #kind(id: number): number {
    return (this.#word(id, 4) >>> 24) & 0x1f;
  }

  #word(id: number, offset: number): number {
    return this.#source.view.getUint32((this.#starts[id - 1] ?? 0) + offset, this.#source.littleEndian);
  }
}

function placesWithin(strings: Uint8Array, text: Uint8Array): number[] {
  const places: number[] = [];
  const [head = 0] = text;
  const last = strings.length - text.length - 1;
  for (let at = strings.indexOf(head); at !== -1 && at <= last; at = strings.indexOf(head, at + 1))
    if (startsWith(strings, at, text)) places.push(at);
  return places;
}

function startsWith(strings: Uint8Array, at: number, text: Uint8Array): boolean {
  for (let i = 0; i < text.length; i++) if (strings[at + i] !== text[i]) return false;
  return true;
}
