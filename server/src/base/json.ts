/** JSON with the places of its values, for messages about files that people write. */

/** A value and the offset it begins at. */
export interface JsonNode {
  readonly at: number;
  readonly value: JsonValue;
}

/** Numbers keep their text, because 64-bit ones do not fit a number. Of equal keys the last one counts. */
export type JsonValue =
  | { readonly kind: 'null' }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'string'; readonly text: string }
  | { readonly kind: 'array'; readonly items: readonly JsonNode[] }
  | { readonly kind: 'object'; readonly members: ReadonlyMap<string, JsonMember> };

export interface JsonMember {
  /** Where the key stands. */
  readonly keyAt: number;
  readonly node: JsonNode;
}

export interface JsonError {
  readonly at: number;
  readonly message: string;
}

/** Values inside values, so that hostile files do not use up the stack. */
const MOST_DEPTH = 64;

/** Reads one JSON document (RFC 8259). */
export function parseJson(text: string): JsonNode | JsonError {
  const reader = new Reader(text.startsWith('\uFEFF') ? ` ${text.slice(1)}` : text);
  const node = reader.node(0);
  reader.end();
  return reader.error ?? node;
}

export function isJsonError(result: JsonNode | JsonError): result is JsonError {
  return 'message' in result;
}

const SPACE = /[ \t\r\n]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// oxlint-disable-next-line no-control-regex -- control characters are what JSON forbids in strings
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const WORD = /[a-zA-Z]+/y;

class Reader {
  error: JsonError | null = null;
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Only white space may be left. */
  end(): void {
    this.#take(SPACE);
    if (this.#at < this.#text.length) this.#fail('something follows the end of the document');
  }

  node(depth: number): JsonNode {
    this.#take(SPACE);
    const at = this.#at;
    if (depth > MOST_DEPTH) this.#fail(`values lie more than ${MOST_DEPTH} deep in each other`);
    return { at, value: this.error === null ? this.#value(depth) : { kind: 'null' } };
  }

  #value(depth: number): JsonValue {
    switch (this.#text[this.#at]) {
      case '{':
        return this.#object(depth);
      case '[':
        return this.#array(depth);
      case '"':
        return { kind: 'string', text: this.#string() };
      default:
        return this.#scalar();
    }
  }

  #scalar(): JsonValue {
    const number = this.#take(NUMBER);
    if (number !== '') return { kind: 'number', text: number };
    const start = this.#at;
    const word = this.#take(WORD);
    if (word === 'null') return { kind: 'null' };
    if (word === 'true' || word === 'false') return { kind: 'boolean', value: word === 'true' };
    this.#at = start;
    const shown = this.#text[start];
    this.#fail(shown === undefined ? 'the document ends too early' : `expected a value, not '${word || shown}'`);
    return { kind: 'null' };
  }

  #array(depth: number): JsonValue {
    const items: JsonNode[] = [];
    this.#list(']', () => items.push(this.node(depth + 1)));
    return { kind: 'array', items };
  }

  #object(depth: number): JsonValue {
    const members = new Map<string, JsonMember>();
    this.#list('}', () => {
      const keyAt = this.#at;
      const key = this.#string();
      this.#take(SPACE);
      this.#expect(':');
      members.set(key, { keyAt, node: this.node(depth + 1) });
    });
    return { kind: 'object', members };
  }

  /** From an opening bracket to its closing one; `item` reads what stands between commas. */
  #list(close: string, item: () => void): void {
    this.#at++;
    this.#take(SPACE);
    if (this.#skip(close)) return;
    do {
      this.#take(SPACE);
      item();
      this.#take(SPACE);
    } while (this.error === null && this.#skip(','));
    this.#expect(close);
  }

  #string(): string {
    const quoted = this.#take(STRING);
    if (quoted !== '') return JSON.parse(quoted) as string;
    this.#fail(
      this.#text[this.#at] === '"'
        ? 'this text is not ended, or has a character that must be escaped'
        : 'expected a key in quotes',
    );
    return '';
  }

  #expect(sign: string): void {
    if (!this.#skip(sign)) this.#fail(`expected '${sign}'`);
  }

  #skip(sign: string): boolean {
    if (this.#text[this.#at] !== sign) return false;
    this.#at++;
    return true;
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? '';
    this.#at += found.length;
    return found;
  }

  #fail(message: string): void {
    this.error ??= { at: this.#at, message };
  }
}
