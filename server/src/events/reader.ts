import type { Event } from './event.ts';

/** Something wrong with a recording. What was read before it stays good. */
export interface ReadProblem {
  /** Kebab-case noun, as in Diagnostic. */
  readonly code: string;
  /** Says where (byte offset, packet number) and what to do. */
  readonly message: string;
  /** Byte offset in the (uncompressed) recording. */
  readonly offset: number;
  /** False: reading stopped here. */
  readonly recoverable: boolean;
}

/**
 * Reads a recording that arrives in chunks of any size, in constant memory: it keeps no more than one incomplete
 * record. A record larger than the format's sane limit is a problem, not an allocation.
 */
export interface EventReader {
  /** Takes the next bytes and hands every event that is now complete to `each`. */
  push(chunk: Uint8Array, each: (event: Event) => void): void;
  /** The recording has ended: a cut record becomes a problem. */
  end(): void;
  /** Found so far, at most 100 kept. */
  readonly problems: readonly ReadProblem[];
  /** Name for people: "pcap, nanoseconds, big endian, Ethernet". */
  readonly format: string;
}
