import type { CFilesHost } from './cDocuments.ts';

/** Reads texts through the editor; null for each that is not to be had. */
export type AskForTexts = (uris: readonly string[]) => Promise<readonly (string | null)[]>;

/** A source that includes more than this is meant to do harm. */
const MOST_TEXTS = 5000;
const URI = /^[a-z][\w+.-]+:/i;

/**
 * Headers that the server cannot read by itself, as in a browser: what a compilation misses is asked of the client all
 * at once, and the compilation is done again when it is there.
 */
export class ClientTexts {
  readonly #ask: AskForTexts;
  readonly #arrived: () => void;
  readonly #known = new Map<string, string | null>();
  #wanted = new Set<string>();
  #asked = 0;
  #enabled = false;

  constructor(ask: AskForTexts, arrived: () => void) {
    this.#ask = ask;
    this.#arrived = arrived;
  }

  /** The client can read files. */
  enable(): void {
    this.#enabled = true;
  }

  /** They may be others now. */
  forget(uris: readonly string[]): void {
    for (const uri of uris) this.#known.delete(uri);
  }

  /** What the platform has of its own, and the rest through the client. */
  filesBeside(own: CFilesHost | undefined): CFilesHost {
    const isOwn = (path: string): boolean => own !== undefined && !path.includes('://');
    return {
      read: (path) => (own !== undefined && isOwn(path) ? own.read(path) : this.#read(path)),
      pathOf: (uri) => own?.pathOf(uri) ?? uri,
      uriOf: (path) => (own !== undefined && isOwn(path) ? own.uriOf(path) : path),
      headerFolders: own?.headerFolders ?? [],
      ...(own?.runTool !== undefined && { runTool: own.runTool }),
      waits: () => this.#waits(),
    };
  }

  #read(uri: string): string | null {
    const known = this.#known.get(uri);
    if (known === undefined && this.#enabled && URI.test(uri) && this.#known.size < MOST_TEXTS) this.#wanted.add(uri);
    return known ?? null;
  }

  #waits(): boolean {
    if (this.#wanted.size > 0) void this.#fetch([...this.#wanted]);
    this.#wanted = new Set();
    return this.#asked > 0;
  }

  async #fetch(uris: readonly string[]): Promise<void> {
    this.#asked++;
    // Nothing that a client does wrong may keep a source from being compiled.
    const texts = await this.#ask(uris).catch(() => []);
    for (const [i, uri] of uris.entries()) this.#known.set(uri, texts[i] ?? null);
    this.#asked--;
    if (this.#asked === 0) this.#arrived();
  }
}
