import type { Event } from './event.ts';
import type { RecordingHead } from './reader.ts';

export type EachEvent = (event: Event) => void;

/** One format's parser. It sees whole stretches of bytes and takes the complete records at their front. */
export interface RecordParser {
  /** How many bytes must be there before `parse` can get any further. */
  readonly wanted: number;
  /** For people: "pcap, nanoseconds, big endian, Ethernet". */
  readonly format: string;
  readonly head?: RecordingHead | null;
  /**
   * Takes complete records from `bytes`, whose first byte has offset `base` in the recording, and returns the position
   * after the last one. A position beyond `bytes.length` means: skip that many more bytes unread.
   */
  parse(bytes: Uint8Array, base: number, each: EachEvent): number;
  /** The recording ended with `rest` bytes left over, or `missing` bytes before the end of something skipped. */
  end(base: number, rest: number, missing: number, each: EachEvent): void;
}
