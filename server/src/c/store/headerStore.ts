/**
 * Where what is known behind a large header is kept between sessions. Whoever has files puts one in; without it a header
 * is read once for each process.
 */
export interface HeaderStore {
  /** Names the compiler: what another build of it wrote is never read. */
  readonly build: string;
  /** Of a text, in hex. No two texts have the same one. */
  readonly digest: (text: string) => string;
  /** Of 32 bits: finds bytes that were damaged, not such that somebody made up. */
  readonly checksum: (bytes: Uint8Array) => number;
  /** Null where nothing is kept; bytes may be damaged. The key is hex. */
  readonly read: (key: string) => Uint8Array | null;
  /** Asks for the bytes when there is time, or never; null is nothing to be kept. */
  readonly write: (key: string, bytes: () => Uint8Array | null) => void;
}
