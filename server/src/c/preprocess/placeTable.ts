import { sourceText } from '../../base/source.ts';
import {
  FIRST_EXPANSION, type FilePlace, type FileSpan, type MacroUse, type Place, type Places, type Range, type SourceFile,
} from '../places.ts'; // prettier-ignore

/** One use of a macro, with what is asked of it often, so that long chains of uses are not followed each time. */
export interface RecordedUse extends MacroUse {
  /** Where a user would look for the use. */
  readonly writtenAt: Place;
  /** In a file: the last character of the outermost use, its name or closing parenthesis. */
  lastAt: Place;
}

export interface PlaceParts {
  readonly files: readonly SourceFile[];
  readonly uses: readonly RecordedUse[];
  readonly nextFile: Place;
  readonly nextExpansion: Place;
  /** By token of an expansion. */
  readonly starts: Int32Array;
  readonly spellings: Int32Array;
  readonly origins: Int32Array;
}

const MOST_USES = 1000;
/** Characters of all files together. */
const MOST_CHARACTERS = 0x400_0000;
const LAST_PLACE = 0x7fff_fff0;

/** What places are made of: the files, and for each token of an expansion where it came from. */
export class PlaceTable implements Places {
  readonly files: SourceFile[] = [];
  readonly uses: RecordedUse[] = [];
  expansions = 0;
  /** There are no more places for what macros give. */
  full = false;
  private lines = new Map<SourceFile, readonly number[]>();
  private nextFile = 0;
  private nextExpansion: Place = FIRST_EXPANSION;
  private starts: Int32Array = new Int32Array(1024);
  private spellings: Int32Array = new Int32Array(1024);
  /** Number of the use; its complement for what came through an argument. */
  private origins: Int32Array = new Int32Array(1024);

  addFile(path: string, text: string, includedAt: Place | null, system: boolean): SourceFile | null {
    const base = this.nextFile;
    if (base + text.length + 1 >= MOST_CHARACTERS) return null;
    const file = { path, text, base, includedAt, system };
    this.files.push(file);
    // The main file has room to grow, so that an edit does not move the places of what it includes.
    this.nextFile = base + (base === 0 ? roomFor(text) : text.length + 1);
    return file;
  }

  /** No warnings about a file any more. */
  markSystem(file: SourceFile): void {
    (file as { system: boolean }).system = true;
  }

  /** A copy that grows by itself, with another main file, for whose text there has to be room. */
  copy(path: string, text: string): PlaceTable {
    const table = new PlaceTable();
    const [main, ...others] = this.files;
    table.files.push({ ...main!, path, text }, ...others);
    for (const use of this.uses) table.uses.push(use);
    table.lines = new Map([...this.lines].filter(([file]) => file !== main));
    table.expansions = this.expansions;
    table.nextFile = this.nextFile;
    table.nextExpansion = this.nextExpansion;
    table.starts = this.starts.slice();
    table.spellings = this.spellings.slice();
    table.origins = this.origins.slice();
    return table;
  }

  /** All that it consists of; the columns are not copied. */
  parts(): PlaceParts {
    const { files, uses, nextFile, nextExpansion, expansions: count } = this;
    const part = (column: Int32Array): Int32Array => column.subarray(0, count);
    const columns = { starts: part(this.starts), spellings: part(this.spellings), origins: part(this.origins) };
    return { files, uses, nextFile, nextExpansion, ...columns };
  }

  /** The table of such parts. It is not added to: its copies are. */
  static of({ files, uses, nextFile, nextExpansion, starts, spellings, origins }: PlaceParts): PlaceTable {
    const table = new PlaceTable();
    table.files.push(...files);
    for (const use of uses) table.uses.push(use);
    table.nextFile = nextFile;
    table.nextExpansion = nextExpansion;
    table.expansions = starts.length;
    table.starts = starts;
    table.spellings = spellings;
    table.origins = origins;
    return table;
  }

  addUse(name: string, usedAt: Place, definedAt: Place): number {
    this.uses.push({ name, usedAt, definedAt, writtenAt: this.filePlace(usedAt), lastAt: this.lastPlace(usedAt) });
    return this.uses.length - 1;
  }

  /** Tells where a use ends that has arguments. */
  endUse(use: number, closing: Place): void {
    this.uses[use]!.lastAt = this.lastPlace(closing);
  }

  /** The place of a token that a macro gave. */
  addExpansion(spelling: Place, length: number, use: number, isArgument: boolean): Place {
    const place = this.nextExpansion;
    if (place > LAST_PLACE - length) {
      this.full = true;
      return place;
    }
    const index = this.expansions++;
    if (index === this.starts.length) this.grow();
    this.starts[index] = place;
    this.spellings[index] = spelling;
    this.origins[index] = isArgument ? ~use : use;
    this.nextExpansion = place + length + 1;
    return place;
  }

  spelling(place: Place): FilePlace | null {
    let at = place;
    while (at >= FIRST_EXPANSION) {
      const index = this.expansionOf(at);
      at = this.spellings[index]! + at - this.starts[index]!;
    }
    return this.inFile(at);
  }

  written(place: Place): FilePlace | null {
    return this.inFile(this.filePlace(place));
  }

  span(range: Range): FileSpan | null {
    const start = this.written(range.start);
    if (start === null) return null;
    const end = this.filePlace(range.end - 1) + 1;
    const nameEnd = this.nameEnd(range.end - 1);
    const to = this.inFile(nameEnd === -1 ? end : nameEnd);
    if (to !== null && to.file === start.file && to.offset > start.offset)
      return { file: start.file, start: start.offset, end: to.offset };
    const from = this.nameEnd(range.start);
    const length = from === -1 ? 0 : from - this.filePlace(range.start);
    return { file: start.file, start: start.offset, end: start.offset + length };
  }

  macros(place: Place): readonly MacroUse[] {
    const found: RecordedUse[] = [];
    this.collect(place, found);
    return found;
  }

  /** One-based line of an offset. */
  lineIn(file: SourceFile, offset: number): number {
    let starts = this.lines.get(file);
    if (starts === undefined) this.lines.set(file, (starts = sourceText(file.path, file.text).lineStarts));
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  }

  /** The last character of the outermost use of a macro, for `__LINE__`; the place itself in a file. */
  lastPlace(place: Place): Place {
    if (place < FIRST_EXPANSION) return place;
    const origin = this.origins[this.expansionOf(place)]!;
    return this.uses[origin < 0 ? ~origin : origin]!.lastAt;
  }

  /**
   * Whether a token came out of a use: its place as the use left it, before it was handed on as an argument; null when
   * it did not.
   */
  originIn(place: Place, use: number): Place | null {
    for (let at = place; at >= FIRST_EXPANSION;) {
      const index = this.expansionOf(at);
      const origin = this.origins[index]!;
      if (this.isWithin(origin < 0 ? ~origin : origin, use)) return this.starts[index]!;
      if (origin >= 0) return null;
      at = this.spellings[index]!;
    }
    return null;
  }

  /** Whether a use is another one, or was made by tokens that came out of it. */
  private isWithin(inner: number, outer: number): boolean {
    let use = inner;
    for (let depth = 0; use !== outer; depth++) {
      const { usedAt } = this.uses[use]!;
      if (usedAt < FIRST_EXPANSION || depth > MOST_USES) return false;
      const origin = this.origins[this.expansionOf(usedAt)]!;
      use = origin < 0 ? ~origin : origin;
    }
    return true;
  }

  /** Of the macro whose body gave this place; -1 when it is written in a file. */
  private nameEnd(place: Place): Place {
    let at = place;
    let end = -1;
    while (at >= FIRST_EXPANSION) {
      const index = this.expansionOf(at);
      const origin = this.origins[index]!;
      if (origin < 0) {
        at = this.spellings[index]! + at - this.starts[index]!;
        end = -1;
        continue;
      }
      const use = this.uses[origin]!;
      at = use.usedAt;
      end = at + use.name.length;
      if (at >= FIRST_EXPANSION && this.isArgument(at)) end = -1;
    }
    return end === -1 ? -1 : at < FIRST_EXPANSION && end < FIRST_EXPANSION ? end : at + 1;
  }

  private isArgument(place: Place): boolean {
    return this.origins[this.expansionOf(place)]! < 0;
  }

  /** As clang's getFileLoc: an argument stands where it is written, all else where the macro is used. */
  private filePlace(place: Place): Place {
    let at = place;
    while (at >= FIRST_EXPANSION) {
      const index = this.expansionOf(at);
      const origin = this.origins[index]!;
      at = origin < 0 ? this.spellings[index]! + at - this.starts[index]! : this.uses[origin]!.writtenAt;
    }
    return at;
  }

  private collect(place: Place, found: RecordedUse[]): void {
    const work = [place];
    while (work.length > 0 && found.length < MOST_USES) {
      const at = work.pop()!;
      if (at < FIRST_EXPANSION) continue;
      const index = this.expansionOf(at);
      const origin = this.origins[index]!;
      const use = this.uses[origin < 0 ? ~origin : origin]!;
      if (origin < 0) this.collectArgument(this.spellings[index]!, use, found);
      if (!found.includes(use)) found.push(use);
      work.push(use.usedAt);
    }
  }

  /** What an argument's tokens went through before they were handed on, innermost first, without what follows anyhow. */
  private collectArgument(spelling: Place, use: RecordedUse, found: RecordedUse[]): void {
    if (spelling < FIRST_EXPANSION) return;
    const outer = new Set(this.chain(use.usedAt));
    for (const inner of this.chain(spelling)) if (!outer.has(inner) && !found.includes(inner)) found.push(inner);
  }

  private chain(place: Place): RecordedUse[] {
    const uses: RecordedUse[] = [];
    for (let at = place; at >= FIRST_EXPANSION && uses.length < MOST_USES;) {
      const origin = this.origins[this.expansionOf(at)]!;
      const use = this.uses[origin < 0 ? ~origin : origin]!;
      uses.push(use);
      at = use.usedAt;
    }
    return uses;
  }

  private inFile(place: Place): FilePlace | null {
    if (place < 0 || this.files.length === 0) return null;
    let low = 0;
    let high = this.files.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.files[middle]!.base <= place) low = middle;
      else high = middle - 1;
    }
    const file = this.files[low]!;
    return { file, offset: Math.min(place - file.base, file.text.length) };
  }

  private expansionOf(place: Place): number {
    let low = 0;
    let high = this.expansions - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.starts[middle]! <= place) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  private grow(): void {
    this.starts = doubled(this.starts);
    this.spellings = doubled(this.spellings);
    this.origins = doubled(this.origins);
  }
}

/** Places that are set apart for a main file. */
export function roomFor(text: string): number {
  let room = 0x1_0000;
  while (room < 2 * text.length + 1) room *= 2;
  return Math.min(room, MOST_CHARACTERS - 1);
}

function doubled(column: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(Math.max(1024, column.length * 2));
  larger.set(column);
  return larger;
}
