/** Finds what was known behind a large header in an earlier session, and keeps it for a later one. */
import type { CompileOptions } from '../compile.ts';
import { readIndex, writeIndex, type GrownIndex, type KnownIndex } from '../parse/knownIndex.ts';
import type { SharedKeep } from '../parse/parse.ts';
import type { HeaderStore } from '../store/headerStore.ts';
import { SectionReader, SectionWriter } from '../store/sections.ts';
import type { FirstInclude, HeaderStart } from './headerStart.ts';
import { roomFor } from './placeTable.ts';
import type { PreprocessInput } from './preprocess.ts';
import { canBeStored, readUnit, writeUnit } from './storedUnit.ts';

type KnownUnit = Pick<HeaderStart, 'unit' | 'tokenCount' | 'atomCount'>;

interface StoredFacts {
  readonly key: string;
  /** Of the `#include` in the main file. */
  readonly include: FirstInclude;
}

export class StoredHeader {
  readonly #store: HeaderStore;
  readonly #input: PreprocessInput;
  readonly #include: FirstInclude;
  /** Empty where the header was not found. */
  readonly #key: string;

  constructor(store: HeaderStore, input: PreprocessInput, include: FirstInclude) {
    this.#store = { ...store, digest: remembered(store.digest) };
    this.#input = input;
    this.#include = include;
    this.#key = keyOf(this.#store, input, include);
  }

  /** Null where nothing is kept that holds. */
  read(): (KnownUnit & { readonly include: FirstInclude; readonly index: KnownIndex }) | null {
    const bytes = this.#key === '' ? null : this.#store.read(this.#key);
    const stored = bytes === null ? null : SectionReader.open(bytes, this.#store.checksum);
    if (stored === null) return null;
    const { key, include } = stored.facts() as StoredFacts;
    const unit = key === this.#key ? readUnit(stored, this.#input, this.#store) : null;
    if (unit === null) return null;
    return { unit, include, tokenCount: unit.out.count, atomCount: unit.atoms.count, index: readIndex(stored) };
  }

  /** Keeps it as soon as it has been parsed. Null where that cannot be. */
  keeps(known: KnownUnit): SharedKeep | null {
    if (this.#key === '' || !canBeStored(known.unit)) return null;
    const index = (parsed: GrownIndex): void => this.#store.write(this.#key, () => this.#bytes(known, parsed));
    return { atomCount: known.atomCount, index };
  }

  #bytes({ unit, atomCount }: KnownUnit, index: GrownIndex): Uint8Array | null {
    if (!index.holds()) return null;
    const out = new SectionWriter();
    out.addFacts({ key: this.#key, include: this.#include } satisfies StoredFacts);
    writeUnit(out, unit, atomCount, this.#input.path, this.#store);
    writeIndex(out, index);
    return out.bytes(this.#store.checksum);
  }
}

/** What decides, but for the headers that this one includes. */
function keyOf(store: HeaderStore, { path, text, includes, options }: PreprocessInput, include: FirstInclude): string {
  const found = includes(include.name, include.angled, path, null);
  if (found === null) return '';
  // Whatever else there may be one day is among those that decide.
  const { profile: _profile, warnings: _warnings, ...deciding }: Partial<CompileOptions> = options;
  const header = [include.name, include.angled, found.path, found.folder, found.system, store.digest(found.text)];
  return store.digest(JSON.stringify([store.build, deciding, roomFor(text), header]));
}

/** The same text is asked about several times. */
function remembered(digest: HeaderStore['digest']): HeaderStore['digest'] {
  const known = new Map<string, string>();
  return (text) => {
    const found = known.get(text) ?? digest(text);
    known.set(text, found);
    return found;
  };
}
