import type { DebugProtocol } from '@vscode/debugprotocol';
import { disassemblyListing, type Listing } from '../debugger/listing.ts';
import type { CodePlace, DebugTarget } from '../debugger/target.ts';
import type { InlinedFunction } from '../program/program.ts';

/** Where the client finds the texts of a program: in files, or in listings that we make where there is no file. */
export class Sources {
  readonly #target: DebugTarget;
  /** Paths as line information has them → paths as the client knows them. */
  readonly #files: ReadonlyMap<string, string>;
  readonly #listings = new Map<number, Listing>();

  constructor(target: DebugTarget, files: ReadonlyMap<string, string>) {
    this.#target = target;
    this.#files = files;
  }

  /** The text place of an instruction: its line in a file that exists, else its line in the program's listing. */
  locate(place: CodePlace): { readonly source: DebugProtocol.Source; readonly line: number; readonly column: number } {
    const line = this.#target.lineOf(place);
    const path = line === null ? undefined : this.#files.get(line.path);
    if (line !== null && path !== undefined)
      return { source: { name: nameOf(path), path }, line: line.line, column: Math.max(1, line.column) };
    return {
      source: this.#listingSource(place.program),
      line: this.#listing(place.program).lines[place.pc] ?? 1,
      column: 1,
    };
  }

  /** Where a call that was inlined is written; null where there is no file for it. */
  locateCall({ path, line, column }: InlinedFunction): ReturnType<Sources['locate']> | null {
    const file = this.#files.get(path);
    if (file === undefined || line === 0) return null;
    return { source: { name: nameOf(file), path: file }, line, column: Math.max(1, column) };
  }

  content(reference: number): string | null {
    return this.#target.object.programs[reference - 1] === undefined ? null : this.#listing(reference - 1).text;
  }

  /** The instructions of a line, and the line where they really begin. */
  placesOf(
    source: DebugProtocol.Source,
    line: number,
  ): { readonly line: number; readonly places: readonly CodePlace[] } | null {
    if (source.sourceReference !== undefined && source.sourceReference > 0)
      return this.#placesInListing(source.sourceReference - 1, line);
    const own = [...this.#files].find(([, path]) => samePath(path, source.path ?? ''))?.[0];
    return own === undefined ? null : this.#target.placesOfLine(own, line);
  }

  #placesInListing(program: number, line: number): { line: number; places: CodePlace[] } | null {
    if (this.#target.object.programs[program] === undefined) return null;
    const { lines } = this.#listing(program);
    const pc = lines.findIndex((other) => other >= line);
    return pc === -1 ? null : { line: lines[pc] ?? line, places: [{ program, pc }] };
  }

  #listingSource(program: number): DebugProtocol.Source {
    const { name } = this.#target.program(program);
    return { name: `${name}.bpfasm`, sourceReference: program + 1, origin: 'disassembly' };
  }

  #listing(program: number): Listing {
    let listing = this.#listings.get(program);
    if (listing === undefined) {
      listing = disassemblyListing(this.#target.program(program));
      this.#listings.set(program, listing);
    }
    return listing;
  }
}

function nameOf(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path;
}

/** Windows writes drive letters in both cases. */
function samePath(one: string, other: string): boolean {
  return one === other || (/^[a-z]:/i.test(one) && one.toLowerCase() === other.toLowerCase());
}
