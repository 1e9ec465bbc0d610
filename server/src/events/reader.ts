import type { Event } from './event.ts';

/** Something wrong with a recording. What was read before it stays good. */
export interface ReadProblem {
  /** Kebab-case noun, as in Diagnostic. */
  readonly code: string;
  /** Says where (byte offset, packet number, line) and what to do. */
  readonly message: string;
  /** Byte offset in the (uncompressed) recording. */
  readonly offset: number;
  /** False: reading stopped here. */
  readonly recoverable: boolean;
}

/** What a recording tells of itself before its first event. */
export interface RecordingHead {
  /** "x86_64 6.1.0-56-amd64"; empty when it does not tell. */
  readonly machine: string;
  /** The kernel's release, "6.1.0-56-amd64"; empty when it does not tell. */
  readonly kernel: string;
  /** Values of the program's constant variables (`const volatile`) when it was loaded, by name, as JSON has them. */
  readonly constants: ReadonlyMap<string, unknown>;
  /** Contents of maps before the first event, as `--maps` takes them; null when it does not tell. */
  readonly maps: unknown;
}

/**
 * Reads a recording that arrives in chunks of any size, in constant memory: it keeps no more than one incomplete
 * record. A record larger than the format's sane limit is a problem, not an allocation.
 */
export interface EventReader {
  /** Takes the next bytes and hands every event that is now complete to `each`. */
  push(chunk: Uint8Array, each: (event: Event) => void): void;
  /** The recording has ended: what needs no more bytes goes to `each`, a cut record becomes a problem. */
  end(each: (event: Event) => void): void;
  /** Found so far, at most 100 kept. */
  readonly problems: readonly ReadProblem[];
  /** Name for people: "pcap, nanoseconds, big endian, Ethernet". */
  readonly format: string;
  /** null while it was not read, and for formats without one. */
  readonly head: RecordingHead | null;
}
