import { ChunkedReader } from './chunkedReader.ts';
import { isJsonLines, JsonLinesParser } from './jsonLines.ts';
import { isPcap, PcapParser } from './pcap.ts';
import { PcapngParser } from './pcapng.ts';
import { ProblemList } from './problems.ts';
import type { EventReader, RecordingHead } from './reader.ts';
import type { EachEvent, RecordParser } from './recordParser.ts';

/** Reads a recording whose format its first bytes tell. */
export function createReader(): EventReader {
  const problems = new ProblemList();
  return new ChunkedReader(new SniffingParser(problems), problems);
}

/** Formats that are known but must be converted or unpacked first. */
const FOREIGN: readonly { magic: readonly number[]; code: string; message: string }[] = [
  { magic: [0x1f, 0x8b], code: 'gzip-compressed', message: 'the recording is compressed with gzip; unpack it first' },
  { magic: [0x28, 0xb5, 0x2f, 0xfd], code: 'zstd-compressed', message: 'the recording is compressed with zstd; unpack it first' },
  { magic: [0x50, 0x45, 0x52, 0x46], code: 'unsupported-format', message: 'this is a perf.data file, which cannot be read yet' },
  { magic: [0x17, 0x08, 0x44, 0x74], code: 'unsupported-format', message: 'this is a trace-cmd file, which cannot be read yet' },
]; // prettier-ignore

class SniffingParser implements RecordParser {
  private readonly problems: ProblemList;
  private inner: RecordParser | null = null;

  constructor(problems: ProblemList) {
    this.problems = problems;
  }

  get wanted(): number {
    return this.inner?.wanted ?? 4;
  }

  get format(): string {
    return this.inner?.format ?? 'unknown';
  }

  parse(bytes: Uint8Array, base: number, each: EachEvent): number {
    if (this.inner === null && bytes.length >= 4) this.inner = this.choose(bytes);
    return this.inner?.parse(bytes, base, each) ?? 0;
  }

  get head(): RecordingHead | null {
    return this.inner?.head ?? null;
  }

  end(base: number, rest: number, missing: number, each: EachEvent): void {
    if (this.inner !== null) return this.inner.end(base, rest, missing, each);
    if (rest === 0) this.problems.stop('empty-file', 0, 'the recording is empty');
    else this.problems.stop('unknown-format', 0, `the recording has only ${rest} bytes`);
  }

  private choose(bytes: Uint8Array): RecordParser | null {
    if (isPcap(bytes)) return new PcapParser(this.problems);
    if (startsWith(bytes, [0x0a, 0x0d, 0x0d, 0x0a])) return new PcapngParser(this.problems);
    if (isJsonLines(bytes)) return new JsonLinesParser(this.problems);
    const foreign = FOREIGN.find(({ magic }) => startsWith(bytes, magic));
    if (foreign !== undefined) this.problems.stop(foreign.code, 0, foreign.message);
    else
      this.problems.stop(
        'unknown-format',
        0,
        'this is no recording that can be read: expected pcap, pcapng or JSON Lines',
      );
    return null;
  }
}

function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, i) => bytes[i] === byte);
}
