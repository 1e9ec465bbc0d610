/** A client that sends more than this in one message is no client of ours. */
const LARGEST_MESSAGE_BYTES = 16 * 1024 * 1024;
const LARGEST_HEADER_BYTES = 4096;

/** A message as it goes over a stream: a header with its length, an empty line, JSON. */
export function frame(message: object): Buffer {
  const body = Buffer.from(JSON.stringify(message), 'utf8');
  return Buffer.concat([Buffer.from(`Content-Length: ${body.length}\r\n\r\n`, 'latin1'), body]);
}

/** Cuts a stream into such messages. */
export class MessageReader {
  #parts: Buffer[] = [];
  #have = 0;
  /** Bytes without which it is no use to look again. */
  #need = 1;
  readonly #take: (message: unknown) => void;

  constructor(take: (message: unknown) => void) {
    this.#take = take;
  }

  /** False when the stream is not of this protocol and cannot be followed any further. */
  push(chunk: Buffer): boolean {
    this.#parts.push(chunk);
    this.#have += chunk.length;
    if (this.#have < this.#need) return true;
    let rest: Buffer | null = Buffer.concat(this.#parts);
    for (;;) {
      const next = this.#cut(rest);
      if (next === null) return false;
      if (next === rest) break;
      rest = next;
    }
    this.#parts = [rest];
    this.#have = rest.length;
    return true;
  }

  /** Takes one message off and answers the rest; the same bytes when more are needed, null when they are no message. */
  #cut(bytes: Buffer): Buffer | null {
    const end = bytes.indexOf('\r\n\r\n');
    this.#need = bytes.length + 1;
    if (end === -1) return bytes.length <= LARGEST_HEADER_BYTES ? bytes : null;
    const header = bytes.toString('latin1', 0, end);
    const length = Number(/^Content-Length: *(\d+) *$/im.exec(header)?.[1] ?? Number.NaN);
    if (!(length <= LARGEST_MESSAGE_BYTES)) return null;
    this.#need = end + 4 + length;
    if (bytes.length < this.#need) return bytes;
    const message = parsed(bytes.toString('utf8', end + 4, this.#need));
    if (message === undefined) return null;
    this.#take(message);
    return bytes.subarray(this.#need);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
